"""What a decoder says of an object: fields that its kind hasn't, values of a wrong type."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from kube import quantities
from kube.problems import Problem, invalid, not_supported, required
from kube.schemas import is_open, types
from kube.values import Json as Schema
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.schemas import Schemas

_JSON_NAMES = {
    str: "string",
    bool: "bool",
    int: "number",
    float: "number",
    dict: "object",
    list: "array",
}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}


@dataclass(kw_only=True)
class Decoded:
    """What was found. `unknown` fields are dropped from the object."""

    unknown: list[str] = field(default_factory=list)
    mistyped: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def decode(obj: Json, schema: Schema, schemas: Schemas) -> Decoded:
    """Check an object against its schema, and drop fields that it hasn't."""
    decoded = Decoded()
    _object(obj, schema, "", _Walk(schemas=schemas, decoded=decoded))
    return decoded


@dataclass(frozen=True, kw_only=True)
class _Walk:
    schemas: Schemas
    decoded: Decoded


def _object(value: Json, schema: Schema, path: str, walk: _Walk) -> None:
    # A status is written by controllers, which know what they leave out.
    if path != "status":
        walk.decoded.problems.extend(
            required(_join(path, key)) for key in schema.get("required") or () if key not in value
        )
    for key in list(value):
        at = _join(path, key)
        inner = walk.schemas.field(schema, key)
        if inner is None:
            walk.decoded.unknown.append(at)
            del value[key]
        elif value[key] is None:
            # Go reads null as if nothing stood there.
            del value[key]
        else:
            _value(value[key], inner, at, walk)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _value(value: object, schema: Schema, path: str, walk: _Walk) -> None:
    allowed = types(schema)
    if allowed and not any(_is(value, one) for one in allowed):
        want = " or ".join(sorted(allowed))
        walk.decoded.mistyped.append(
            f"cannot unmarshal {_JSON_NAMES[type(value)]} into Go struct field {path} of type {want}"
        )
        return
    walk.decoded.mistyped.extend(_format_mistakes(value, schema))
    walk.decoded.problems.extend(_rule_problems(value, schema, path))
    if isinstance(value, dict):
        if not is_open(schema) or schema.get("properties"):
            _object(value, schema, path, walk)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _value(item, walk.schemas.items(schema), f"{path}[{index}]", walk)


def _is(value: object, kind: str) -> bool:
    # In Python, though not in JSON, a boolean is an integer.
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])


def _format_mistakes(value: object, schema: Schema) -> Iterator[str]:
    if types(schema) == {"string", "number"} and isinstance(value, (str, int, float)):
        try:
            quantities.parse(value)
        except ValueError as error:
            yield str(error)
    if schema.get("format") == "byte" and isinstance(value, str):
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error:
            yield "illegal base64 data at input byte 0"


def _rule_problems(value: object, schema: Schema, path: str) -> Iterator[Problem]:
    enum = schema.get("enum")
    if enum and value not in enum:
        yield not_supported(path, value, [str(one) for one in enum])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if (least := schema.get("minimum")) is not None and value < least:
            yield invalid(path, value, f"{path} in body should be greater than or equal to {least}")
        if (most := schema.get("maximum")) is not None and value > most:
            yield invalid(path, value, f"{path} in body should be less than or equal to {most}")
