"""The one thing that kubectl still reads from the older OpenAPI document.

Before it sends a `kind: List`, kubectl looks in `/openapi/v2`, which it wants in protobuf, whether
a PATCH of Namespaces takes `fieldValidation`. So the document holds that operation and no more; the
schemas are in `/openapi/v3`.
"""

from __future__ import annotations

MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

_KIND = 'group: ""\nkind: Namespace\nversion: v1\n'
_SHORT = 0x7F


def document() -> bytes:
    """Return the document. Field numbers as in google/gnostic's OpenAPIv2.proto."""
    query = _field(2, b"query") + _field(4, b"fieldValidation")
    # ParametersItem.parameter, Parameter.nonBodyParameter, NonBodyParameter.queryParameterSubSchema
    parameter = _field(1, _field(2, _field(3, query)))
    extension = _field(1, b"x-kubernetes-group-version-kind") + _field(2, _field(2, _KIND.encode()))
    patch = _field(8, parameter) + _field(13, extension)
    path = _field(1, b"/api/v1/namespaces/{name}") + _field(2, _field(8, patch))
    return _field(1, b"2.0") + _field(8, _field(2, path))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > _SHORT:
        encoded.append(value & _SHORT | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
