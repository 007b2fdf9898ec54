"""Rules over a network without NAT, which reaches AWS through its endpoints alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.additional_add_on import PRESETS
from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.helm_release import HelmRelease
from constructs_lib.specs.network import NetworkSpec
from constructs_lib.specs.regions import DNS_SUFFIXES, partition


class ClosedNetworkRules(EnvironmentFields):
    """What must come from within."""

    @rule
    def a_closed_network_has_mirrors(self) -> Iterator[Problem]:
        """Without a proxy, charts and images come from ECR or S3, whose endpoints serve their own region."""
        if self.http_proxy is not None or closed(self) is None:
            return
        place = f"{self.region}.{DNS_SUFFIXES[partition(self.region)][0]}"
        hosts = rf"(oci://)?\d{{12}}\.dkr\.ecr\.{place}|https?://([^/]+\.)?s3\.{place}"
        reachable = re.compile(rf"({hosts})(/.*)?")
        for at, field, got in _pulled(self):
            if got is None or reachable.fullmatch(got) is None:
                what, scheme = ("image", "") if field == "image_repository" else ("chart", "oci://")
                # A kind of compute has several charts.
                folder = at in self.makers and field == "chart_repository"
                name = "FOLDER', below which each chart has its name" if folder else "NAME'"
                yield Problem(
                    at=f"{at}.{field}",
                    got=got,
                    allowed="a mirror in ECR, because a network without NAT or http_proxy reaches no "
                    "other registry, nor ECR in another region",
                    fix=f"copy the {what} to ECR and set {field}='{scheme}ACCOUNT.dkr.ecr.{place}/{name}",
                )

    @rule
    def a_closed_network_has_device_plugins(self) -> Iterator[Problem]:
        """Their images are in public registries; Bottlerocket has that of NVIDIA built in."""
        if self.http_proxy is not None or closed(self) is None:
            return
        for index, group in enumerate(self.node_groups):
            instead = {
                "efa": ("efa", "set efa=False, or "),
                "nvidia": (
                    "ami_type",
                    f"set ami_type={group.ami_type.replace('AL2023', 'BOTTLEROCKET')!r}, or ",
                ),
            }
            for name in group.device_plugins:
                field, fix = instead.get(name, ("ami_type", ""))
                yield Problem(
                    at=f"node_groups[{index}].{field}",
                    got=getattr(group, field),
                    allowed=f"nodes that don't need the device plug-in {name}: its image is in a public registry, "
                    "which a network without NAT or http_proxy doesn't reach",
                    fix=f"{fix}add NAT gateways or http_proxy",
                )

    @rule
    def a_closed_network_has_endpoints(self) -> Iterator[Problem]:
        """Pods call AWS past the proxy (karpenter.sh, "Getting Started with Karpenter", Private Clusters)."""
        if (network := closed(self)) is None:
            return
        callers = {key: name for each in self.data_plane for key, name in each.endpoints.items()}
        for add_on in self.add_ons.additional:
            called = PRESETS.get(add_on.name, {}).get("endpoints", ())
            callers |= dict.fromkeys(called, add_on.name)
        for endpoint, caller in callers.items():
            if endpoint not in network.all_interface_endpoints:
                yield Problem(
                    at="network.interface_endpoints",
                    got=network.interface_endpoints,
                    allowed=f"{endpoint!r} among them when there is no NAT: {caller} calls it",
                    fix=f"add {endpoint!r}",
                )


def closed(config: EnvironmentFields) -> NetworkSpec | None:
    """Return the network if it has no NAT."""
    network = config.network
    return network if isinstance(network, NetworkSpec) and not network.nat_gateway_count else None


def _pulled(config: EnvironmentFields) -> Iterator[tuple[str, str, str | None]]:
    """Yield what names where a chart or an image comes from, its field, and what stands there."""
    named = {
        "add_ons.load_balancer_controller": config.add_ons.load_balancer_controller,
        **config.makers,
        **{
            f"workloads[{index}]": each
            for index, each in enumerate(config.workloads)
            if isinstance(each, HelmRelease)
        },
    }
    for at, spec in named.items():
        for field in ("chart_repository", "image_repository", "repository"):
            if spec is not None and field in spec.__dict__:
                yield at, field, spec.__dict__[field]
