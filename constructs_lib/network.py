"""The VPC: subnets by the address plan, routes and gateways, flow logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TypeVar

from aws_cdk import RemovalPolicy, Tags
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge
from constructs_lib.flow_logs import VpcFlowLogs
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.network import NetworkSpec
from constructs_lib.specs.network_plan import ZonePlan
from constructs_lib.vpc_endpoints import VpcEndpoints

SubnetT = TypeVar("SubnetT", ec2.PublicSubnet, ec2.PrivateSubnet)


@dataclass(frozen=True, kw_only=True)
class NetworkResources:
    """What the rest of a platform sees of a network. Subnets are keyed by zone."""

    vpc: ec2.IVpc
    private_subnets: Mapping[str, ec2.ISubnet]
    control_plane_subnets: Mapping[str, ec2.ISubnet]
    pod_subnets: Mapping[str, ec2.ISubnet]
    load_balancer_cidrs: Mapping[str, Sequence[str]]
    """Where load balancers have their addresses, by scheme."""

    def cluster_subnets(self, *, for_nodes: bool) -> list[ec2.ISubnet]:
        """Return the subnets of the control plane and the kubectl handler.

        With nodes in them they are the private ones: those of the control plane are too small.
        """
        subnets = self.private_subnets if for_nodes else self.control_plane_subnets
        return [subnets[zone] for zone in self.control_plane_subnets]


class Network(Construct):
    """A VPC with public, private, control-plane and, if wanted, pod subnets in each zone."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: NetworkSpec,
        removal_policy: RemovalPolicy,
        protected_logs: bool,
    ) -> None:
        """Make the network; `removal_policy` is that of the flow logs."""
        super().__init__(scope, construct_id)
        self._spec = spec
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(spec.cidr),
            # The address plan makes the subnets: the CDK's own would move when a zone is added.
            subnet_configuration=[],
            nat_gateways=0,
            restrict_default_security_group=True,
        )
        self.public_subnets = self._subnets("Public", ec2.PublicSubnet, lambda zone: zone.public)
        self.private_subnets = self._subnets(
            "Private", ec2.PrivateSubnet, lambda zone: zone.private
        )
        self.control_plane_subnets = self._subnets(
            "ControlPlane", ec2.PrivateSubnet, lambda zone: zone.control_plane
        )
        self.pod_subnets = self._subnets("Pods", ec2.PrivateSubnet, lambda zone: zone.pods)
        self._add_the_range_of_pods()
        self._tag_for_load_balancers()
        self._route_to_the_internet()
        VpcEndpoints(
            self,
            "Endpoints",
            vpc=self.vpc,
            cidrs=spec.cidrs,
            interface_endpoints=spec.all_interface_endpoints,
            interface_subnets=list(self.private_subnets.values()),
            trusted_accounts=spec.trusted_accounts,
            routed_subnets=[*self.public_subnets.values(), *self._inner_subnets()],
        )
        VpcFlowLogs(
            self,
            "FlowLogs",
            vpc=self.vpc,
            spec=spec.flow_logs,
            removal_policy=removal_policy,
            protected_logs=protected_logs,
        )

    @property
    def resources(self) -> NetworkResources:
        """Return what the rest of the platform sees of this network."""
        return NetworkResources(
            vpc=self.vpc,
            private_subnets=self.private_subnets,
            control_plane_subnets=self.control_plane_subnets,
            pod_subnets=self.pod_subnets,
            load_balancer_cidrs={
                "internal": [str(zone.private) for zone in self._spec.plan],
                "internet-facing": [str(zone.public) for zone in self._spec.plan],
            },
        )

    def _inner_subnets(self) -> list[ec2.PrivateSubnet]:
        return [
            *self.private_subnets.values(),
            *self.control_plane_subnets.values(),
            *self.pod_subnets.values(),
        ]

    def _add_the_range_of_pods(self) -> None:
        if self._spec.pod_cidr is None:
            return
        pod_range = ec2.CfnVPCCidrBlock(
            self, "PodCidr", vpc_id=self.vpc.vpc_id, cidr_block=self._spec.pod_cidr
        )
        for subnet in self.pod_subnets.values():
            subnet.node.add_dependency(pod_range)

    def _subnets(
        self, tier: str, kind: type[SubnetT], network_of: Callable[[ZonePlan], IPv4Network | None]
    ) -> dict[str, SubnetT]:
        subnets: dict[str, SubnetT] = {}
        for zone in self._spec.plan:
            network = network_of(zone)
            if network is None:
                continue
            # The zone's letter, not its position: removing a zone leaves the others' ids alone.
            subnet = kind(
                self,
                f"{tier}{zone.zone[-1].upper()}",
                vpc_id=self.vpc.vpc_id,
                availability_zone=zone.zone,
                cidr_block=str(network),
                map_public_ip_on_launch=False,
            )
            acknowledge(
                subnet.node.find_child("Subnet"),
                {
                    "CloudFormation-Validate::W3010": "The environment names its zones, so "
                    "synth needs no lookups and a subnet never changes its zone.",
                },
            )
            subnets[zone.zone] = subnet
        return subnets

    def _tag_for_load_balancers(self) -> None:
        for public in self.public_subnets.values():
            Tags.of(public).add("kubernetes.io/role/elb", "1")
        for private in self.private_subnets.values():
            Tags.of(private).add("kubernetes.io/role/internal-elb", "1")

    def _route_to_the_internet(self) -> None:
        gateway = ec2.CfnInternetGateway(self, "InternetGateway")
        attachment = ec2.CfnVPCGatewayAttachment(
            self,
            "InternetGatewayAttachment",
            vpc_id=self.vpc.vpc_id,
            internet_gateway_id=gateway.ref,
        )
        for public in self.public_subnets.values():
            public.add_default_internet_route(gateway.ref, attachment)
        # In the order of the environment: a zone appended to it moves no NAT gateway.
        zones = self._spec.zones
        nat_zones = zones[: self._spec.nat_gateway_count]
        nat_gateways = {zone: self.public_subnets[zone].add_nat_gateway() for zone in nat_zones}
        if not nat_gateways:
            return
        for index, zone in enumerate(zones):
            # A zone without a NAT gateway of its own shares one.
            nat_gateway = nat_gateways[nat_zones[index % len(nat_zones)]]
            for tier in (self.private_subnets, self.control_plane_subnets, self.pod_subnets):
                if zone in tier:
                    tier[zone].add_default_nat_route(nat_gateway.ref)


