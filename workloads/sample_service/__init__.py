"""The sample service: two containers that talk to each other, behind a load balancer.

It shows how a workload with code of its own is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.network_limits import SourceRanges
from constructs_lib.specs.types import PascalName
from constructs_lib.specs.workloads import Surroundings, Workload

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.platform import Platform

API_NAMESPACE = "sample"
API_LABELS = {
    "app.kubernetes.io/name": "sample-api",
    "app.kubernetes.io/component": "api",
    "app.kubernetes.io/part-of": "sample",
}
"""What a Fargate profile sees of the API's pods: manifests/api/deployment.yaml."""

Replicas = Annotated[int, Field(ge=2, le=1_000)]


class SampleService(Workload):
    """Two containers that talk to each other: a web front on nodes, an API on Fargate."""

    name: PascalName = "SampleService"
    """The name of its stack."""
    web_replicas: Replicas = 2
    """Pods of the web front, at least two."""
    api_replicas: Replicas = 2
    """Pods of the API, at least two."""
    load_balancer_scheme: Literal["internal", "internet-facing"] = "internal"
    """Who can reach the load balancer: the VPC, or the internet."""
    load_balancer_source_ranges: SourceRanges
    """The networks that may reach the load balancer; 0.0.0.0/0 is everybody."""

    @rule
    def somebody_reaches_the_load_balancer(self) -> Iterator[Problem]:
        """An empty list would mean everybody to the controller."""
        if not self.load_balancer_source_ranges:
            yield Problem(
                at="load_balancer_source_ranges",
                got=(),
                allowed="at least one network; the controller takes an empty list for everybody",
                fix="name the networks, or write ('0.0.0.0/0',) if everybody is meant",
            )

    @property
    def description(self) -> str:
        """Return what the stack says of itself."""
        return "eks-groundwork: sample service"

    @property
    def pods(self) -> int:
        """Return how many pods both components run."""
        return self.web_replicas + self.api_replicas

    @property
    def own_namespaces(self) -> tuple[str, ...]:
        """Return the namespace that its stack makes."""
        return (API_NAMESPACE,)

    def across(self, surroundings: Surroundings) -> Iterator[Problem]:
        """Its web front runs on nodes and is reached through the controller."""
        remove = "or remove SampleService(…) from workloads"
        if surroundings.add_ons.load_balancer_controller is None:
            yield Problem(
                at="",
                got="SampleService",
                allowed="no sample service without add_ons.load_balancer_controller",
                fix=f"add the controller, {remove}",
            )
        if all(group.taints for group in surroundings.node_groups):
            yield Problem(
                at="",
                got="SampleService",
                allowed="no sample service without a node group that has no taints: the web front "
                "runs there",
                fix=f"add such a node group, {remove}",
            )
        if not any(
            each.selects(API_NAMESPACE, API_LABELS) for each in surroundings.fargate_profiles
        ):
            yield Problem(
                at="",
                got="SampleService",
                allowed="no sample service without a Fargate profile that selects the API: its image "
                "is amd64, as Fargate is",
                fix=f"add a profile for namespace {API_NAMESPACE!r} with the label "
                f"app.kubernetes.io/component=api, {remove}",
            )
        network = surroundings.network
        if (
            self.load_balancer_scheme == "internet-facing"
            and isinstance(network, ExistingNetworkSpec)
            and not network.public_subnets
        ):
            yield Problem(
                at="load_balancer_scheme",
                got="internet-facing",
                allowed="'internal' in a network without public subnets",
                fix="set 'internal', or name network.public_subnets",
            )

    def build(self, scope: Construct, platform: Platform) -> None:
        """Deploy the service; the web front's image is for the first nodes without taints."""
        from workloads.sample_service.construct import SampleServiceConstruct

        nodes = next(group for group in platform.node_groups if not group.taints)
        SampleServiceConstruct(
            scope,
            "SampleService",
            cluster=platform.cluster,
            spec=self,
            web_architecture=nodes.kubernetes_architecture,
        )
