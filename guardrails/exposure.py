"""What is open to the world, and what nobody would see.

cdk-nag's EKS1 and EKS2 test for the CDK's first EKS module and never fire for `aws_eks_v2`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses

from guardrails.environment import Environment
from guardrails.rule import Finding, Rule

FAMILY = "Exposure"

WHOLE_INTERNET = "0.0.0.0/0"
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _open_endpoints(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources("AWS::EKS::Cluster"):
        network = cluster.properties.get("ResourcesVpcConfig", {})
        # EKS's own defaults: public, from everywhere.
        cidrs = network.get("PublicAccessCidrs") or [WHOLE_INTERNET]
        if network.get("EndpointPublicAccess", True) and _whole_internet(cidrs):
            yield Finding(
                resource=cluster,
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


def _missing_logs(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources("AWS::EKS::Cluster"):
        logging = cluster.properties.get("Logging", {}).get("ClusterLogging", {})
        enabled = {log["Type"] for log in logging.get("EnabledTypes", [])}
        for name in LOG_TYPES:
            if name not in enabled:
                yield Finding(
                    resource=cluster,
                    value=name,
                    location="Properties/Logging/ClusterLogging/EnabledTypes",
                )


RULES = (
    Rule(
        id="EKS1",
        family=FAMILY,
        reason="The Kubernetes API server answers the whole internet: a leaked credential or a "
        "flaw in it is all that an attacker needs.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
        mend="Set cluster.endpoint_public_access_cidrs to your networks, or "
        "endpoint_public_access=False; or say why in cluster.endpoint_open_because.",
        check=_open_endpoints,
    ),
    Rule(
        id="EKS2",
        family=FAMILY,
        reason="A control-plane log is not kept: after an incident nobody can tell who did what.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
        mend="Add the log type to cluster.enabled_log_types.",
        check=_missing_logs,
    ),
)
