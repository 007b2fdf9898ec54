"""Specifications of the control plane and the VPC CNI."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.kubernetes_versions import RELEASES
from constructs_lib.specs.network_limits import PRIVATE_RANGES, SourceRanges, is_public
from constructs_lib.specs.types import (
    Cidr,
    ClusterName,
    Reason,
    RetentionDays,
    distinct,
)

WHOLE_INTERNET = "0.0.0.0/0"
LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
ALL_LOG_TYPES: tuple[LogType, ...] = (
    *("api", "audit", "authenticator", "controllerManager", "scheduler"),
)
SHORTEST_SERVICE_PREFIX = 12
LONGEST_SERVICE_PREFIX = 24


def _supported_version(value: str) -> str:
    if value not in RELEASES:
        raise refused(f"one of {', '.join(RELEASES)}", f"use {max(RELEASES)}, the newest")
    return value


def open_to_everybody(cidrs: Iterable[str]) -> bool:
    """Tell whether networks make up the whole internet, in one piece or in several."""
    return [str(network) for network in collapse_addresses(map(IPv4Network, cidrs))] == [
        WHOLE_INTERNET
    ]


def _public(value: str) -> str:
    if not is_public(IPv4Network(value)):
        raise refused(
            "a range of public addresses: private ones never reach the public endpoint "
            "(EKS user guide, cluster endpoint)",
            "use the public address of your network, or move it to endpoint_private_access_cidrs",
        )
    return value


PublicRanges = Annotated[
    tuple[Annotated[Cidr, AfterValidator(_public)], ...],
    distinct(40, "EKS service quotas, public endpoint access CIDR ranges per cluster"),
]


class ClusterSpec(Spec):
    """The managed control plane."""

    name: ClusterName
    """The cluster's name. EKS writes its logs to /aws/eks/NAME/cluster, so our log group
    needs it. It can't be changed later."""
    kubernetes_version: Annotated[str, AfterValidator(_supported_version)]
    """The minor version, such as '1.35'. EKS upgrades one minor version at a time."""
    endpoint_private_access_cidrs: SourceRanges = ()
    """Networks connected to the VPC, by VPN or peering, that may reach the private endpoint. The
    endpoint is always there: nodes, Fargate pods and the kubectl handler use it."""
    endpoint_public_access: bool = False
    """Whether `endpoint_public_access_cidrs` can reach the API server over the internet."""
    endpoint_public_access_cidrs: PublicRanges = ()
    """The networks that may reach the public endpoint."""
    endpoint_open_because: Reason | None = None
    """Why the public endpoint may be open to the whole internet. Read by reviewers."""
    enabled_log_types: tuple[LogType, ...] = ALL_LOG_TYPES
    """The control-plane logs to keep: all of them in production."""
    log_retention_days: RetentionDays = 90
    """Days until a control-plane log record is deleted."""
    service_ipv4_cidr: Cidr | None = None
    """The range of Service addresses, /12 to /24; None lets EKS choose. Can't be changed later."""
    deletion_protection: bool = True
    """Whether EKS refuses to delete the cluster."""
    support_type: Literal["STANDARD", "EXTENDED"] = "STANDARD"
    """STANDARD upgrades automatically when standard support ends; EXTENDED keeps the version, at
    extra cost."""
    zonal_shift: bool = True
    """Whether ARC may move traffic away from an impaired zone."""

    @rule
    def public_access_names_its_networks(self) -> Iterator[Problem]:
        """A public endpoint lists its networks; a private one has none."""
        cidrs = self.endpoint_public_access_cidrs
        if self.endpoint_public_access and not cidrs:
            yield Problem(
                at="endpoint_public_access_cidrs",
                got=cidrs,
                allowed="at least one network when endpoint_public_access=True; EKS would default "
                "to 0.0.0.0/0",
                fix="list the networks of your office, VPN or CI",
            )
        if cidrs and not self.endpoint_public_access:
            yield Problem(
                at="endpoint_public_access_cidrs",
                got=cidrs,
                allowed="no networks when endpoint_public_access=False",
                fix="remove it, or set endpoint_public_access=True",
            )

    @rule
    def an_open_endpoint_has_a_reason(self) -> Iterator[Problem]:
        """An endpoint that is open to everyone needs a written reason."""
        opened = open_to_everybody(self.endpoint_public_access_cidrs)
        if opened and self.endpoint_open_because is None:
            yield Problem(
                at="endpoint_open_because",
                got=None,
                allowed="a reason when endpoint_public_access_cidrs covers the whole internet",
                fix="list your networks instead, or state why public access is acceptable",
            )
        if self.endpoint_open_because is not None and not opened:
            yield Problem(
                at="endpoint_open_because",
                got=self.endpoint_open_because,
                allowed="None unless endpoint_public_access_cidrs covers the whole internet",
                fix="remove it",
            )

    @rule
    def all_logs_are_kept_once(self) -> Iterator[Problem]:
        """No log type twice."""
        if len(set(self.enabled_log_types)) < len(self.enabled_log_types):
            yield Problem(
                at="enabled_log_types",
                got=self.enabled_log_types,
                allowed="each log type at most once",
                fix="remove the duplicate",
            )

    @rule
    def service_range_is_one_that_eks_takes(self) -> Iterator[Problem]:
        """EKS user guide: within a private range, /12 to /24."""
        if self.service_ipv4_cidr is None:
            return
        network = IPv4Network(self.service_ipv4_cidr)
        fits = SHORTEST_SERVICE_PREFIX <= network.prefixlen <= LONGEST_SERVICE_PREFIX
        if not fits or not any(network.subnet_of(block) for block in PRIVATE_RANGES):
            yield Problem(
                at="service_ipv4_cidr",
                got=self.service_ipv4_cidr,
                allowed=f"a range of /{SHORTEST_SERVICE_PREFIX} to /{LONGEST_SERVICE_PREFIX} within "
                f"{', '.join(map(str, PRIVATE_RANGES))}",
                fix="use 172.20.0.0/16 or 10.100.0.0/16, whichever does not overlap the VPC",
            )


