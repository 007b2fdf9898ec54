"""Which object a write is about."""

from __future__ import annotations

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import errors
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json


def identify(resource: Resource, namespace: str, obj: Json) -> None:
    """Give an object its kind and namespace; refuse those of another."""
    api_version = obj.setdefault("apiVersion", resource.api_version)
    kind = obj.setdefault("kind", resource.kind)
    if api_version != resource.api_version:
        raise errors.bad_request(
            f"the API version in the data ({api_version}) does not match the expected API"
            f" version ({resource.api_version})"
        )
    if kind != resource.kind:
        raise errors.bad_request(
            f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}:'
            f" converting ({kind}) to ({resource.kind}): unknown conversion"
        )
    metadata = obj["metadata"] = obj.get("metadata") or {}
    if metadata.get("namespace") not in (None, "", namespace):
        raise errors.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    metadata.pop("namespace", None)
    if resource.namespaced:
        metadata["namespace"] = namespace


def check_update(resource: Resource, old: Json, new: Json) -> None:
    """Refuse an update of another object, or of a state that is no longer the newest."""
    name, metadata = objects.name(old), new["metadata"]
    if metadata.setdefault("name", name) != name:
        raise errors.bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
        )
    if metadata.get("uid") not in (None, "", objects.uid(old)):
        why = (
            f"Precondition failed: UID in precondition: {metadata['uid']},"
            f" UID in object meta: {objects.uid(old)}"
        )
        raise errors.conflict(resource, name, why)
    if metadata.get("resourceVersion") not in (None, "", old["metadata"]["resourceVersion"]):
        raise errors.conflict(
            resource,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    metadata["resourceVersion"] = old["metadata"]["resourceVersion"]
