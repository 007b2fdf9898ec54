from __future__ import annotations

import base64

import pytest

from local_aws.kubernetes.api_server import protobuf
from local_aws.kubernetes.api_server.errors import ApiError


def field(number: int, value: bytes | int) -> bytes:
    """Return one field on the wire."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def envelope(kind: str, raw: bytes) -> bytes:
    return protobuf.MAGIC + field(1, field(1, b"v1") + field(2, kind.encode())) + field(2, raw)


def entry(key: bytes, value: bytes) -> bytes:
    return field(1, key) + field(2, value)


# Go writes empty texts for what isn't set; they are left out.
METADATA = (
    field(1, b"release") + field(2, b"") + field(3, b"web") + field(11, entry(b"owner", b"helm"))
)
# More than 127 bytes have a size of two.
LONG = b"a" * 200


def test_secret_is_read() -> None:
    data = field(1, b"k") + bytes([2 << 3 | 2, 0xC8, 1]) + LONG
    raw = field(1, METADATA) + bytes([2 << 3 | 2, 0xCE, 1]) + data + field(3, b"helm.sh/v1")
    body = protobuf.MAGIC + field(1, field(1, b"v1") + field(2, b"Secret"))
    assert protobuf.decode(body + bytes([2 << 3 | 2, 0x82, 2]) + raw) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "release", "namespace": "web", "labels": {"owner": "helm"}},
        "data": {"k": base64.b64encode(LONG).decode()},
        "type": "helm.sh/v1",
    }


def test_delete_options_are_read() -> None:
    raw = field(1, 0) + field(2, field(1, b"uid")) + field(4, b"Foreground") + field(5, b"All")
    assert protobuf.decode(envelope("DeleteOptions", raw)) == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": "uid"},
        "propagationPolicy": "Foreground",
        "dryRun": "All",
    }


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ApiError, match="no protobuf of kind Deployment") as refusal:
        protobuf.decode(envelope("Deployment", b""))
    assert refusal.value.code == 415
