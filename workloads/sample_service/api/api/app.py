"""The routes of the API."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Self

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

logger = logging.getLogger("api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """The pod that this process runs in."""

    pod: str
    namespace: str
    node: str
    zone: str
    address: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read what the downward API put into the environment.

        An empty value counts as missing: that is what a pod gets whose node has no zone label.
        """
        return cls(
            pod=environ.get("POD_NAME") or "unknown",
            namespace=environ.get("POD_NAMESPACE") or "unknown",
            node=environ.get("NODE_NAME") or "unknown",
            zone=environ.get("ZONE") or "unknown",
            address=environ.get("POD_IP") or "unknown",
        )


def create_app(pod: Pod) -> Starlette:
    """Return the API that speaks for one pod."""
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    numbers = count(1)

    async def whoami(request: Request) -> JSONResponse:
        caller = request.client.host if request.client else "unknown"
        served = next(numbers)
        logger.info("answer %d goes to %s", served, caller)
        return JSONResponse(
            {**asdict(pod), "caller": caller, "served": served, "started_at": started_at},
            headers={"Cache-Control": "no-store"},
        )

    async def healthy(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[
            Route("/whoami", whoami),
            # Nothing stands behind this API, so a process that answers is alive and ready.
            Route("/healthz", healthy),
            Route("/readyz", healthy),
        ],
    )