def existing_network(scope: Construct, *, spec: ExistingNetworkSpec) -> NetworkResources:
    """Return a VPC that exists already. Nothing is made in it and nothing is looked up."""
    existing = Construct(scope, "ExistingNetwork")
    acknowledge(
        existing,
        {
            "@aws-cdk/aws-ec2:noSubnetRouteTableId": "Nothing here adds routes to existing "
            "subnets.",
        },
    )

    def subnets(tier: str, ids: Mapping[str, str]) -> dict[str, ec2.ISubnet]:
        return {
            zone: ec2.Subnet.from_subnet_attributes(
                existing,
                f"{tier}{zone[-1].upper()}",
                subnet_id=subnet_id,
                availability_zone=zone,
            )
            for zone, subnet_id in sorted(ids.items())
        }

    private = subnets("Private", spec.private_subnets)
    return NetworkResources(
        vpc=ec2.Vpc.from_vpc_attributes(
            existing,
            "Vpc",
            vpc_id=spec.vpc_id,
            vpc_cidr_block=spec.cidr,
            availability_zones=list(spec.zones),
        ),
        private_subnets=private,
        control_plane_subnets=subnets("ControlPlane", spec.control_plane_subnets) or private,
        pod_subnets=subnets("Pods", spec.pod_subnets),
        # The subnets are known by their ids only.
        load_balancer_cidrs=dict.fromkeys(("internal", "internet-facing"), spec.cidrs),
    )
