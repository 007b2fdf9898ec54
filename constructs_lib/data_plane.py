"""Where pods run, but for what needs DNS itself."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct, IConstruct

from constructs_lib.device_plugins import DevicePlugin
from constructs_lib.fargate_profiles import platform_profile
from constructs_lib.kinds import BEFORE_DNS, make_compute
from constructs_lib.nodes import JoinedCluster
from constructs_lib.specs.compute_protocol import ComputeSpec


class DataPlane(Construct):
    """Compute of each kind where DNS can run. `compute` is what pods wait for."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        compute: Sequence[ComputeSpec],
        coredns_on_fargate: bool,
        after: Sequence[IConstruct],
    ) -> None:
        """Make the data plane in private subnets, once what it comes `after` stands."""
        super().__init__(scope, construct_id)
        several = (*platform_profile(compute, coredns=coredns_on_fargate), *compute)
        self.compute = make_compute(BEFORE_DNS, self, joined=joined, compute=several, after=after)
        for name in sorted({name for each in compute for name in each.device_plugins}):
            DevicePlugin(
                self, f"{name.capitalize()}DevicePlugin", cluster=joined.cluster, name=name
            )
