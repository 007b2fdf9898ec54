"""What a request asks for: its path, its verb, its body, and which objects it selects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

import yaml

from kube.values import look_up
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import errors, protobuf
from local_aws.kubernetes.api_server.access import Target
from local_aws.kubernetes.objects import Json

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def parse_path(path: str) -> Target:
    """Take a path apart."""
    match [part for part in path.split("/") if part]:
        case ["api", api_version, plural, *rest]:
            pass
        case ["apis", group, version, plural, *rest]:
            api_version = f"{group}/{version}"
        case _:
            return Target(path=path)
    namespace = ""
    if plural == "namespaces" and rest[1:] not in ([], ["status"], ["finalize"]):
        namespace, plural, *rest = rest
    name, subresource, *more = [*rest, "", ""]
    if any(more):
        return Target(path=path)
    place = {"api_version": api_version, "plural": plural, "namespace": namespace}
    return Target(**place, name=name, subresource=subresource)


def verb(method: str, target: Target, query: Mapping[str, str]) -> str:
    """Return what a method means to authorization."""
    if target.path or method != "GET":
        return method.lower() if target.path else _VERBS[method]
    return "watch" if query.get("watch") in ("true", "1") else "get" if target.name else "list"


def parse_body(raw: bytes) -> Json:
    """Return the object that a body holds: JSON, YAML or, for a few kinds, protobuf."""
    if raw.startswith(protobuf.MAGIC):
        return protobuf.decode(raw)
    try:
        body = yaml.safe_load(raw) if raw[:1] not in b"{[" else json.loads(raw or b"{}")
    except (yaml.YAMLError, ValueError) as error:
        raise errors.bad_request(f"the object provided is unrecognized: {error}") from error
    if not isinstance(body, dict):
        raise errors.bad_request("the object provided is unrecognized: it is not an object")
    return body


def matcher(target: Target, query: Mapping[str, str]) -> Callable[[Json], bool]:
    """Return what tells whether an object lies at a target and is selected by a query."""
    labels = [(["metadata", "labels", key], of) for key, of in _pairs(query, "labelSelector")]
    fields = [(path.split("."), of) for path, of in _pairs(query, "fieldSelector")]

    def matches(obj: Json) -> bool:
        return (
            target.namespace in ("", objects.namespace(obj))
            and target.name in ("", objects.name(obj))
            and all(_has(look_up(obj, *path), value) for path, value in (*labels, *fields))
        )

    return matches


def _has(found: object, wanted: str | None) -> bool:
    return found is not None if wanted is None else str(found or "") == wanted


def _pairs(query: Mapping[str, str], name: str) -> Iterator[tuple[str, str | None]]:
    """Yield what a selector asks for: `a=b,c==d,e` is all that kubectl and helm send."""
    for part in filter(None, query.get(name, "").split(",")):
        key, equal, value = part.partition("=")
        if "!" in key or " " in key:
            raise errors.bad_request(
                f"the local emulator supports only a=b and a in {name}: {part}"
            )
        yield key, value.removeprefix("=") if equal else None
