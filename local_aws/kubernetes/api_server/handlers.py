"""The verbs: get, list, watch, create, update, patch and delete of a resource."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import (
    decoding,
    errors,
    field_managers,
    patches,
    subresources,
    tables,
    watches,
)
from local_aws.kubernetes.api_server.cluster import Cluster, Write, as_version
from local_aws.kubernetes.api_server.field_managers import Manager
from local_aws.kubernetes.api_server.requests import Target, matcher
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json, look_up

_JSON = "application/json-patch+json"
_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
_APPLY = "application/apply-patch+yaml"
_UNKNOWN_FORMAT = (
    "the body of the request was in an unknown format - accepted media types include: "
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request on a resource, authenticated and authorized."""

    target: Target
    resource: Resource
    query: Mapping[str, str]
    accept: str
    content_type: str
    body: Json
    write: Write


class Handlers:
    """Answers requests on resources from a cluster's state."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def get(self, request: Request) -> Json:
        """Return an object, or one of its subresources."""
        target = request.target
        obj = self._found(request)
        match target.subresource:
            case "" | "status":
                return self._shown(request, obj)
            case "scale":
                return subresources.scale(obj)
            case "log":
                raise errors.bad_request(
                    f'no container of pod "{target.name}" runs: the local emulator plays it'
                )
        raise errors.no_such_path()

    def list(self, request: Request) -> Json:
        """Return the objects that a query selects."""
        resource, store = request.resource, self._cluster.store
        matches = matcher(resource, request.query, "")
        items = [
            as_version(item, resource)
            for item in store.select(resource.key, request.target.namespace)
            if matches(item)
        ]
        revision = str(store.revision)
        if "as=Table" in request.accept:
            include = request.query.get("includeObject", "Metadata")
            return tables.table(resource, items, include=include, revision=revision)
        metadata = {"resourceVersion": revision}
        if "as=PartialObjectMetadataList" in request.accept:
            return {
                "kind": "PartialObjectMetadataList",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "items": [tables.partial(item) for item in items],
            }
        return {
            "kind": f"{resource.kind}List",
            "apiVersion": resource.api_version,
            "metadata": metadata,
            "items": items,
        }

    def watch(self, request: Request) -> AsyncIterator[bytes]:
        """Return the stream of changes that a query selects."""
        query, resource = request.query, request.resource
        timeout = query.get("timeoutSeconds")
        watch = watches.Watch(
            resource=resource,
            namespace=request.target.namespace,
            matches=matcher(resource, query, request.target.name),
            show=lambda obj: self._shown(request, as_version(obj, resource)),
            revision=query.get("resourceVersion", ""),
            initial_events=query.get("sendInitialEvents") == "true",
            bookmarks=query.get("allowWatchBookmarks") in ("true", "1"),
            seconds=float(timeout) if timeout else None,
        )
        return watches.stream(self._cluster.store, watch)

    def create(self, request: Request) -> Json:
        """Create an object, or evict or bind a pod."""
        cluster, resource, target = self._cluster, request.resource, request.target
        match target.subresource:
            case "eviction":
                return subresources.evict(cluster, resource, self._found(request), request.body)
            case "binding":
                pod = self._found(request)
                return subresources.bind(cluster, resource, pod, request.body, request.write)
        if target.name:
            raise errors.ApiError(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            )
        created = cluster.create(resource, target.namespace, request.body, request.write)
        return self._shown(request, created)

    def update(self, request: Request) -> Json:
        """Replace an object, its status or its scale."""
        old = self._found(request)
        return self._write(request, old, request.body)

    def patch(self, request: Request) -> Json:
        """Patch an object, its status or its scale."""
        if request.content_type == _APPLY:
            return self._apply(request)
        old = self._found(request)
        target = subresources.scale(old) if request.target.subresource == "scale" else old
        schema = request.resource.schema_of(self._cluster.schemas)
        match request.content_type:
            case "application/json-patch+json":
                new = patches.json_patch(target, request.body["operations"])
            case "application/merge-patch+json":
                new = patches.json_merge(target, request.body)
            case "application/strategic-merge-patch+json" if request.resource.schema is None:
                new = patches.strategic_merge(target, request.body, schema, self._cluster.schemas)
            case _:
                message = f"{_UNKNOWN_FORMAT}{_JSON}, {_MERGE}, {_APPLY}"
                raise errors.ApiError(415, "UnsupportedMediaType", message)
        return self._write(request, old, new)

    def delete(self, request: Request) -> Json:
        """Delete an object."""
        obj = self._found(request)
        self._check_preconditions(request, obj)
        last = self._delete(request, obj)
        if self._cluster.store.get(request.resource.key, objects.namespace(obj), objects.name(obj)):
            return as_version(last, request.resource)
        details = {
            "name": objects.name(obj),
            "group": request.resource.group,
            "kind": request.resource.plural,
            "uid": objects.uid(obj),
        }
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": details,
        }

    def delete_collection(self, request: Request) -> Json:
        """Delete the objects that a query selects; returns them as a list."""
        listed = self.list(request)
        for obj in listed["items"]:
            self._delete(request, obj)
        return listed

    def _found(self, request: Request) -> Json:
        target = request.target
        if target.subresource and target.subresource not in request.resource.subresources:
            raise errors.no_such_path()
        return self._cluster.find(request.resource, target.namespace, target.name)

    def _write(self, request: Request, old: Json, new: Json) -> Json:
        cluster, resource, write = self._cluster, request.resource, request.write
        match request.target.subresource:
            case "scale":
                return subresources.rescale(cluster, resource, old, new, write)
            case "" | "status" as subresource:
                written = cluster.update(resource, old, new, write, subresource=subresource)
                return self._shown(request, written)
        raise errors.no_such_path()

    def _apply(self, request: Request) -> Json:
        """Server-side apply: merge, and create what isn't there."""
        cluster, resource, target = self._cluster, request.resource, request.target
        config, write = copy.deepcopy(request.body), request.write
        write.operation = "Apply"
        metadata = config.setdefault("metadata", {})
        if metadata.get("managedFields"):
            raise errors.bad_request("metadata.managedFields must be nil")
        metadata.setdefault("name", target.name)
        if resource.namespaced:
            metadata.setdefault("namespace", target.namespace)
        self._check_declared(resource, config)
        old = cluster.store.get(resource.key, target.namespace, target.name)
        if old is None and target.subresource:
            raise errors.not_found(resource, target.name)
        identity = {key: metadata[key] for key in ("name", "namespace") if key in metadata}
        empty = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": identity}
        new = field_managers.apply(
            as_version(old, resource) if old else empty,
            config,
            manager=Manager(name=write.manager, operation="Apply", subresource=target.subresource),
            force=write.force,
            schema=resource.schema_of(cluster.schemas),
            schemas=cluster.schemas,
        )
        if old is None:
            return self._shown(request, cluster.create(resource, target.namespace, new, write))
        if metadata.get("resourceVersion"):
            new["metadata"]["resourceVersion"] = metadata["resourceVersion"]
        return self._write(request, as_version(old, resource), new)

    def _check_declared(self, resource: Resource, config: Json) -> None:
        """Refuse fields that the kind hasn't: server-side apply always does."""
        schemas = self._cluster.schemas
        unknown = decoding.decode(
            copy.deepcopy(config), resource.schema_of(schemas), schemas
        ).unknown
        if unknown:
            where = f"{objects.namespace(config)}/{objects.name(config)}"
            what = f"{where}; {resource.api_version}, Kind={resource.kind}"
            message = f"failed to create typed patch object ({what}): .{unknown[0]}: field not declared in schema"
            raise errors.ApiError(500, "InternalError", message)

    def _delete(self, request: Request, obj: Json) -> Json:
        policy = request.body.get("propagationPolicy") or request.query.get("propagationPolicy")
        return self._cluster.delete(
            request.resource,
            obj,
            propagation=policy or "",
            dry_run=request.write.dry_run or bool(request.body.get("dryRun")),
        )

    def _check_preconditions(self, request: Request, obj: Json) -> None:
        for field, word in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
            wanted, have = look_up(request.body, "preconditions", field), obj["metadata"][field]
            if wanted and wanted != have:
                why = f"Precondition failed: {word} in precondition: {wanted}, {word} in object meta: {have}"
                raise errors.conflict(request.resource, objects.name(obj), why)

    def _shown(self, request: Request, obj: Json) -> Json:
        """Return an object in the form that the client asks for."""
        obj = as_version(obj, request.resource)
        if "as=Table" in request.accept:
            return tables.table(
                request.resource,
                [obj],
                include=request.query.get("includeObject", "Metadata"),
                revision=obj["metadata"].get("resourceVersion", ""),
            )
        if "as=PartialObjectMetadata" in request.accept:
            return tables.partial(obj)
        return obj
