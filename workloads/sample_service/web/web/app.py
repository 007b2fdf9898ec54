"""The routes of the front."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route

from web.api_client import Answer, ApiClient, NoAnswer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request

UNKNOWN = "unknown"
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The pod that this process runs in, and where its API is."""

    pod: str
    node: str
    zone: str
    address: str
    api_url: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read what the downward API and the Deployment put into the environment.

        An empty value counts as missing: that is what a pod gets whose node has no zone label.
        """
        return cls(
            pod=environ.get("POD_NAME") or UNKNOWN,
            node=environ.get("NODE_NAME") or UNKNOWN,
            zone=environ.get("ZONE") or UNKNOWN,
            address=environ.get("POD_IP") or UNKNOWN,
            api_url=environ.get("API_URL") or "http://api:8080",
        )


def create_app(settings: Settings, *, api_timeout_seconds: float = 2.0) -> Starlette:
    """Return the front of one pod."""
    api = ApiClient(settings.api_url, timeout_seconds=api_timeout_seconds)
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("index.html")

    async def page(_request: Request) -> HTMLResponse:
        nonce = secrets.token_urlsafe(16)
        html = template.render(view=_view(settings, api, await api.ask()), nonce=nonce)
        return HTMLResponse(html, headers={**NO_STORE, **_security_headers(nonce)})

    async def api_view(_request: Request) -> JSONResponse:
        return JSONResponse(_view(settings, api, await api.ask()), headers=NO_STORE)

    async def healthy(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await api.close()

    return Starlette(
        routes=[
            Route("/", page),
            Route("/api-view", api_view),
            # Alive means: the process answers. A restart would not bring a lost API back.
            Route("/healthz", healthy),
            # Ready does not ask the API either. If it did, one API outage would take every web pod
            # out of the load balancer, and nobody would see the page that explains the outage.
            Route("/readyz", healthy),
        ],
        lifespan=lifespan,
    )


def _view(settings: Settings, api: ApiClient, result: Answer | NoAnswer) -> dict[str, Any]:
    """Return what the page shows; the page and its refresh button use the same data."""
    tallies = api.tallies()
    answered = sum(tally.count for tally in tallies)
    return {
        "web": {
            "pod": settings.pod,
            "node": settings.node,
            "zone": settings.zone,
            "address": settings.address,
        },
        "api": {
            "answered": isinstance(result, Answer),
            "url": settings.api_url,
            **asdict(result),
            **(_route(settings, result) if isinstance(result, Answer) else {}),
        },
        "calls": {
            "answered": answered,
            "unanswered": api.unanswered,
            "total": answered + api.unanswered,
            "by_pod": [asdict(tally) for tally in tallies],
        },
    }


def _route(settings: Settings, answer: Answer) -> dict[str, str]:
    """Say what the call shows about the network between the two pods."""
    if UNKNOWN in {settings.zone, answer.zone}:
        zones = ""
    elif settings.zone == answer.zone:
        zones = "within one zone"
    else:
        zones = "across zones"
    if settings.address == answer.caller:
        seen_as = f"It saw the call come from {answer.caller}, the web pod's own address."
    else:
        seen_as = f"It saw the call come from {answer.caller}."
    return {"zones": zones, "seen_as": seen_as}


def _security_headers(nonce: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
