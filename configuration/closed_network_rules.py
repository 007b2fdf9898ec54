"""Rules over a network without NAT, which reaches AWS through its endpoints alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.helm_release import HelmRelease
from constructs_lib.specs.network import NetworkSpec
from constructs_lib.specs.regions import DNS_SUFFIXES, partition


class ClosedNetworkRules(EnvironmentFields):
    """What must come from within."""

    @rule
    def a_closed_network_has_mirrors(self) -> Iterator[Problem]:
        """Without a proxy, charts and images come from ECR or S3, whose endpoints serve their own region."""
        if self.http_proxy is not None or not _is_closed(self):
            return
        place = f"{self.region}.{DNS_SUFFIXES[partition(self.region)][0]}"
        registry, bucket = rf"\d{{12}}\.dkr\.ecr\.{place}", rf"([^/]+\.)?s3\.{place}"
        reachable = re.compile(rf"((oci://)?{registry}|https?://{bucket})(/.*)?")
        for at, got in _pulled(self):
            field = at.rpartition(".")[2]
            scheme, what = (
                ("", "copy the image")
                if field == "image_repository"
                else ("oci://", "push the chart")
            )
            if got is None or reachable.fullmatch(got) is None:
                yield Problem(
                    at=at,
                    got=got,
                    allowed="a mirror in ECR, because a network without NAT or http_proxy reaches no "
                    "other registry, nor ECR in another region",
                    fix=f"{what} to ECR and set {field}='{scheme}ACCOUNT.dkr.ecr.{place}/NAME'",
                )

    @rule
    def a_closed_network_has_endpoints(self) -> Iterator[Problem]:
        """Pods call AWS past the proxy, so there must be an endpoint for what they call."""
        if not isinstance(self.network, NetworkSpec) or not _is_closed(self):
            return
        callers = {"sqs": "Karpenter"} if self.karpenter is not None else {}
        for add_on in self.add_ons.additional:
            callers |= dict.fromkeys(add_on.endpoints, add_on.name)
        for endpoint, caller in callers.items():
            if endpoint not in self.network.all_interface_endpoints:
                yield Problem(
                    at="network.interface_endpoints",
                    got=self.network.interface_endpoints,
                    allowed=f"{endpoint!r} among them when there is no NAT: {caller} calls it",
                    fix=f"add {endpoint!r}",
                )


def _is_closed(config: EnvironmentFields) -> bool:
    return isinstance(config.network, NetworkSpec) and config.network.nat_gateway_count == 0


def _pulled(config: EnvironmentFields) -> Iterator[tuple[str, str | None]]:
    """Yield where charts and images that fields name come from, each by its path."""
    makers = {
        "add_ons.load_balancer_controller": config.add_ons.load_balancer_controller,
        "karpenter": config.karpenter,
    }
    for at, maker in makers.items():
        for field in ("chart_repository", "image_repository"):
            for _, got in readable([] if maker is None else [maker], field):
                yield f"{at}.{field}", got
    for index, got in readable(config.workloads, "repository"):
        if isinstance(config.workloads[index], HelmRelease):
            yield f"workloads[{index}].repository", got
