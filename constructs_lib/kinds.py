"""Which construct makes each kind of compute, and when: a new kind is a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from constructs import Construct, IConstruct

from constructs_lib.auto_mode import AutoMode
from constructs_lib.fargate_profiles import FargateProfiles
from constructs_lib.karpenter import Karpenter
from constructs_lib.node_groups import NodeGroups
from constructs_lib.nodes import JoinedCluster
from constructs_lib.specs.auto_mode import AutoModeSpec
from constructs_lib.specs.compute_protocol import ComputeSpec
from constructs_lib.specs.fargate import FargateProfileSpec
from constructs_lib.specs.karpenter import KarpenterSpec
from constructs_lib.specs.nodes import NodesSpec


class Made(Protocol):
    """What a kind makes of its specifications."""

    compute: list[IConstruct]
    """Its resources that wait for what the kind needs, and that others wait for."""


Kinds = Mapping[str, tuple[type[ComputeSpec], Callable[..., Made]]]
BEFORE_DNS: Kinds = {
    "NodeGroups": (NodesSpec, NodeGroups),
    "Fargate": (FargateProfileSpec, FargateProfiles),
    "AutoMode": (AutoModeSpec, AutoMode),
}
"""By the id of the construct: where DNS itself can run."""
AFTER_DNS: Kinds = {"Karpenter": (KarpenterSpec, Karpenter)}
"""Those that look names up."""


def make_compute(
    kinds: Kinds,
    scope: Construct,
    *,
    joined: JoinedCluster,
    compute: Sequence[ComputeSpec],
    after: Sequence[IConstruct],
) -> list[IConstruct]:
    """Make the compute of some kinds, once what it comes `after` stands."""
    made = [
        resource
        for construct_id, (kind, construct) in kinds.items()
        if (specs := [each for each in compute if isinstance(each, kind)])
        for resource in construct(scope, construct_id, joined=joined, specs=specs).compute
    ]
    for resource in made:
        resource.node.add_dependency(*after)
    return made
