"""Rules over an environment's node groups and Fargate profiles."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from capacity.instance_types import instance_type
from capacity.pods import group_limit, highest_pin
from configuration.distinct import distinct_names
from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.fargate import pods_on
from constructs_lib.specs.own_code import objects_of
from constructs_lib.specs.regions import has_fargate
from constructs_lib.specs.service_ranges import SERVICE_RANGES

FIRST_BEHIND_A_PROXY = "20251120"
"""The first AL2023 release whose nodeadm uses the proxy for its own requests as well (amazon-eks-ami,
CHANGELOG, #2384 and #2489)."""


class DataPlaneRules(EnvironmentFields):
    """What runs pods, and how many."""

    @rule
    def names_of_node_groups_are_distinct(self) -> Iterator[Problem]:
        """A node group's name is its identity in the template."""
        yield from distinct_names("node_groups", self.node_groups)

    @rule
    def names_of_fargate_profiles_are_distinct(self) -> Iterator[Problem]:
        """A profile's name is its identity in the template."""
        yield from distinct_names("fargate_profiles", self.fargate_profiles)

    @rule
    def fargate_profiles_plan_their_pods(self) -> Iterator[Problem]:
        """Subnets and quotas are planned for max_pods."""
        for index, most in readable(self.fargate_profiles, "max_pods"):
            profiles = self.fargate_profiles
            count, _ = pods_on(profiles[index], profiles, objects_of(self.workloads, self))
            if count > most:
                yield Problem(
                    at=f"fargate_profiles[{index}].max_pods",
                    got=most,
                    allowed=f"at least {count}, which is how many pods the workloads declare for it",
                    fix=f"set max_pods={count}, or more for rolling updates",
                )

    @rule
    def something_runs_pods(self) -> Iterator[Problem]:
        """A cluster has a data plane; without nodes Karpenter gets a Fargate profile of its own."""
        if self.data_plane:
            return
        fargate = has_fargate(self.region)
        profile = "a FargateProfileSpec to fargate_profiles, " * fargate
        yield Problem(
            at="node_groups",
            got=(),
            allowed=f"at least one node group{' or Fargate profile' * fargate}, or auto_mode",
            fix=f"add a NodeGroupSpec, {profile}or an AutoModeSpec",
        )

    @rule
    def repaired_nodes_are_monitored(self) -> Iterator[Problem]:
        """Without the agent, node repair sees no more than whether the kubelet answers."""
        for index, repaired in readable(self.node_groups, "node_repair"):
            if repaired and not self.add_ons.node_monitoring_agent:
                yield Problem(
                    at=f"node_groups[{index}].node_repair",
                    got=True,
                    allowed="False without add_ons.node_monitoring_agent",
                    fix="set add_ons.node_monitoring_agent=True, or node_repair=False",
                )

    @rule
    def nodes_know_the_range_of_services(self) -> Iterator[Problem]:
        """Without it no node finds DNS, and the API of CloudFormation doesn't tell it."""
        if self.cluster.service_ipv4_cidr is not None:
            return
        for index, group in enumerate(self.node_groups):
            if group.lacks_service_range:
                yield Problem(
                    at=f"node_groups[{index}].service_ipv4_cidr",
                    got=None,
                    allowed="the cluster's range of Services, which nodes that join by themselves must be told",
                    fix=f"set cluster.service_ipv4_cidr={self._free_for_services()!r} of a new cluster. On one that exists that would "
                    "replace it: copy the range from `aws eks describe-cluster --name "
                    f"{self.cluster.name} --query cluster.kubernetesNetworkConfig.serviceIpv4Cidr` here",
                )

    def _free_for_services(self) -> str:
        """Return the one of EKS's own ranges that the VPC doesn't overlap."""
        taken = [IPv4Network(each) for each in self.network.cidrs]
        free = (x for x in reversed(SERVICE_RANGES) if not any(map(IPv4Network(x).overlaps, taken)))
        return next(free, SERVICE_RANGES[-1])

    @rule
    def compute_is_in_zones_of_the_network(self) -> Iterator[Problem]:
        """It runs where the network has subnets."""
        several = ("node_groups", self.node_groups), ("fargate_profiles", self.fargate_profiles)
        every = ((field, *each) for field, specs in several for each in readable(specs, "zones"))
        for field, index, zones in every:
            outside = sorted(set(zones or ()) - set(self.network.zones))
            kept = set(zones or ()) - {*outside}
            if outside or zones == ():
                yield Problem(
                    at=f"{field}[{index}].zones",
                    got=zones,
                    allowed=f"zones of the network: {', '.join(self.network.zones)}",
                    fix=f"remove {', '.join(outside)}"
                    if kept
                    else f"set zones=({self.network.zones[0]!r},), or zones=None for all of them",
                )

    @rule
    def pinned_releases_are_of_the_kubernetes_version(self) -> Iterator[Problem]:
        """An AL2023 release is named after its Kubernetes version; Bottlerocket's is not."""
        for index, group in enumerate(self.node_groups):
            release = group.release_version
            wanted = f"{self.cluster.kubernetes_version}."
            if (
                release is not None
                and group.ami_type.startswith("AL2023")
                and not release.startswith(wanted)
            ):
                yield Problem(
                    at=f"node_groups[{index}].release_version",
                    got=release,
                    allowed=f"an AL2023 release for Kubernetes {self.cluster.kubernetes_version}",
                    fix=f"use a release that begins with {wanted}, or set release_version=None",
                )

    @rule
    def pinned_releases_take_the_proxy(self) -> Iterator[Problem]:
        """An older AL2023 release can't be told of it in time."""
        if self.http_proxy is None:
            return
        for index, release in readable(self.node_groups, "release_version"):
            group = self.node_groups[index]
            if (
                release is not None
                and group.ami_type.startswith("AL2023")
                and release.partition("-")[2] < FIRST_BEHIND_A_PROXY
            ):
                yield Problem(
                    at=f"node_groups[{index}].release_version",
                    got=release,
                    allowed=f"an AL2023 release of {FIRST_BEHIND_A_PROXY} or later when http_proxy is set",
                    fix="use a later release, or set release_version=None",
                )

    @rule
    def pod_security_groups_have_branch_interfaces(self) -> Iterator[Problem]:
        """Security groups for pods need instance types that can trunk."""
        if not self.vpc_cni.pod_security_groups:
            return
        for index, names in readable(self.node_groups, "instance_types"):
            unable = [name for name in names if not instance_type(name).trunking]
            if unable:
                yield Problem(
                    at=f"node_groups[{index}].instance_types",
                    got=names,
                    allowed="types with branch interfaces when vpc_cni.pod_security_groups=True",
                    fix=f"replace {', '.join(unable)}; m7g, m6i, c7g and r7g support them, "
                    "t3 and t4g don't",
                )

    @rule
    def nodes_have_addresses_for_pods(self) -> Iterator[Problem]:
        """Custom networking leaves the first interface out, and a few types have only one."""
        cni = cni_of(self.vpc_cni)
        for index, names in readable(self.node_groups, "instance_types"):
            unable = [
                name for name in names if not group_limit(cni, [instance_type(name)]).addressed
            ]
            if unable:
                yield Problem(
                    at=f"node_groups[{index}].instance_types",
                    got=names,
                    allowed="types with two or more interfaces when vpc_cni.custom_networking=True",
                    fix=f"replace {', '.join(unable)}, or set custom_networking=False",
                )

    @rule
    def pinned_pods_have_addresses(self) -> Iterator[Problem]:
        """A node takes no more pods than its interfaces serve and EKS allows."""
        cni = cni_of(self.vpc_cni)
        for index, pinned in readable(self.node_groups, "max_pods"):
            group = self.node_groups[index]
            highest = highest_pin(cni, [instance_type(name) for name in group.instance_types])
            if pinned is not None and pinned > highest:
                yield Problem(
                    at=f"node_groups[{index}].max_pods",
                    got=pinned,
                    allowed=f"at most {highest} on {', '.join(group.instance_types)} with "
                    "these vpc_cni settings; EKS caps nodes below 30 vCPUs at 110 pods and larger nodes at 250",
                    fix=f"set max_pods={highest}, or max_pods=None to let EKS choose",
                )

    @rule
    def coredns_has_somewhere_to_run(self) -> Iterator[Problem]:
        """Pods need DNS."""
        hosts = any(each.hosts_platform for each in self.data_plane)
        if self.add_ons.coredns_compute_type == "ec2" and not hosts:
            yield Problem(
                at="add_ons.coredns_compute_type",
                got="ec2",
                allowed="'fargate' when the cluster has no node groups",
                fix="set coredns_compute_type='fargate', or add a node group"
                if has_fargate(self.region)
                else "add a node group",
            )

    @rule
    def volumes_have_nodes(self) -> Iterator[Problem]:
        """EBS volumes can't be mounted on Fargate."""
        if self.add_ons.ebs_csi_driver and not self.node_groups:
            yield Problem(
                at="add_ons.ebs_csi_driver",
                got=True,
                allowed="False when the cluster has no node groups"
                + "; auto_mode has its driver built in" * self.own_network,
                fix="set ebs_csi_driver=False, or add a node group",
            )

    @rule
    def kube_proxy_is_near_the_control_plane(self) -> Iterator[Problem]:
        """Kubernetes version skew policy: not newer, and at most three minors older."""
        version = self.add_ons.versions.get("kube-proxy")
        if version is None:
            return
        minor = int(self.cluster.kubernetes_version.partition(".")[2])
        if not minor - 3 <= int(version.split(".")[1]) <= minor or not version.startswith("v1."):
            yield Problem(
                at="add_ons.versions['kube-proxy']",
                got=version,
                allowed=f"v1.{minor - 3} to v1.{minor} with Kubernetes 1.{minor}",
                fix="remove it; the project pins a version for each Kubernetes version",
            )