MOST_INTERFACES, MOST_ADDRESSES = 24, 1_536
"""The most of any instance type in capacity/instance_limits.csv."""
Interfaces = Annotated[int, Field(ge=0, le=MOST_INTERFACES)]
Addresses = Annotated[int, Field(ge=0, le=MOST_ADDRESSES)]


class VpcCniSpec(Spec):
    """The VPC CNI: how pods get their addresses. The names are those of its settings."""

    prefix_delegation: bool = False
    """Give interfaces /28 prefixes instead of single addresses: more pods on a node."""
    warm_eni_target: Interfaces | None = None
    """Whole interfaces kept ready; None leaves the CNI's default (1)."""
    warm_ip_target: Addresses | None = None
    """Addresses kept ready on each node."""
    minimum_ip_target: Addresses | None = None
    """Addresses that a node takes at once when it starts."""
    warm_prefix_target: Addresses | None = None
    """Prefixes kept ready on each node; only with prefix_delegation."""
    pod_security_groups: bool = False
    """Security groups for pods: branch interfaces, on instance types that support them."""
    pod_security_group_enforcing_mode: Literal["strict", "standard"] = "standard"
    """strict: only the pod's own groups apply, and node-local traffic leaves the node;
    standard: the node's groups apply as well, and network policies work."""
    custom_networking: bool = False
    """Pods take their addresses from the pod subnets instead of the node's subnet."""
    network_policy: bool = True
    """Whether the CNI enforces NetworkPolicy objects."""
    network_policy_enforcing_mode: Literal["strict", "standard"] = "standard"
    """strict denies a new pod's traffic until its policies are in place."""
    external_snat: bool = False
    """Leave source NAT of pod traffic to the NAT gateway. Peered networks and VPNs then see pod
    addresses."""

    @rule
    def targets_fit_together(self) -> Iterator[Problem]:
        """Targets that the CNI would ignore are refused (amazon-vpc-cni-k8s README)."""
        if self.minimum_ip_target is not None and self.warm_ip_target is None:
            yield Problem(
                at="minimum_ip_target",
                got=self.minimum_ip_target,
                allowed="None unless warm_ip_target is set",
                fix="set warm_ip_target too, or remove it",
            )
        if self.warm_prefix_target is not None and not self.prefix_delegation:
            yield Problem(
                at="warm_prefix_target",
                got=self.warm_prefix_target,
                allowed="None unless prefix_delegation=True",
                fix="set prefix_delegation=True, or remove it",
            )
        if self.warm_prefix_target == 0 and self.warm_ip_target is None:
            yield Problem(
                at="warm_prefix_target",
                got=0,
                allowed="1 or more unless warm_ip_target is set: the CNI would keep nothing ready",
                fix="set warm_prefix_target=1, or warm_ip_target instead",
            )
        if self.warm_eni_target is not None and self.warm_ip_target is not None:
            yield Problem(
                at="warm_eni_target",
                got=self.warm_eni_target,
                allowed="None when warm_ip_target is set, which overrides it",
                fix="remove warm_eni_target or warm_ip_target",
            )

    @rule
    def enforcing_mode_has_a_use(self) -> Iterator[Problem]:
        """Strict pod security groups and network policies exclude one another."""
        strict = self.pod_security_group_enforcing_mode == "strict"
        if strict and not self.pod_security_groups:
            yield Problem(
                at="pod_security_group_enforcing_mode",
                got="strict",
                allowed="'standard' unless pod_security_groups=True",
                fix="set pod_security_groups=True, or remove it",
            )
        if strict and self.pod_security_groups and self.network_policy:
            yield Problem(
                at="pod_security_group_enforcing_mode",
                got="strict",
                allowed="'standard' when network_policy=True: network policies need it "
                "(EKS user guide, security groups for pods)",
                fix="set it to 'standard', or set network_policy=False",
            )
        if self.network_policy_enforcing_mode == "strict" and not self.network_policy:
            yield Problem(
                at="network_policy_enforcing_mode",
                got="strict",
                allowed="'standard' when network_policy=False: no policies are enforced",
                fix="set network_policy=True, or remove it",
            )
