"""CloudFormation's registry schemas: what is valid, and what replaces."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import regex
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from assembly.resource_schemas import schema_of

Schema = Mapping[str, Any]
Properties = dict[str, Any]

TYPE_NAMES = {"object": "JSONObject", "array": "JSONArray", "string": "String"}


def schema(resource_type: str) -> Schema:
    """Return the schema of one of AWS's resource types, empty for one that the registry doesn't know."""
    return schema_of(resource_type) if resource_type.startswith("AWS::") else {}


def create_only(resource_type: str) -> frozenset[tuple[str, ...]]:
    """Return the paths of the properties whose change replaces a resource."""
    return _paths(resource_type, "createOnlyProperties")


def recreation(resource_type: str, name: str) -> str:
    """Return, in a change set's words, whether a changed property replaces a resource."""
    if (name,) in create_only(resource_type):
        return "Always"
    maybe = _paths(resource_type, "conditionalCreateOnlyProperties")
    nested = {path[0] for path in create_only(resource_type) | maybe}
    return "Conditionally" if name in nested else "Never"


def replaces(resource_type: str, old: Properties, new: Properties) -> bool:
    """Tell whether an update changes a create-only property."""
    return any(_at(old, path) != _at(new, path) for path in create_only(resource_type))


def tag_property(resource_type: str) -> tuple[str, str] | None:
    """Return the name of a type's tag property and its shape, `list` or `map`."""
    known = schema(resource_type)
    pointer = known.get("tagging", {}).get("tagProperty")
    if not pointer:
        return None
    name = _path(pointer)[0]
    return name, "map" if known["properties"][name].get("type") == "object" else "list"


def check(resource_type: str, logical_id: str, properties: Properties) -> None:
    """Raise `ValueError` in CloudFormation's words if properties break the schema of their type."""
    errors = _CloudFormation(schema(resource_type)).iter_errors(properties)
    problems = list(dict.fromkeys(map(_problem, errors)))
    if problems:
        raise ValueError(
            f"Properties validation failed for resource {logical_id} with message: "
            f"[{', '.join(problems)}]"
        )


def _type(
    validator: Validator, expected: str | list[str], instance: object, _: Schema
) -> Iterator[ValidationError]:
    """Check a type as CloudFormation does: it coerces scalars, so any scalar is any other."""
    names = [expected] if isinstance(expected, str) else expected
    scalar = not isinstance(instance, dict | list)
    if any(validator.is_type(instance, name) for name in names):
        return
    if scalar and instance is not None and set(names) - {"object", "array"}:
        return
    found = "JSONObject" if isinstance(instance, dict) else "JSONArray"
    yield ValidationError(
        f"expected type: {TYPE_NAMES.get(names[0], names[0].capitalize())}, "
        f"found: {'String' if scalar else found}"
    )


def _enum(
    _: Validator, allowed: list[object], instance: object, __: Schema
) -> Iterator[ValidationError]:
    if str(instance) not in map(str, allowed) and str(instance).lower() not in map(str, allowed):
        yield ValidationError(f"{instance} is not a valid enum value")


def _pattern(_: Validator, pattern: str, instance: object, __: Schema) -> Iterator[ValidationError]:
    # The schemas use \p{L} and possessive quantifiers, which `re` doesn't know.
    if isinstance(instance, str) and not regex.search(pattern, instance):
        yield ValidationError(f"string [{instance}] does not match pattern {pattern}")


def _pattern_properties(
    validator: Validator, patterns: Mapping[str, Schema], instance: object, _: Schema
) -> Iterator[ValidationError]:
    for pattern, inner in patterns.items():
        for key, value in instance.items() if isinstance(instance, dict) else ():
            if regex.search(pattern, key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _additional(
    _: Validator, allowed: object, instance: object, within: Schema
) -> Iterator[ValidationError]:
    if allowed is not False or not isinstance(instance, dict):
        return
    patterns = within.get("patternProperties", {})
    for key in instance.keys() - within.get("properties", {}).keys():
        if not any(regex.search(pattern, key) for pattern in patterns):
            yield ValidationError(f"extraneous key [{key}] is not permitted")


_CloudFormation = extend(
    Draft7Validator,
    {
        "type": _type,
        "enum": _enum,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
    },
)


def _problem(error: ValidationError) -> str:
    pointer = "/".join(["#", *map(str, error.absolute_path)])
    if error.validator == "required":
        _, name, _ = error.message.split("'")
        return f"{pointer}: required key [{name}] not found"
    return f"{pointer}: {error.message[:300]}"


@functools.cache
def _paths(resource_type: str, keyword: str) -> frozenset[tuple[str, ...]]:
    known = schema(resource_type)
    return frozenset(_path(pointer) for pointer in known.get(keyword, ()))


def _path(pointer: str) -> tuple[str, ...]:
    """Return the names of a JSON pointer such as /properties/AccessConfig/AuthenticationMode."""
    return tuple(part for part in pointer.split("/")[2:] if part)


def _at(properties: Properties, path: tuple[str, ...]) -> object:
    value: object = properties
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return str(value) if isinstance(value, bool | int | float) else value
