"""The HTTP face: who asks, whether they may, and which handler answers."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from local_aws.kubernetes.api_server import access, discovery, errors, handlers, requests
from local_aws.kubernetes.api_server.access import Authenticator, Target, User
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.client import DISCOVERY

_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]
_HEALTH = ("healthz", "livez", "readyz")


class Server:
    """Answers HTTP requests from a cluster's state."""

    def __init__(self, cluster: Cluster, authenticator: Authenticator) -> None:
        self._cluster = cluster
        self._authenticator = authenticator
        self.app = Starlette(
            routes=[Route("/{path:path}", self._answer, methods=_METHODS)],
            exception_handlers={Exception: _internal_error},
        )

    async def _answer(self, request: HttpRequest) -> Response:
        try:
            user = await self._authenticator.user(request.headers)
            # From here to the response nothing waits but for the body, so writes don't interleave.
            return self._respond(request, await request.body(), user)
        except errors.ApiError as error:
            return JSONResponse(error.status(), status_code=error.code)

    def _respond(self, request: HttpRequest, raw: bytes, user: User) -> Response:
        target = requests.parse_path(request.url.path.rstrip("/") or "/")
        query, headers = dict(request.query_params), request.headers
        verb = requests.verb(request.method, target, query)
        access.check(self._cluster.store, user, verb, target)
        if target.path:
            return self._non_resource(target.path.strip("/").split("/"))
        body = requests.parse_body(raw)
        is_dry_run = query.get("dryRun") or body.get("dryRun")
        handled = handlers.Request(
            cluster=self._cluster.copy() if is_dry_run else self._cluster,
            target=target,
            resource=self._resource(target),
            query=query,
            wants_table="as=Table" in headers.get("accept", ""),
            content_type=headers.get("content-type", "").partition(";")[0],
            body=body,
            manager=query.get("fieldManager") or headers.get("user-agent", "").partition("/")[0],
        )
        if verb == "watch":
            return StreamingResponse(handlers.watch(handled), media_type="application/json")
        answer = handlers.HANDLERS[verb](handled)
        return JSONResponse(answer, status_code=201 if verb == "create" else 200)

    def _resource(self, target: Target) -> Resource:
        resource = self._cluster.registry.find(target.api_version, target.plural)
        if (
            resource is None
            or target.subresource not in ("", *resource.subresources)
            or bool(target.namespace) > resource.namespaced
            or (target.name and resource.namespaced and not target.namespace)
        ):
            raise errors.no_such_path()
        return resource

    def _non_resource(self, path: list[str]) -> Response:
        if path[0] in _HEALTH:
            return PlainTextResponse("ok")
        version = self._cluster.kubernetes_version
        found = discovery.document(self._cluster.registry, version, path)
        if found is None:
            raise errors.no_such_path()
        return JSONResponse(found, media_type=DISCOVERY if "items" in found else None)


async def _internal_error(_: HttpRequest, error: Exception) -> Response:
    """Answer a bug of this server with a Status object too; its trace goes to the log."""
    status = errors.ApiError(500, "InternalError", f"Internal error occurred: {error!r}")
    return JSONResponse(status.status(), status_code=status.code)
