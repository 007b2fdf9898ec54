"""The network: stateful and long-lived, deployed first and deleted last."""

from __future__ import annotations

import jsii
from aws_cdk import Environment, RemovalPolicy, Stack
from constructs import Construct

from constructs_lib.network import Network
from constructs_lib.specs.network import NetworkSpec


class NetworkStack(Stack):
    """A VPC."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: Environment,
        termination_protection: bool,
        spec: NetworkSpec,
        removal_policy: RemovalPolicy,
        protected_logs: bool,
    ) -> None:
        """Make the network of one environment."""
        self._zones = sorted(spec.zones)
        super().__init__(
            scope,
            construct_id,
            env=env,
            description="eks-groundwork: VPC, subnets, routes, endpoints, flow logs",
            termination_protection=termination_protection,
        )
        self.network = Network(
            self, "Network", spec=spec, removal_policy=removal_policy, protected_logs=protected_logs
        ).resources

    @property
    @jsii.member(jsii_name="availabilityZones")
    def availability_zones(self) -> list[str]:
        """Return the environment's zones; the CDK's own answer would need a look-up."""
        return self._zones
