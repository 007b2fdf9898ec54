"""Kubernetes' protobuf encoding, for what helm and kubectl send in no other.

Manifests travel as JSON. Helm's release Secrets, `--create-namespace` and the deletion of both come
from typed clients, which don't fall back. Field numbers in protobuf.json are those of generated.proto
in k8s.io/api and k8s.io/apimachinery.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from kube.values import table
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json

MAGIC = b"k8s\x00"
_SIZED = 2
_MESSAGES: dict[str, dict[str, tuple[str, str]]] = table(__file__)


def decode(body: bytes) -> Json:
    """Return the JSON of a protobuf body; 415 for a kind that isn't known here."""
    # The fields of runtime.Unknown: its type, and the message.
    head, raw = _first_two(body.removeprefix(MAGIC))
    api_version, kind = (text.decode() for text in _first_two(head))
    if kind not in _MESSAGES:
        message = f"the local emulator does not read protobuf of kind {kind}; send JSON, as kubectl apply -f does"
        raise ApiError(415, "UnsupportedMediaType", message)
    return {"apiVersion": api_version, "kind": kind, **_message(raw, kind)}


def _message(raw: bytes, name: str) -> Json:
    found: Json = {}
    for number, value in _fields(raw):
        field, kind = _MESSAGES[name].get(str(number), ("", ""))
        # Go writes an empty text for a field that isn't set.
        if kind == "text" and value:
            found[field] = value.decode()
        elif kind in ("map", "bytes"):
            key, content = _first_two(value)
            text = base64.b64encode(content) if kind == "bytes" else content
            found.setdefault(field, {})[key.decode()] = text.decode()
        elif kind in _MESSAGES:
            found[field] = _message(value, kind)
    return found


def _first_two(raw: bytes) -> list[bytes]:
    fields = dict(_fields(raw))
    return [fields.get(number, b"") for number in (1, 2)]


def _fields(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield a message's texts, maps and messages by number; nobody here asks for its integers."""
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        value, at = _varint(raw, at)
        if tag & 7 == _SIZED:
            yield tag >> 3, raw[at : at + value]
            at += value


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return an integer and where it ends: the highest bit of a byte says that more follow."""
    end = at + next((size for size, byte in enumerate(raw[at:]) if not byte >> 7), 0) + 1
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(raw[at:end])), end
