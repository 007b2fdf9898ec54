"""One resource between two sets of templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Body = Mapping[str, Any]
"""A resource as a template has it."""
Templates = Mapping[str, Mapping[str, Any]]
"""The template of each stack by the stack's path."""
Node = tuple[str, str]
"""A resource: the path of its stack, and its logical id."""
Effect = Literal[
    "created",
    "deleted",
    "replaced",
    "replaced with a fixed name",
    "refused",
    "interrupted",
    "in place",
]
GONE: tuple[Effect, ...] = ("deleted", "replaced", "replaced with a fixed name")
"""Effects after which the resource of before is no more."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one resource, by which properties, and why.

    `leaders` are the resources that it refers to and whose own change is the reason. `certain` is
    False where CloudFormation decides by the value.
    """

    stack: str
    logical_id: str
    kind: str
    path: str
    effect: Effect
    properties: tuple[str, ...] = ()
    because: str = ""
    leaders: tuple[Node, ...] = ()
    certain: bool = True

    @property
    def node(self) -> Node:
        """Return the place of the resource."""
        return self.stack, self.logical_id


def change_of(node: Node, body: Body, effect: Effect) -> Change:
    """Return a change of a resource that a template has."""
    stack, logical_id = node
    path = body.get("Metadata", {}).get("aws:cdk:path", logical_id)
    return Change(stack=stack, logical_id=logical_id, kind=body["Type"], path=path, effect=effect)


def bodies(templates: Templates) -> Iterator[tuple[Node, Body]]:
    """Yield every resource of the templates."""
    for path, template in templates.items():
        for logical_id, body in template.get("Resources", {}).items():
            yield (path, logical_id), body
