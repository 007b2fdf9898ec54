"""Rules over additional add-ons: some node takes the pods that select their own."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.capacity_plan import spec_in
from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.node_objects import node_of
from kube.obstacles import nearest
from kube.platform_pods import LINUX
from kube.scheduling import is_selected
from kube.values import Json


def nodes_of(config: EnvironmentFields) -> list[tuple[str, Json]]:
    """Return the Linux nodes of an environment by their names."""
    every = [(each.name, node_of(each, {})) for each in config.nodes]
    return [(name, x) for name, x in every if is_selected(x, {"nodeSelector": LINUX})]


def is_astray(config: EnvironmentFields, name: str) -> bool:
    """Tell whether pods of an add-on select nodes, and there is none of these."""
    nodes = nodes_of(config)
    return bool(nodes) and not any(is_selected(x, spec_in(config, name)) for _, x in nodes)


class AddOnRules(EnvironmentFields):
    """What additional add-ons are told of where their pods run."""

    @rule
    def add_ons_select_nodes_that_there_are(self) -> Iterator[Problem]:
        """A deploy waits until an add-on's pods run."""
        for index, add_on in enumerate(self.add_ons.additional):
            if is_astray(self, add_on.name):
                yield Problem(
                    at=f"add_ons.additional[{index}].configuration",
                    got=add_on.configuration,
                    allowed=f"nodes that take {add_on.name}: {nearest(nodes_of(self), spec_in(self, add_on.name))}, "
                    "so a deploy would wait for its pods until it times out",
                    fix="give a node group the labels that it selects, or remove nodeSelector and affinity",
                )
