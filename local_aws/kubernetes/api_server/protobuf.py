"""Kubernetes' protobuf encoding, for the kinds that kubectl and helm send in it.

Manifests travel as JSON. Protobuf comes from typed clients: helm's release Secrets, `kubectl auth`,
`kubectl create namespace` and the like, deletions, evictions.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json

MAGIC = b"k8s\x00"

_TEXT, _TEXTS, _NUMBER, _FLAG, _TEXT_MAP, _BYTES_MAP = (
    "text",
    "texts",
    "int",
    "bool",
    "map",
    "bytes",
)

# Field numbers as in generated.proto of k8s.io/api and k8s.io/apimachinery. A field's type is one
# of the above or another message.
_MESSAGES: dict[str, dict[int, tuple[str, str]]] = {
    "ObjectMeta": {
        1: ("name", _TEXT),
        2: ("generateName", _TEXT),
        3: ("namespace", _TEXT),
        5: ("uid", _TEXT),
        6: ("resourceVersion", _TEXT),
        11: ("labels", _TEXT_MAP),
        12: ("annotations", _TEXT_MAP),
    },
    "Namespace": {1: ("metadata", "ObjectMeta")},
    "ServiceAccount": {1: ("metadata", "ObjectMeta"), 4: ("automountServiceAccountToken", _FLAG)},
    "ConfigMap": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", _TEXT_MAP),
        3: ("binaryData", _BYTES_MAP),
        4: ("immutable", _FLAG),
    },
    "Secret": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", _BYTES_MAP),
        3: ("type", _TEXT),
        4: ("stringData", _TEXT_MAP),
        5: ("immutable", _FLAG),
    },
    "DeleteOptions": {
        1: ("gracePeriodSeconds", _NUMBER),
        2: ("preconditions", "Preconditions"),
        4: ("propagationPolicy", _TEXT),
        5: ("dryRun", _TEXTS),
    },
    "Preconditions": {1: ("uid", _TEXT), 2: ("resourceVersion", _TEXT)},
    "Eviction": {1: ("metadata", "ObjectMeta"), 2: ("deleteOptions", "DeleteOptions")},
    "SelfSubjectReview": {},
    "SelfSubjectRulesReview": {2: ("spec", "SelfSubjectRulesReviewSpec")},
    "SelfSubjectRulesReviewSpec": {1: ("namespace", _TEXT)},
    "SelfSubjectAccessReview": {2: ("spec", "SelfSubjectAccessReviewSpec")},
    "SelfSubjectAccessReviewSpec": {
        1: ("resourceAttributes", "ResourceAttributes"),
        2: ("nonResourceAttributes", "NonResourceAttributes"),
    },
    "ResourceAttributes": {
        1: ("namespace", _TEXT),
        2: ("verb", _TEXT),
        3: ("group", _TEXT),
        4: ("version", _TEXT),
        5: ("resource", _TEXT),
        6: ("subresource", _TEXT),
        7: ("name", _TEXT),
    },
    "NonResourceAttributes": {1: ("path", _TEXT), 2: ("verb", _TEXT)},
}


def decode(body: bytes) -> Json:
    """Return the JSON of a protobuf body; 415 for a kind that isn't known here."""
    api_version = kind = ""
    raw = b""
    for number, value in _fields(body.removeprefix(MAGIC)):
        if number == 1:
            names = dict(_fields(_bytes(value)))
            api_version, kind = _bytes(names.get(1)).decode(), _bytes(names.get(2)).decode()
        elif number == 2:  # noqa: PLR2004 - the field numbers of runtime.Unknown
            raw = _bytes(value)
    if kind not in _MESSAGES:
        message = f"the local emulator reads no protobuf of kind {kind}; send JSON, as kubectl apply -f does"
        raise ApiError(415, "UnsupportedMediaType", message)
    return {"apiVersion": api_version, "kind": kind, **_message(raw, kind)}


def _message(raw: bytes, name: str) -> Json:
    found: Json = {}
    for number, value in _fields(raw):
        if number not in _MESSAGES[name]:
            continue
        field, kind = _MESSAGES[name][number]
        match kind:
            # Go writes an empty text for a field that isn't set.
            case "text" if value:
                found[field] = _bytes(value).decode()
            case "text":
                pass
            case "texts":
                found.setdefault(field, []).append(_bytes(value).decode())
            case "int":
                found[field] = value
            case "bool":
                found[field] = bool(value)
            case "map" | "bytes":
                entry = dict(_fields(_bytes(value)))
                content = _bytes(entry.get(2))
                text = base64.b64encode(content) if kind == _BYTES_MAP else content
                found.setdefault(field, {})[_bytes(entry.get(1)).decode()] = text.decode()
            case _:
                found[field] = _message(_bytes(value), kind)
    return found


def _bytes(value: int | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Return a message's fields by number: integers, and everything else as bytes."""
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        number, wire_type = tag >> 3, tag & 7
        match wire_type:
            case 0:
                value, at = _varint(raw, at)
                yield number, value
            case 1 | 5:
                at += 8 if wire_type == 1 else 4
            case 2:
                size, at = _varint(raw, at)
                yield number, raw[at : at + size]
                at += size
            case _:
                raise ApiError(400, "BadRequest", f"protobuf wire type {wire_type} is unknown")


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(raw):
            raise ApiError(400, "BadRequest", "unexpected end of a protobuf message")
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the bit that says more bytes follow
            return value, at
