"""Node groups of either kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from constructs import Construct, IConstruct

from constructs_lib.managed_node_group import ManagedNodeGroup
from constructs_lib.nodes import JoinedCluster
from constructs_lib.self_managed_node_group import SelfManagedNodeGroup
from constructs_lib.specs.compute import NodeGroupSpec, SelfManagedNodeGroupSpec
from constructs_lib.specs.nodes import NodesSpec

GROUPS: Mapping[type[NodesSpec], Callable[..., ManagedNodeGroup | SelfManagedNodeGroup]] = {
    NodeGroupSpec: ManagedNodeGroup,
    SelfManagedNodeGroupSpec: SelfManagedNodeGroup,
}


class NodeGroups(Construct):
    """Node groups, each by its name."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        specs: Sequence[NodesSpec],
    ) -> None:
        """Make a group for each specification."""
        super().__init__(scope, construct_id)
        self.compute: list[IConstruct] = [
            GROUPS[type(spec)](self, spec.name, joined=joined, spec=spec).node_group
            for spec in specs
        ]
