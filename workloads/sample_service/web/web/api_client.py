"""Ask the API who it is, and remember who answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass
from statistics import fmean

import httpx

logger = logging.getLogger("web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one API pod said about itself, and how long that took."""

    pod: str
    node: str
    zone: str
    address: str
    caller: str
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Why a call brought nothing, in words for a reader of the page."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often one API pod answered, with its latest whereabouts."""

    pod: str
    node: str
    zone: str
    address: str
    count: int
    mean_ms: float


class ApiClient:
    """Call the API through its Service.

    Only the latest calls are remembered: memory stays bounded and pods of an earlier roll-out
    leave the list by themselves.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 2.0, remembered: int = 100) -> None:
        """Refuse a URL that could never work, at start and not at the first visitor."""
        parsed = httpx.URL(url)
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            message = f"API_URL is {url!r}: give an address such as http://api:8080"
            raise ValueError(message)
        self.url = url
        self._timeout_seconds = timeout_seconds
        self._latest: deque[Answer | NoAnswer] = deque(maxlen=remembered)
        self._http = httpx.AsyncClient(
            base_url=parsed,
            # A Service chooses a pod per connection. A kept connection would show one pod for ever.
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"Connection": "close"},
            # A proxy from the environment would hide the pod network that the page shows.
            trust_env=False,
        )

    async def ask(self) -> Answer | NoAnswer:
        """Call the API once, over a new connection."""
        result = await self._call()
        if isinstance(result, NoAnswer):
            logger.warning("%s (%s)", result.reason, result.detail)
        self._latest.append(result)
        return result

    async def close(self) -> None:
        """Close what is still open."""
        await self._http.aclose()

    @property
    def unanswered(self) -> int:
        """How many of the remembered calls brought nothing."""
        return sum(isinstance(result, NoAnswer) for result in self._latest)

    def tallies(self) -> list[Tally]:
        """Count the remembered answers by pod, in an order that stays the same."""
        by_pod: dict[str, list[Answer]] = {}
        for result in self._latest:
            if isinstance(result, Answer):
                by_pod.setdefault(result.pod, []).append(result)
        return [
            Tally(
                pod=pod,
                node=answers[-1].node,
                zone=answers[-1].zone,
                address=answers[-1].address,
                count=len(answers),
                mean_ms=round(fmean(answer.latency_ms for answer in answers), 1),
            )
            for pod, answers in sorted(by_pod.items())
        ]

    async def _call(self) -> Answer | NoAnswer:
        started = time.perf_counter()
        try:
            # httpx limits each phase of a call; the reader of the page waits for all of them.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._http.get("/whoami")
        except (TimeoutError, httpx.TimeoutException):
            return NoAnswer(
                reason=f"No API pod answered within {self._timeout_seconds:g} seconds.",
                detail="timeout",
            )
        except httpx.ConnectError as error:
            return NoAnswer(
                reason="No API pod could be reached.",
                detail=str(error) or type(error).__name__,
            )
        except httpx.HTTPError as error:
            return NoAnswer(
                reason="The connection to an API pod broke before the answer was complete.",
                detail=str(error) or type(error).__name__,
            )
        latency_ms = round((time.perf_counter() - started) * 1000, 1)
        return _read(response, latency_ms)


def _read(response: httpx.Response, latency_ms: float) -> Answer | NoAnswer:
    if response.status_code != httpx.codes.OK:
        return NoAnswer(
            reason="An API pod answered, but with an error.",
            detail=f"HTTP status {response.status_code}",
        )
    try:
        body = response.json()
        fields = {name: body[name] for name in ("pod", "node", "zone", "address", "caller")}
    except (ValueError, TypeError, KeyError):
        fields = {}
    if not fields or not all(isinstance(value, str) for value in fields.values()):
        return NoAnswer(
            reason="Something answered, but not the API that this page expects.",
            detail="the body is not what /whoami returns",
        )
    return Answer(**fields, latency_ms=latency_ms)
