"""Rules over EKS Auto Mode and what it replaces or leaves alone in an environment."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.cluster import VpcCniSpec
from constructs_lib.specs.existing_network import ExistingNetworkSpec

MOST_UNPROXIED, LONGEST_PROXY = 50, 255
"""Entries of noProxy, and characters of httpsProxy (EKS user guide, "Create a Node Class for Amazon EKS")."""
WITH_FIPS = ("us-", "ca-")
"""Regions with images for FIPS (EKS user guide, "Configure advanced security settings for nodes")."""


class AutoModeRules(EnvironmentFields):
    """What must fit EKS Auto Mode."""

    @rule
    def one_controller_makes_load_balancers(self) -> Iterator[Problem]:
        """Both take every Service of type LoadBalancer (EKS user guide, "Use Service Annotations")."""
        if self.auto_mode is not None and self.add_ons.load_balancer_controller is not None:
            yield Problem(
                at="add_ons.load_balancer_controller",
                got=self.add_ons.load_balancer_controller,
                allowed="None with auto_mode, which makes load balancers itself",
                fix="set load_balancer_controller=None",
            )

    @rule
    def public_load_balancers_have_public_subnets(self) -> Iterator[Problem]:
        """In a private subnet nobody from the internet reaches one."""
        facing = self.auto_mode is not None and self.auto_mode.ingress_scheme == "internet-facing"
        if (
            facing
            and isinstance(self.network, ExistingNetworkSpec)
            and not self.network.public_subnets
        ):
            yield Problem(
                at="auto_mode.ingress_scheme",
                got="internet-facing",
                allowed="'internal' or None when the network has no public subnets",
                fix="set ingress_scheme='internal', or set network.public_subnets",
            )

    @rule
    def auto_mode_has_its_own_network(self) -> Iterator[Problem]:
        """EKS user guide, "Learn about VPC Networking and Load Balancing in EKS Auto Mode"."""
        default = VpcCniSpec().__dict__
        changed = sorted(
            name for name, value in self.vpc_cni.__dict__.items() if value != default[name]
        )
        if self.own_network and changed:
            yield Problem(
                at=f"vpc_cni.{changed[0]}",
                got=getattr(self.vpc_cni, changed[0]),
                allowed="no settings of the VPC CNI where all nodes are those of auto_mode: it has no "
                "security groups for pods, no custom networking, and always prefixes",
                fix="remove vpc_cni, or add a node group for the pods that need it",
            )

    @rule
    def auto_mode_knows_no_proxy(self) -> Iterator[Problem]:
        """EKS's own NodeClass has none; one of the environment takes so much (create-node-class)."""
        if self.auto_mode is None or self.http_proxy is None or self.proxy is None:
            return
        if self.auto_mode.built_in_node_pools:
            others = (
                "the other pools" if self.auto_mode.node_pools else "new ones in its node_pools"
            )
            yield Problem(
                at="http_proxy",
                got=self.http_proxy,
                allowed="None with built-in pools of auto_mode: their nodes would not be told of the proxy",
                fix=f"set auto_mode.built_in_node_pools=(), with a NodeClassSpec for {others}, or "
                "remove http_proxy",
            )
        if len(self.proxy.url) > LONGEST_PROXY:
            yield Problem(
                at="http_proxy.url",
                got=self.proxy.url,
                allowed=f"at most {LONGEST_PROXY} characters with auto_mode",
                fix="use a shorter name",
            )
        if (count := len(self.proxy.no_proxy)) > MOST_UNPROXIED:
            yield Problem(
                at="http_proxy.no_proxy",
                got=f"{count} entries with those of the network",
                allowed=f"at most {MOST_UNPROXIED} with auto_mode",
                fix="list domains instead of hosts, and networks instead of addresses",
            )

    @rule
    def classes_fit_the_region(self) -> Iterator[Problem]:
        """A key serves its own region, and not every region has images for FIPS (auto-advanced-security)."""
        classes = () if self.auto_mode is None else self.auto_mode.node_classes
        for index, key in readable(classes, "ephemeral_storage_kms_key"):
            if key is not None and key.split(":")[3] != self.region:
                yield Problem(
                    at=f"auto_mode.node_classes[{index}].ephemeral_storage_kms_key",
                    got=key,
                    allowed=f"a key of {self.region}",
                    fix=f"use a key of {self.region}, such as the replica of a multi-Region key",
                )
        for index, fips in readable(classes, "fips"):
            if fips and not self.region.startswith(WITH_FIPS):
                yield Problem(
                    at=f"auto_mode.node_classes[{index}].fips",
                    got=True,
                    allowed=f"False in {self.region}: only regions of the United States and Canada have these "
                    "images",
                    fix="set fips=False",
                )

    @rule
    def one_controller_makes_nodes(self) -> Iterator[Problem]:
        """Both bring the definition of NodePools, and Helm takes over none that it didn't install."""
        if self.auto_mode is not None and self.karpenter is not None:
            yield Problem(
                at="karpenter",
                got=self.karpenter,
                allowed="None with auto_mode: EKS has defined NodePools before the chart karpenter-crd would",
                fix="remove karpenter or auto_mode",
            )
