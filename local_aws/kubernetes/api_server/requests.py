"""What a request asks for: its path, its body, and the form its answer should have."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from kube import selectors
from kube.values import Json as Selector
from local_aws.kubernetes import label_queries, objects
from local_aws.kubernetes.api_server import errors, protobuf
from local_aws.kubernetes.api_server.authorization import Attributes
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json, look_up

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_FIELDS = {
    "pods": {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
             "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"},
    "events": {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
               "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
               "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"},
    "secrets": {"type"},
    "services": {"spec.clusterIP", "spec.type"},
    "namespaces": {"status.phase"},
    "nodes": {"spec.unschedulable"},
    "replicasets.apps": {"status.replicas"},
    "jobs.batch": {"status.successful"},
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Target:
    """A resource path, taken apart."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def attributes(self, verb: str) -> Attributes:
        """Return what authorization is asked for."""
        is_namespace = (self.group, self.plural) == ("", "namespaces")
        return Attributes(
            verb=verb,
            group=self.group,
            resource=self.plural,
            subresource=self.subresource,
            # A namespace counts as inside itself: roles in it may allow to read it.
            namespace=self.name if is_namespace else self.namespace,
            name=self.name,
        )


def parse_path(path: str) -> Target | None:
    """Take a resource's path apart; None for any other path."""
    match [part for part in path.split("/") if part]:
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            return None
    namespace = ""
    match rest:
        case ["namespaces", _] | ["namespaces", _, "status"]:
            pass
        case ["namespaces", namespace, *rest]:
            pass
    match rest:
        case [plural]:
            name = subresource = ""
        case [plural, name]:
            subresource = ""
        case [plural, name, subresource]:
            pass
        case _:
            return None
    return Target(
        group=group,
        version=version,
        plural=plural,
        namespace=namespace,
        name=name,
        subresource=subresource,
    )


def verb(method: str, target: Target, *, watch: bool) -> str:
    """Return what a method means to authorization."""
    if method == "GET":
        return "watch" if watch else "get" if target.name else "list"
    if method == "DELETE":
        return "delete" if target.name else "deletecollection"
    return _VERBS[method]


def parse_body(raw: bytes, content_type: str) -> Json:
    """Return the object that a body holds: JSON, YAML or, for a few kinds, protobuf."""
    if raw.startswith(protobuf.MAGIC):
        return protobuf.decode(raw)
    if not raw:
        return {}
    try:
        body = yaml.safe_load(raw) if raw[:1] not in b"{[" else json.loads(raw)
    except (yaml.YAMLError, ValueError) as error:
        raise errors.bad_request(f"the object provided is unrecognized: {error}") from error
    if content_type == "application/json-patch+json" and isinstance(body, list):
        return {"operations": body}
    if not isinstance(body, dict):
        raise errors.bad_request("the object provided is unrecognized: it is no object")
    return body


def matcher(resource: Resource, query: Mapping[str, str], name: str) -> Callable[[Json], bool]:
    """Return what tells whether an object is selected by a query's label and field selectors."""
    try:
        labels = label_queries.parse(query.get("labelSelector", ""))
    except ValueError as error:
        raise errors.bad_request(str(error)) from error
    fields = [
        _field_requirement(resource, text)
        for text in query.get("fieldSelector", "").split(",")
        if text
    ]
    if name:
        fields.append((("metadata", "name"), name, True))
    return functools.partial(_matches, labels, fields)


_FieldRequirement = tuple[tuple[str, ...], str, bool]


def _matches(labels: Selector, fields: list[_FieldRequirement], obj: Json) -> bool:
    return selectors.matches(labels, objects.labels(obj)) and all(
        (_text(look_up(obj, *path)) == value) is wanted for path, value, wanted in fields
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _field_requirement(resource: Resource, text: str) -> _FieldRequirement:
    wanted = "!=" not in text
    key, _, value = text.partition("!=" if not wanted else "==" if "==" in text else "=")
    allowed = {"metadata.name", "metadata.namespace", *_FIELDS.get(resource.group_resource, ())}
    if key not in allowed:
        message = f'Unable to find "{resource.group}/{resource.version}, Resource={resource.plural}" that match label selector "", field selector "{text}": field label not supported: {key}'
        raise errors.bad_request(message)
    return tuple(key.split(".")), value, wanted
