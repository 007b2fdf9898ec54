"""The HTTP face: who asks, whether they may, and which handler answers."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from local_aws.kubernetes.api_server import access_reviews, documents, errors, openapi_v2, requests
from local_aws.kubernetes.api_server.authentication import Authenticator
from local_aws.kubernetes.api_server.authorization import Attributes, Authorizer, User
from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.handlers import Handlers, Request
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json

_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]
_HEALTH = ("/healthz", "/livez", "/readyz")
_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class Server:
    """Answers HTTP requests from a cluster's state."""

    def __init__(self, cluster: Cluster, authenticator: Authenticator) -> None:
        self._cluster = cluster
        self._authenticator = authenticator
        self._authorizer = Authorizer(cluster.store)
        self._handlers = Handlers(cluster)
        self.app = Starlette(
            routes=[Route("/{path:path}", self._answer, methods=_METHODS)],
            exception_handlers={Exception: _internal_error},
        )

    async def _answer(self, request: HttpRequest) -> Response:
        try:
            user = await self._authenticator.user(request.headers, self._authorizer)
            # From here to the response nothing waits but for the body, so writes don't interleave.
            return self._respond(request, await request.body(), user)
        except errors.ApiError as error:
            return JSONResponse(error.status(), status_code=error.code)

    def _respond(self, request: HttpRequest, raw: bytes, user: User) -> Response:
        path = request.url.path.rstrip("/") or "/"
        target = requests.parse_path(path)
        if target is None:
            self._authorizer.check(user, Attributes(verb=request.method.lower(), path=path))
            return self._non_resource(path, request.headers.get("accept", ""))
        query = dict(request.query_params)
        watch = query.get("watch") in ("true", "1")
        verb = requests.verb(request.method, target, watch=watch)
        self._authorizer.check(user, target.attributes(verb))
        content_type = request.headers.get("content-type", "").partition(";")[0]
        body = requests.parse_body(raw, content_type)
        if self._is_review(target):
            answer = access_reviews.answer(
                target.plural, body, user=user, authorizer=self._authorizer
            )
            return JSONResponse(answer, status_code=201)
        write = _write(query, request.headers.get("user-agent", ""))
        handled = Request(
            target=target,
            resource=self._resource(target),
            query=query,
            accept=request.headers.get("accept", ""),
            content_type=content_type,
            body=body,
            write=write,
        )
        if verb == "watch":
            return StreamingResponse(self._handlers.watch(handled), media_type="application/json")
        return _json(self._handle(verb, handled), verb, write)

    def _handle(self, verb: str, request: Request) -> Json:
        handlers = self._handlers
        return {
            "get": handlers.get,
            "list": handlers.list,
            "create": handlers.create,
            "update": handlers.update,
            "patch": handlers.patch,
            "delete": handlers.delete,
            "deletecollection": handlers.delete_collection,
        }[verb](request)

    def _resource(self, target: requests.Target) -> Resource:
        resource = self._cluster.registry.find(target.group, target.version, target.plural)
        if resource is None or bool(target.namespace) > resource.namespaced:
            raise errors.no_such_path()
        if target.name and resource.namespaced and not target.namespace:
            raise errors.no_such_path()
        return resource

    def _is_review(self, target: requests.Target) -> bool:
        reviews = [(group, "v1", plural) for group, plural, _ in access_reviews.REVIEWS]
        return (target.group, target.version, target.plural) in reviews

    def _non_resource(self, path: str, accept: str) -> Response:
        if path.startswith(_HEALTH):
            return PlainTextResponse("ok")
        if path == "/openapi/v2":
            return Response(openapi_v2.document(), media_type=openapi_v2.MEDIA_TYPE)
        found = documents.find(self._cluster, path, aggregated=_wants_aggregated(accept))
        if found is None:
            raise errors.no_such_path()
        is_aggregated = found.get("kind") == "APIGroupDiscoveryList"
        return JSONResponse(found, media_type=_AGGREGATED if is_aggregated else None)


async def _internal_error(_: HttpRequest, error: Exception) -> Response:
    """Answer a bug of this server with a Status object too; its trace goes to the log."""
    status = errors.ApiError(500, "InternalError", f"Internal error occurred: {error!r}")
    return JSONResponse(status.status(), status_code=status.code)


def _wants_aggregated(accept: str) -> bool:
    return "as=APIGroupDiscoveryList" in accept and "v=v2;" in accept


def _write(query: dict[str, str], user_agent: str) -> Write:
    return Write(
        manager=query.get("fieldManager") or user_agent.partition("/")[0] or "unknown",
        dry_run=bool(query.get("dryRun")),
        field_validation=query.get("fieldValidation") or "Warn",
        force=query.get("force") == "true",
    )


def _json(answer: Json, verb: str, write: Write) -> Response:
    response = JSONResponse(answer, status_code=201 if verb == "create" else 200)
    for warning in dict.fromkeys(write.warnings):
        text = warning.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.append("Warning", f'299 - "{text}"')
    return response
