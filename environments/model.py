"""The typed value that an environment file holds: its fields, and the rules across them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from capacity.instance_types import instance_type
from capacity.pods import group_limit, highest_pin
from constructs_lib.specs.base import Problem, readable, repeated, rule
from constructs_lib.specs.cluster import ALL_LOG_TYPES, open_to_everybody
from constructs_lib.specs.compute import FargateProfileSpec, NodeGroupSpec
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES, NamespaceSpec
from constructs_lib.specs.network import ExistingNetworkSpec, NetworkSpec
from constructs_lib.specs.sample_service import API_LABELS, API_NAMESPACE
from environments.capacity_plan import cni_of
from environments.fields import EnvironmentFields


class EnvironmentConfig(EnvironmentFields):
    """Everything that one environment decides."""

    @rule
    def zones_are_of_the_region(self) -> Iterator[Problem]:
        """A zone belongs to the environment's region."""
        for at, zone in _zones_by_path(self.network):
            if zone[:-1] != self.region:
                yield Problem(
                    at=f"network.{at}",
                    got=zone,
                    allowed=f"a zone of {self.region}, such as {self.region}a",
                    mend="name a zone of the region, or change region",
                )

    @rule
    def names_of_node_groups_are_distinct(self) -> Iterator[Problem]:
        """A node group's name is its identity in the template."""
        yield from _distinct_names("node_groups", self.node_groups)

    @rule
    def names_of_fargate_profiles_are_distinct(self) -> Iterator[Problem]:
        """A profile's name is its identity in the template."""
        yield from _distinct_names("fargate_profiles", self.fargate_profiles)

    @rule
    def names_of_namespaces_are_distinct(self) -> Iterator[Problem]:
        """A namespace exists once."""
        yield from _distinct_names("namespaces", self.namespaces)

    @rule
    def kubernetes_keeps_its_namespaces(self) -> Iterator[Problem]:
        """A namespace of the platform goes with its stack, and Kubernetes needs these."""
        for index, name in readable(self.namespaces, "name"):
            if name in BUILT_IN_NAMESPACES:
                yield Problem(
                    at=f"namespaces[{index}].name",
                    got=name,
                    allowed=f"another namespace than {', '.join(BUILT_IN_NAMESPACES)}",
                    mend="remove it; it exists in every cluster",
                )

    @rule
    def something_runs_pods(self) -> Iterator[Problem]:
        """A cluster has a data plane."""
        if not self.node_groups and not self.fargate_profiles:
            yield Problem(
                at="node_groups",
                got=(),
                allowed="at least one node group or Fargate profile",
                mend="add a NodeGroupSpec, or a FargateProfileSpec to fargate_profiles",
            )

    @rule
    def node_groups_use_zones_of_the_network(self) -> Iterator[Problem]:
        """A node group runs where the network has subnets."""
        for index, zones in readable(self.node_groups, "zones"):
            outside = sorted(set(zones or ()) - set(self.network.zones))
            if outside or zones == ():
                yield Problem(
                    at=f"node_groups[{index}].zones",
                    got=zones,
                    allowed=f"some of {', '.join(self.network.zones)}, the zones of the network",
                    mend=f"remove {', '.join(outside)}" if outside else "name one, or write None",
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
                    allowed=f"an AL2023 release of {self.cluster.kubernetes_version}",
                    mend=f"name a release that begins with {wanted}, or write None",
                )

    @rule
    def an_open_endpoint_is_not_for_production(self) -> Iterator[Problem]:
        """Production names the networks that reach its API server."""
        cidrs = self.cluster.endpoint_public_access_cidrs
        if self.production and open_to_everybody(cidrs):
            yield Problem(
                at="cluster.endpoint_public_access_cidrs",
                got=cidrs,
                allowed="named networks in a production environment",
                mend="name your networks, or set endpoint_public_access=False",
            )

    @rule
    def accepted_replacements_are_its_own(self) -> Iterator[Problem]:
        """A consent names a resource of this environment."""
        for name in self.accepted_replacements:
            if "/" in name and not name.startswith(f"{self.stage_id}/"):
                yield Problem(
                    at=f"accepted_replacements[{name!r}]",
                    got=name,
                    allowed=f"a construct path that begins with {self.stage_id}/, or a logical id",
                    mend="copy the path that `make check` prints, or remove it",
                )

    @rule
    def production_is_protected(self) -> Iterator[Problem]:
        """Production can't be deleted by one command."""
        if not self.production:
            return
        if not self.termination_protection:
            yield Problem(
                at="termination_protection",
                got=False,
                allowed="True in a production environment",
                mend="set termination_protection=True",
            )
        if self.removal_policy != "retain":
            yield Problem(
                at="removal_policy",
                got=self.removal_policy,
                allowed="'retain' in a production environment",
                mend="set removal_policy='retain'",
            )

    @rule
    def production_clusters_are_protected(self) -> Iterator[Problem]:
        """Production's cluster can't be deleted by one call, and its audit trail is whole."""
        if not self.production:
            return
        if not self.cluster.deletion_protection:
            yield Problem(
                at="cluster.deletion_protection",
                got=False,
                allowed="True in a production environment",
                mend="set deletion_protection=True",
            )
        missing = [name for name in ALL_LOG_TYPES if name not in self.cluster.enabled_log_types]
        if missing:
            yield Problem(
                at="cluster.enabled_log_types",
                got=self.cluster.enabled_log_types,
                allowed=f"{', '.join(ALL_LOG_TYPES)} in a production environment",
                mend=f"add {', '.join(missing)}",
            )

    @rule
    def service_range_leaves_the_network_alone(self) -> Iterator[Problem]:
        """A Service's address must not be one that the VPC routes."""
        if self.cluster.service_ipv4_cidr is None:
            return
        services = IPv4Network(self.cluster.service_ipv4_cidr)
        for cidr in self.network.cidrs:
            if services.overlaps(IPv4Network(cidr)):
                yield Problem(
                    at="cluster.service_ipv4_cidr",
                    got=self.cluster.service_ipv4_cidr,
                    allowed=f"a range that does not overlap the network's {cidr}",
                    mend="take 172.20.0.0/16 or 10.100.0.0/16, whichever the VPC leaves free",
                )

    @rule
    def custom_networking_has_its_subnets(self) -> Iterator[Problem]:
        """Pod subnets and custom networking come together."""
        has_subnets = (
            bool(self.network.pod_subnets)
            if isinstance(self.network, ExistingNetworkSpec)
            else self.network.pod_cidr is not None
        )
        if self.vpc_cni.custom_networking and not has_subnets:
            yield Problem(
                at="vpc_cni.custom_networking",
                got=True,
                allowed="False while the network has no pod subnets",
                mend="set network.pod_cidr, such as 100.64.0.0/16"
                if isinstance(self.network, NetworkSpec)
                else "name network.pod_subnets",
            )
        if has_subnets and not self.vpc_cni.custom_networking:
            yield Problem(
                at="vpc_cni.custom_networking",
                got=False,
                allowed="True while the network has pod subnets, which nothing else uses",
                mend="set custom_networking=True, or remove the pod subnets",
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
                    allowed="types with branch interfaces while vpc_cni.pod_security_groups=True",
                    mend=f"replace {', '.join(unable)}; m7g, m6i, c7g and r7g have them, "
                    "t3 and t4g have not",
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
                    allowed="types with two interfaces or more while vpc_cni.custom_networking=True",
                    mend=f"replace {', '.join(unable)}, or set custom_networking=False",
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
                    allowed=f"at most {highest} on {', '.join(group.instance_types)} with this "
                    "vpc_cni; EKS caps nodes below 30 vCPUs at 110, larger ones at 250",
                    mend=f"set max_pods={highest}, or None for EKS's own number",
                )

    @rule
    def coredns_has_somewhere_to_run(self) -> Iterator[Problem]:
        """Without DNS nothing works."""
        if self.add_ons.coredns_compute_type == "ec2" and not self.node_groups:
            yield Problem(
                at="add_ons.coredns_compute_type",
                got="ec2",
                allowed="'fargate' in a cluster without node groups",
                mend="set coredns_compute_type='fargate'",
            )

    @rule
    def volumes_have_nodes(self) -> Iterator[Problem]:
        """EBS volumes can't be mounted on Fargate."""
        if self.add_ons.ebs_csi_driver and not self.node_groups:
            yield Problem(
                at="add_ons.ebs_csi_driver",
                got=True,
                allowed="False in a cluster without node groups",
                mend="set ebs_csi_driver=False",
            )

    @rule
    def a_closed_network_has_mirrors(self) -> Iterator[Problem]:
        """Without NAT, chart and image of the controller come from ECR."""
        controller = self.add_ons.load_balancer_controller
        closed = isinstance(self.network, NetworkSpec) and self.network.nat_gateway_count == 0
        if controller is None or not closed:
            return
        at = "add_ons.load_balancer_controller"
        reachable = "a mirror in ECR: a network without NAT reaches nothing else"
        if ".dkr.ecr." not in controller.chart_repository:
            yield Problem(
                at=f"{at}.chart_repository",
                got=controller.chart_repository,
                allowed=reachable,
                mend="push the chart to ECR and give oci://ACCOUNT.dkr.ecr.REGION.amazonaws.com/"
                "NAME, or set load_balancer_controller=None",
            )
        if controller.image_repository is None or ".dkr.ecr." not in controller.image_repository:
            yield Problem(
                at=f"{at}.image_repository",
                got=controller.image_repository,
                allowed=reachable,
                mend="copy the image to ECR and give ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME",
            )

    @rule
    def bindings_name_namespaces_that_exist(self) -> Iterator[Problem]:
        """A RoleBinding needs its namespace."""
        known = {*BUILT_IN_NAMESPACES, *(namespace.name for namespace in self.namespaces)}
        for field in ("roles", "entries"):
            for index, groups in readable(getattr(self.access, field), "kubernetes_groups"):
                for number, namespaces in readable(groups, "namespaces"):
                    unknown = [name for name in namespaces if name not in known]
                    if unknown:
                        yield Problem(
                            at=f"access.{field}[{index}].kubernetes_groups[{number}].namespaces",
                            got=namespaces,
                            allowed=f"some of {', '.join(sorted(known))}",
                            mend=f"add {', '.join(unknown)} to the environment's namespaces",
                        )

    @rule
    def the_sample_service_has_what_it_needs(self) -> Iterator[Problem]:
        """Its web front runs on nodes and is reached through the controller."""
        service = self.sample_service
        if service is None:
            return
        if self.add_ons.load_balancer_controller is None:
            yield Problem(
                at="sample_service",
                got="SampleServiceSpec",
                allowed="None without add_ons.load_balancer_controller",
                mend="add the controller, or set sample_service=None",
            )
        if not any(not group.taints for group in self.node_groups):
            yield Problem(
                at="sample_service",
                got="SampleServiceSpec",
                allowed="None without a node group that has no taints: the web front runs there",
                mend="add such a node group, or set sample_service=None",
            )
        if not any(profile.selects(API_NAMESPACE, API_LABELS) for profile in self.fargate_profiles):
            yield Problem(
                at="sample_service",
                got="SampleServiceSpec",
                allowed="None without a Fargate profile that selects the API: its image is amd64, "
                "as Fargate is",
                mend=f"add a profile for namespace {API_NAMESPACE!r} with the label "
                "app.kubernetes.io/component=api, or set sample_service=None",
            )
        if (
            service.load_balancer_scheme == "internet-facing"
            and isinstance(self.network, ExistingNetworkSpec)
            and not self.network.public_subnets
        ):
            yield Problem(
                at="sample_service.load_balancer_scheme",
                got="internet-facing",
                allowed="'internal' in a network without public subnets",
                mend="set 'internal', or name network.public_subnets",
            )


def _distinct_names(
    field: str, items: Sequence[NodeGroupSpec | FargateProfileSpec | NamespaceSpec]
) -> Iterator[Problem]:
    for index, name in repeated(items, "name"):
        yield Problem(
            at=f"{field}[{index}].name",
            got=name,
            allowed=f"a name that no other of {field} has",
            mend="rename one of them",
        )


def _zones_by_path(network: NetworkSpec | ExistingNetworkSpec) -> Iterator[tuple[str, str]]:
    if isinstance(network, NetworkSpec):
        for index, zone in enumerate(network.zones):
            yield f"zones[{index}]", zone
        return
    tiers = ("private_subnets", "public_subnets", "control_plane_subnets", "pod_subnets")
    for tier in tiers:
        for zone in getattr(network, tier):
            yield f"{tier}[{zone!r}]", zone
