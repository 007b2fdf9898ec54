"""The sample service: two containers that talk to each other, behind a load balancer.

It is an example of a workload with its own code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.manifest_files import load_manifests
from constructs_lib.specs.network_limits import SourceRanges
from constructs_lib.specs.regions import partition
from constructs_lib.specs.types import CertificateArn, PascalName
from constructs_lib.specs.workloads import Surroundings, Workload

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.platform import Platform

MANIFESTS = Path(__file__).parent / "manifests"
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
    """The networks that can reach the load balancer; 0.0.0.0/0 allows everyone."""

    certificate_arn: CertificateArn | None = None
    """A certificate of ACM for TLS on port 443; None leaves the load balancer at HTTP on port 80."""

    @rule
    def somebody_reaches_the_load_balancer(self) -> Iterator[Problem]:
        """With an empty list the controller allows everyone."""
        if not self.load_balancer_source_ranges:
            yield Problem(
                at="load_balancer_source_ranges",
                got=(),
                allowed="at least one network; with an empty list the controller allows all traffic",
                fix="list the networks, or write ('0.0.0.0/0',) to allow everyone",
            )

    @property
    def description(self) -> str:
        """Return the description of the stack."""
        return "eks-groundwork: sample service"

    @property
    def pods(self) -> int:
        """Return how many pods both components run."""
        return self.web_replicas + self.api_replicas

    def pod_objects(self, surroundings: Surroundings) -> Sequence[dict[str, Any]] | None:
        """Return both Deployments; their images don't matter here."""
        nodes = next((group for group in surroundings.node_groups if not group.node_taints), None)
        if nodes is None:
            return None
        return [
            *load_manifests(
                MANIFESTS / "api" / "deployment.yaml",
                api_image="api",
                api_replicas=self.api_replicas,
            ),
            *load_manifests(
                MANIFESTS / "web" / "deployment.yaml",
                web_image="web",
                web_replicas=self.web_replicas,
                architecture=nodes.kubernetes_architecture,
            ),
        ]

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
                allowed="the sample service only with add_ons.load_balancer_controller",
                fix=f"add the controller, {remove}",
            )
        if all(group.node_taints for group in surroundings.node_groups):
            yield Problem(
                at="",
                got="SampleService",
                allowed="the sample service only with a node group without taints, because the web "
                "front runs there",
                fix=f"add a node group without taints, {remove}",
            )
        if not any(
            each.selects(API_NAMESPACE, API_LABELS) for each in surroundings.fargate_profiles
        ):
            yield Problem(
                at="",
                got="SampleService",
                allowed="the sample service only with a Fargate profile that selects the API: its image "
                "is amd64, like Fargate",
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
                allowed="'internal' when the network has no public subnets",
                fix="set load_balancer_scheme='internal', or set network.public_subnets",
            )
        yield from self._certificate(surroundings)

    def _certificate(self, surroundings: Surroundings) -> Iterator[Problem]:
        """Elastic Load Balancing takes no certificate of another region or account."""
        region, account = surroundings.region, surroundings.account
        theirs = f"arn:{partition(region)}:acm:{region}:{f'{account}:' if account else ''}"
        if self.certificate_arn is not None and not self.certificate_arn.startswith(theirs):
            yield Problem(
                at="certificate_arn",
                got=self.certificate_arn,
                allowed=f"a certificate where the load balancer is: {theirs}…",
                fix="request or import the certificate there",
            )

    def build(self, scope: Construct, platform: Platform) -> None:
        """Deploy the service; the web front's image is for the first nodes without taints."""
        from workloads.sample_service.construct import SampleServiceConstruct

        nodes = next(group for group in platform.node_groups if not group.node_taints)
        SampleServiceConstruct(
            scope,
            "SampleService",
            cluster=platform.cluster,
            spec=self,
            web_architecture=nodes.kubernetes_architecture,
            load_balancer_cidrs=platform.load_balancer_cidrs[self.load_balancer_scheme],
        )
