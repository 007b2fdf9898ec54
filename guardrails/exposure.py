"""What is open to the world, and what nobody would see.

cdk-nag's EKS1 and EKS2 test for the CDK's first EKS module and never fire for `aws_eks_v2`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses

from guardrails.rule import Finding, Rule, Template, resources

WHOLE_INTERNET = "0.0.0.0/0"
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _open_endpoints(template: Template) -> Iterator[Finding]:
    for logical_id, properties in resources(template, "AWS::EKS::Cluster"):
        network = properties.get("ResourcesVpcConfig", {})
        # EKS's own defaults: public, from everywhere.
        cidrs = network.get("PublicAccessCidrs") or [WHOLE_INTERNET]
        if network.get("EndpointPublicAccess", True) and _whole_internet(cidrs):
            yield Finding(
                logical_id=logical_id,
                value=WHOLE_INTERNET,
                location="Properties/ResourcesVpcConfig/PublicAccessCidrs",
            )


def _whole_internet(cidrs: Iterable[object]) -> bool:
    # In one piece or in several, such as 0.0.0.0/1 and 128.0.0.0/1; a parameter can't be read here.
    networks = [
        IPv4Network(cidr, strict=False)
        for cidr in cidrs
        if isinstance(cidr, str) and ":" not in cidr
    ]
    return [str(network) for network in collapse_addresses(networks)] == [WHOLE_INTERNET]


def _missing_logs(template: Template) -> Iterator[Finding]:
    for logical_id, properties in resources(template, "AWS::EKS::Cluster"):
        logging = properties.get("Logging", {}).get("ClusterLogging", {})
        enabled = {log["Type"] for log in logging.get("EnabledTypes", [])}
        for name in LOG_TYPES:
            if name not in enabled:
                yield Finding(
                    logical_id=logical_id,
                    value=name,
                    location="Properties/Logging/ClusterLogging/EnabledTypes",
                )


RULES = (
    Rule(
        id="EKS1",
        reason="The Kubernetes API server answers the whole internet: a leaked credential or a "
        "flaw in it is all that an attacker needs (EKS best practices, cluster endpoint access).",
        mend="Set cluster.endpoint_public_access_cidrs to your networks, or "
        "endpoint_public_access=False; or say why in cluster.endpoint_open_because.",
        check=_open_endpoints,
    ),
    Rule(
        id="EKS2",
        reason="A control-plane log is not kept: after an incident nobody can tell who did what "
        "(EKS best practices, audit logs).",
        mend="Add the log type to cluster.enabled_log_types.",
        check=_missing_logs,
    ),
)
