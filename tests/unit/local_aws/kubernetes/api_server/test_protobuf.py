from __future__ import annotations

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


def test_delete_options_are_read() -> None:
    """But for the grace period, which no pod here needs; that Secrets are, every release of helm shows."""
    raw = field(1, 0) + field(2, field(1, b"uid")) + field(4, b"Foreground") + field(5, b"All")
    assert protobuf.decode(envelope("DeleteOptions", raw)) == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": "uid"},
        "propagationPolicy": "Foreground",
        "dryRun": "All",
    }


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ApiError, match="does not read protobuf of kind Deployment") as refusal:
        protobuf.decode(envelope("Deployment", b""))
    assert refusal.value.code == 415
