"""One resource between two environments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from assembly.environment import Environment
from assembly.index import indexed
from assembly.references import Node
from assembly.resource import Resource

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

    resource: Resource
    effect: Effect
    properties: tuple[str, ...] = ()
    because: str = ""
    leaders: tuple[Node, ...] = ()
    certain: bool = True

    @property
    def node(self) -> Node:
        """Return the place of the resource."""
        return self.resource.node

    @property
    def kind(self) -> str:
        """Return the CloudFormation type of the resource."""
        return self.resource.kind

    @property
    def path(self) -> str:
        """Return the construct path of the resource."""
        return self.resource.path


@indexed
def everything(environment: Environment) -> Mapping[Node, Resource]:
    """Return every resource of the templates, whatever their conditions say."""
    return replace(environment, regardless=True).by_node
