"""Rules over Karpenter and what it needs of the rest of an environment."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.add_ons import version_tuple
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.karpenter import KARPENTER, OLDEST_KARPENTER
from constructs_lib.specs.network import NetworkSpec

TOLERATED = "CriticalAddonsOnly"
"""The taint that the chart's pods tolerate (charts/karpenter/values.yaml)."""


class KarpenterRules(EnvironmentFields):
    """What must fit Karpenter."""

    @rule
    def karpenter_knows_the_kubernetes_version(self) -> Iterator[Problem]:
        """karpenter.sh, "Compatibility Matrix"."""
        if self.karpenter is None:
            return
        minor = self.cluster.kubernetes_version
        oldest = OLDEST_KARPENTER.get(minor)
        if oldest is None:
            yield Problem(
                at="cluster.kubernetes_version",
                got=minor,
                allowed=f"{', '.join(OLDEST_KARPENTER)} with Karpenter, whose matrix has no other yet",
                fix=f"set kubernetes_version={list(OLDEST_KARPENTER)[-1]!r}, or karpenter=None",
            )
        elif version_tuple(self.karpenter.controller_version) < version_tuple(oldest):
            yield Problem(
                at="karpenter.controller_version",
                got=self.karpenter.controller_version,
                allowed=f"{oldest} or newer with Kubernetes {minor}",
                fix=f"remove it: the project uses {KARPENTER}",
            )

    @rule
    def karpenter_has_hosts(self) -> Iterator[Problem]:
        """It doesn't run on nodes that it makes, and no two of its pods share a host."""
        if self.karpenter is None or not self.node_groups:
            return
        hosts = sum(
            size
            for index, size in readable(self.node_groups, "min_size")
            if all(
                taint.key == TOLERATED or taint.effect == "PREFER_NO_SCHEDULE"
                for taint in self.node_groups[index].node_taints
            )
        )
        if hosts < self.karpenter.replicas:
            yield Problem(
                at="karpenter.replicas",
                got=self.karpenter.replicas,
                allowed=f"at most {hosts}: each pod needs a host that Karpenter doesn't make, and the "
                "min_size of the node groups that let it in is no more",
                fix=f"raise min_size to {self.karpenter.replicas} in a node group without taints",
            )

    @rule
    def karpenter_reaches_aws(self) -> Iterator[Problem]:
        """karpenter.sh, "Getting Started with Karpenter", Private Clusters."""
        if self.karpenter is None or not isinstance(self.network, NetworkSpec):
            return
        closed = self.network.nat_gateway_count == 0
        if closed and not self.karpenter.isolated_vpc:
            yield Problem(
                at="karpenter.isolated_vpc",
                got=False,
                allowed="True when network.nat_gateways='none': IAM and the price list have no endpoint",
                fix="set isolated_vpc=True",
            )
        if closed and "sqs" not in self.network.all_interface_endpoints:
            yield Problem(
                at="network.interface_endpoints",
                got=self.network.interface_endpoints,
                allowed="'sqs' among them when there is no NAT: Karpenter reads a queue",
                fix="add 'sqs'",
            )

    @rule
    def karpenter_has_a_mirror(self) -> Iterator[Problem]:
        """With neither NAT nor a proxy, charts and image come from ECR."""
        closed = isinstance(self.network, NetworkSpec) and self.network.nat_gateway_count == 0
        if self.karpenter is None or not closed or self.http_proxy is not None:
            return
        for field in ("chart_repository", "image_repository"):
            got = getattr(self.karpenter, field)
            if got is None or ".dkr.ecr." not in got:
                scheme = "oci://" if field == "chart_repository" else ""
                yield Problem(
                    at=f"karpenter.{field}",
                    got=got,
                    allowed="a mirror in ECR, because a network without NAT or http_proxy reaches no "
                    "other registry",
                    fix=f"copy it to ECR and set {field}='{scheme}ACCOUNT.dkr.ecr.REGION."
                    "amazonaws.com/NAME'",
                )
