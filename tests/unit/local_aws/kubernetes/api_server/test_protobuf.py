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


def entry(key: bytes, value: bytes) -> bytes:
    return field(1, key) + field(2, value)


# Go writes empty texts for what isn't set; they are left out.
METADATA = (
    field(1, b"release") + field(2, b"") + field(3, b"web") + field(11, entry(b"owner", b"helm"))
)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (
            "Secret",
            field(1, METADATA) + field(2, entry(b"release", b"\x00\x01")) + field(3, b"helm.sh/v1"),
            {
                "metadata": {"name": "release", "namespace": "web", "labels": {"owner": "helm"}},
                "data": {"release": "AAE="},
                "type": "helm.sh/v1",
            },
        ),
        (
            "DeleteOptions",
            field(1, 0) + field(2, field(1, b"uid")) + field(4, b"Foreground") + field(5, b"All"),
            {
                "gracePeriodSeconds": 0,
                "preconditions": {"uid": "uid"},
                "propagationPolicy": "Foreground",
                "dryRun": ["All"],
            },
        ),
    ],
)
def test_message_is_read(kind: str, raw: bytes, expected: dict[str, object]) -> None:
    head = {"apiVersion": "v1", "kind": kind}
    assert protobuf.decode(envelope(kind, raw)) == {**head, **expected}


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (envelope("Deployment", b""), 415, "no protobuf of kind Deployment"),
        (protobuf.MAGIC + b"\x80", 400, "unexpected end"),
        (protobuf.MAGIC + b"\x09\x01", 400, "wire type 1"),
    ],
)
def test_what_is_not_understood_is_refused(body: bytes, code: int, words: str) -> None:
    with pytest.raises(ApiError, match=words) as refusal:
        protobuf.decode(body)
    assert refusal.value.code == code
