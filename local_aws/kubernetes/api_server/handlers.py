"""The verbs: get, list, watch, create, update, patch and delete of a resource."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from kube.values import look_up, mapping, text
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import errors, merging, store, tables
from local_aws.kubernetes.api_server.access import Target
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.api_server.requests import matcher
from local_aws.kubernetes.objects import Json

_SUCCESS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
_TOPOLOGY = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request on a resource, authenticated and authorized."""

    cluster: Cluster
    target: Target
    resource: Resource
    query: Mapping[str, str]
    wants_table: bool
    content_type: str
    body: Json
    manager: str


def _get(request: Request) -> Json:
    obj = _found(request)
    return tables.table(request.resource, [obj], "") if request.wants_table else obj


def _list(request: Request) -> Json:
    resource, there = request.resource, request.cluster.store
    found = [*filter(matcher(request.target, request.query), there.select(resource.key))]
    if request.wants_table:
        return tables.table(resource, found, str(there.revision))
    head = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version}
    return {**head, "metadata": {"resourceVersion": str(there.revision)}, "items": found}


def watch(request: Request) -> AsyncIterator[bytes]:
    """Return the stream of changes that a query selects."""
    matches = matcher(request.target, request.query)
    return store.watch(request.cluster.store, request.resource, matches, request.query)


def _create(request: Request) -> Json:
    if request.target.subresource == "binding":
        return _bind(request)
    if request.target.name:
        raise errors.no_such_path()
    return request.cluster.create(request.resource, request.target.namespace, request.body)


def _update(request: Request) -> Json:
    return _write(request, _found(request), request.body)


def _patch(request: Request) -> Json:
    cluster, resource, body = request.cluster, request.resource, request.body
    if request.content_type == "application/apply-patch+yaml":
        metadata = {**mapping(body, "metadata"), "name": request.target.name}
        return cluster.apply(
            resource,
            request.target.namespace,
            {**body, "metadata": metadata},
            manager=request.manager,
            subresource=request.target.subresource,
        )
    old = _found(request)
    match request.content_type:
        case "application/merge-patch+json":
            new = merging.json_merge(old, body)
        case "application/strategic-merge-patch+json":
            schema = cluster.schemas.of(resource.api_version, resource.kind)
            new = merging.strategic_merge(old, body, schema, cluster.schemas)
        case unknown:
            raise errors.ApiError(415, "UnsupportedMediaType", f"unsupported patch type {unknown}")
    return _write(request, old, new)


def _delete(request: Request) -> Json:
    obj, body = _found(request), request.body
    if "Orphan" in (body.get("propagationPolicy"), request.query.get("propagationPolicy")):
        raise errors.bad_request(
            "the local emulator does not support orphaning: use --cascade=background"
        )
    for field, word in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted, have = look_up(body, "preconditions", field), obj["metadata"][field]
        if wanted not in (None, have):
            why = f"Precondition failed: {word} in precondition: {wanted}, in object meta: {have}"
            raise errors.refusal("Conflict", request.resource, objects.name(obj), why)
    last = request.cluster.delete(request.resource, obj)
    if objects.is_terminating(last):
        return last
    return {**_SUCCESS, "details": {"name": objects.name(obj), "uid": objects.uid(obj)}}


def _found(request: Request) -> Json:
    target = request.target
    return request.cluster.find(request.resource, target.namespace, target.name)


def _write(request: Request, old: Json, new: Json) -> Json:
    subresource = request.target.subresource
    return request.cluster.update(request.resource, old, new, subresource=subresource)


def _bind(request: Request) -> Json:
    """Give a pod its node, as only the scheduler does."""
    pod, time = _found(request), objects.timestamp()
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": time}
    status = pod.get("status") or {}
    others = [one for one in status.get("conditions") or () if one["type"] != "PodScheduled"]
    name, there = text(request.body, "target", "name"), request.cluster.store
    on_node = objects.labels(there.get(("", "nodes"), "", name) or {})
    # Kubernetes 1.35 and later copy them when a pod is bound.
    copied = {key: on_node[key] for key in _TOPOLOGY if key in on_node}
    bound = {
        **pod,
        "metadata": {**pod["metadata"], "labels": {**objects.labels(pod), **copied}},
        "spec": {**pod["spec"], "nodeName": name},
        "status": {**status, "conditions": [*others, scheduled]},
    }
    there.put(request.resource.key, bound)
    return {**_SUCCESS, "code": 201}


HANDLERS: Mapping[str, Callable[[Request], Json]] = {
    "get": _get,
    "list": _list,
    "create": _create,
    "update": _update,
    "patch": _patch,
    "delete": _delete,
}
