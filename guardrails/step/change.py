"""One resource between two environments, and what a change of its type means.

interruptions.json has what an update in place stops. Sources: CloudFormation template reference, "Some
interruptions"; EKS user guide: "Update existing cluster to new Kubernetes version", "Understand each
phase of node updates", "Update an Amazon EKS add-on".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from assembly.environment import Environment
from assembly.index import indexed
from assembly.references import Node
from assembly.resource import Resource
from kube.values import table

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
INTERRUPTIONS: Mapping[tuple[str, str], str] = {
    (kind, name): words
    for kind, properties in table(__file__, "interruptions.json").items()
    for name, words in properties.items()
}
"""What an update in place stops for a while, by type and property."""
STATEFUL_TYPES: Mapping[str, str] = table(__file__, "stateful.json")
"""What is lost with each resource that loses something when it goes, the worst first;
docs/stateful-resources.md says more."""


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
