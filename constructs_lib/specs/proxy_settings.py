"""What a program behind the HTTP proxy is told: the proxy, and what is reached without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.regions import DNS_SUFFIXES, partition
from constructs_lib.specs.service_ranges import SERVICE_RANGES

LOCAL = (
    *("localhost", "127.0.0.1", ".svc", ".cluster.local"),
    # Instance metadata, and the Pod Identity agent.
    *("169.254.169.254", "169.254.170.23", "[fd00:ec2::23]"),
)
ENDPOINT_NAMES: Mapping[str, tuple[str, ...]] = {
    "ecr.api": ("api.ecr.{region}.{suffix}",),
    "ecr.dkr": (".dkr.ecr.{region}.{suffix}",),
    "eks-auth": ("eks-auth.{region}.{dual_stack}",),
    "networkflowmonitorreports": ("networkflowmonitorreports.{region}.{dual_stack}",),
    # Buckets are in the host's name.
    "s3": ("s3.{region}.{suffix}", ".s3.{region}.{suffix}"),
}
"""The names of endpoints that are not just those of their service (AWS General Reference)."""


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """The proxy, what is reached without it, and the certificates to trust, in PEM."""

    url: str
    no_proxy: tuple[str, ...]
    certificates: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that programs look for."""
        unproxied = ",".join(self.no_proxy)
        return {"HTTP_PROXY": self.url, "HTTPS_PROXY": self.url, "NO_PROXY": unproxied}


def proxy_settings(
    spec: HttpProxySpec,
    *,
    region: str,
    ranges: Iterable[str],
    service_range: str | None,
    endpoints: Iterable[str],
) -> ProxySettings:
    """Return the settings in a VPC of these `ranges` and VPC `endpoints`."""
    suffix, dual_stack = DNS_SUFFIXES[partition(region)]
    names = [
        pattern.format(region=region, suffix=suffix, dual_stack=dual_stack)
        for endpoint in endpoints
        for pattern in ENDPOINT_NAMES.get(endpoint, (f"{endpoint}.{{region}}.{{suffix}}",))
    ]
    services = SERVICE_RANGES if service_range is None else (service_range,)
    # The cluster's endpoint is a host of this domain; its name isn't known before the deploy.
    no_proxy = (*LOCAL, *ranges, *services, f".eks.{suffix}", *names, *spec.no_proxy)
    return ProxySettings(
        url=spec.url, no_proxy=tuple(dict.fromkeys(no_proxy)), certificates=spec.certificates
    )
