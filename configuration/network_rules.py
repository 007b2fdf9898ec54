"""Rules over an environment's network, and what must match it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from configuration.build_date import today
from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.network import NetworkSpec

LARGEST_ENVIRONMENT = 3_584
"""Of the 4 KB of environment variables of a function (Lambda quotas)."""
LARGEST_USER_DATA = 12_288
"""Of the 16 KB of an instance's user data (EC2 user guide), to which EKS adds the cluster's certificate
and address, labels and taints."""


class NetworkRules(EnvironmentFields):
    """Zones, ranges and ways out."""

    @rule
    def zones_are_of_the_region(self) -> Iterator[Problem]:
        """A zone belongs to the environment's region."""
        for at, zone in _zones_by_path(self.network):
            if zone[:-1] != self.region:
                yield Problem(
                    at=f"network.{at}",
                    got=zone,
                    allowed=f"a zone of {self.region}, such as {self.region}a",
                    fix=f"use a zone of {self.region}, or change region",
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
                    fix="use 172.20.0.0/16 or 10.100.0.0/16, whichever does not overlap the VPC",
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
                allowed="False when the network has no pod subnets",
                fix="set network.pod_cidr, such as 100.64.0.0/16"
                if isinstance(self.network, NetworkSpec)
                else "set network.pod_subnets, or custom_networking=False",
            )
        classes = {
            f"{at}.node_classes[{index}]": used
            for at, maker in self.makers.items()
            for index, used in readable(maker.node_classes, "pod_subnets")
        }
        of_classes = [at for at, used in classes.items() if used]
        for at in () if has_subnets else of_classes:
            yield Problem(
                at=f"{at}.pod_subnets",
                got=True,
                allowed="False when the network has no pod subnets",
                fix="set network.pod_cidr or network.pod_subnets, or pod_subnets=False",
            )
        if has_subnets and not self.vpc_cni.custom_networking and not of_classes:
            yield Problem(
                at="vpc_cni.custom_networking",
                got=False,
                allowed="True when the network has pod subnets, which nothing else uses",
                fix="set custom_networking=True, or pod_subnets=True of a NodeClassSpec, or remove the pod "
                "subnets"
                if classes
                else "set custom_networking=True, or remove the pod subnets",
            )

    @rule
    def the_proxy_fits_what_is_told_of_it(self) -> Iterator[Problem]:
        """Lambda and EC2 limit what a function or an instance starts with."""
        if (proxy := self.proxy) is None:
            return
        size = sum(len(name) + len(value) for name, value in proxy.environment.items())
        if size > LARGEST_ENVIRONMENT:
            yield Problem(
                at="http_proxy.no_proxy",
                got=f"{size:,} bytes of environment variables",
                allowed=f"at most {LARGEST_ENVIRONMENT:,} for the kubectl handler; a Lambda function "
                "has 4,096, some of them for the CDK's own",
                fix="list domains instead of hosts, and networks instead of addresses",
            )

    @rule
    def nodes_are_told_of_the_proxy_once(self) -> Iterator[Problem]:
        """TOML has each table once."""
        for index, group in enumerate(self.node_groups):
            wrong = "" if group.unreadable(None) else group.unreadable(self.proxy)
            if wrong:
                yield Problem(
                    at=f"node_groups[{index}].user_data",
                    got=group.user_data,
                    allowed=wrong,
                    fix="leave [settings.network] and [settings.pki.http-proxy] to http_proxy",
                )

    @rule
    def nodes_start_with_what_ec2_takes(self) -> Iterator[Problem]:
        """EC2 refuses an instance with more (EC2 user guide, "Run commands when you launch")."""
        for index, group in enumerate(self.node_groups):
            size = len((group.told(self.proxy) or "").encode())
            if size <= LARGEST_USER_DATA:
                continue
            of_proxy = self.proxy is not None and self.proxy.certificates and not group.user_data
            field = "user_data" if group.user_data else "labels"
            yield Problem(
                at="http_proxy.ca_certificates" if of_proxy else f"node_groups[{index}].{field}",
                got=f"{size:,} bytes of user data",
                allowed=f"at most {LARGEST_USER_DATA:,}; an instance has 16,384, some of them for what "
                "EKS adds",
                fix="list only the authorities that nodes meet, and their root certificates"
                if of_proxy
                else "download what is long while the node starts"
                if group.user_data
                else "use fewer or shorter labels and taints",
            )
            return

    @rule
    def certificates_are_valid(self) -> Iterator[Problem]:
        """No connection would say why it fails."""
        if (proxy := self.http_proxy) is None:
            return
        for path, day in proxy.last_days:
            if day < today():
                yield Problem(
                    at=f"http_proxy.ca_certificates[{proxy.ca_certificates.index(path)}]",
                    got=path,
                    allowed=f"certificates that are valid: one expired on {day}",
                    fix="replace it with its successor",
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
