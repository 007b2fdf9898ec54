"""What the schemas of CloudFormation say about changing a resource.

cfn-lint ships the schemas. It is a tool of the tests and no part of a synth, so it is imported only
when there is something to compare.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assembly.functions import function_of
from kube.values import items, mapping, table

REGION = "us-east-1"
"""Whose schemas are read: it has every type that another region has."""
ALSO_UNIQUE: Mapping[str, Sequence[str]] = table(__file__)
"""What can exist only once, though its identifier is one that AWS makes (EC2 API reference,
CreateNatGateway, CreateRoute and CreateSubnet; EKS API reference, CreatePodIdentityAssociation)."""


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """What replaces a resource of one type, each property as a path such as Resources/Size.

    `perhaps` are the properties for which it depends on the value. `identity` are those of which two
    resources can't have the same values at once; there are none where AWS makes the identifier.
    `deletes_first` tells that CloudFormation deletes the old resource before it makes the new one.
    """

    always: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    deletes_first: bool = False


@functools.cache
def replacement_of(kind: str) -> Replacement:
    """Return what replaces a resource of a type; nothing is known of custom resources."""
    schema = _schema(kind)
    always = _paths(schema, "createOnlyProperties")
    identity = _paths(schema, "primaryIdentifier")
    read_only = _paths(schema, "readOnlyProperties")
    if any(path in read_only for path in identity):
        names = (path for path in always if _is_name(path, kind))
        identity = tuple(ALSO_UNIQUE.get(kind, names))
    return Replacement(
        always=always,
        perhaps=_paths(schema, "conditionalCreateOnlyProperties"),
        identity=identity,
        deletes_first=schema.get("replacementStrategy") == "delete_then_create",
    )


def values_at(properties: object, path: str) -> list[object]:
    """Return what stands at a path of a schema; `*` stands for every item of a list.

    A condition on the way there stays around the values of its branches. What any other function
    makes is not known, so it counts as a whole.
    """
    step, _, rest = path.partition("/")
    match function_of(properties):
        case ("Ref", "AWS::NoValue"):
            return []
        case ("Fn::If", [condition, *branches]) if path:
            inner = [values_at(branch, path) for branch in branches]
            return [{"Fn::If": [condition, *inner]}] if any(inner) else []
        case (_, _):
            return [properties]
    if not path:
        return [properties]
    if step == "*":
        return [found for item in items(properties) for found in values_at(item, rest)]
    inside = mapping(properties)
    return values_at(inside[step], rest) if step in inside else []


def _paths(schema: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(pointer.removeprefix("/properties/") for pointer in schema.get(key) or ())


def _is_name(path: str, kind: str) -> bool:
    """Tell whether a property is the name of its resource: GroupName of a SecurityGroup is."""
    own = f"{kind.rpartition('::')[2]}Name"
    return path == "Name" or (path.endswith("Name") and own.lower().endswith(path.lower()))


def _schema(kind: str) -> Mapping[str, Any]:
    from cfnlint import schema  # noqa: PLC0415  # see the docstring of the module

    try:
        found: Mapping[str, Any]
        found = schema.PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    except schema.ResourceNotFoundError:
        return {}
    return found
