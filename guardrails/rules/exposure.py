"""What is open to the world, and what nobody would see.

cdk-nag's EKS1 and EKS2 test for the CDK's first EKS module and never fire for `aws_eks_v2`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses

from guardrails.environment import Environment, KubernetesObject
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


def _readable_secrets(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources("AWS::EKS::Cluster"):
        encrypted = {
            name
            for config in cluster.properties.get("EncryptionConfig", ())
            for name in config.get("Resources", ())
        }
        if "secrets" not in encrypted:
            yield Finding(resource=cluster, value="secrets", location="Properties/EncryptionConfig")


def _deletable_production(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources("AWS::EKS::Cluster"):
        # The assembly doesn't know the word production. A stack that must not be deleted does.
        protected = environment.stacks[cluster.stack].termination_protection
        if protected and cluster.properties.get("DeletionProtection") is not True:
            yield Finding(
                resource=cluster, value="unprotected", location="Properties/DeletionProtection"
            )


def _open_load_balancers(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Service", "Ingress", "IngressClassParams"):
        if _internet_facing(item):
            yield Finding(
                resource=item.resource,
                value=f"{item.kind}/{item.name}",
                location="Properties/Manifest",
            )


def _internet_facing(item: KubernetesObject) -> bool:
    annotations = item.content.get("metadata", {}).get("annotations") or {}
    if item.kind == "IngressClassParams":
        return bool(item.spec.get("scheme") == "internet-facing")
    if item.kind == "Ingress":
        return bool(annotations.get("alb.ingress.kubernetes.io/scheme") == "internet-facing")
    if item.spec.get("type") != "LoadBalancer":
        return False
    service = "service.beta.kubernetes.io/aws-load-balancer"
    if f"{service}-scheme" in annotations:
        return bool(annotations[f"{service}-scheme"] == "internet-facing")
    # The controller's default is internal, that of Kubernetes itself is internet-facing.
    by_controller = "loadBalancerClass" in item.spec or annotations.get(f"{service}-type") in {
        "external",
        "nlb-ip",
    }
    return not by_controller and annotations.get(f"{service}-internal") != "true"


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
    Rule(
        id="EXPOSE1",
        family=FAMILY,
        reason="Secrets are encrypted with a key of AWS only: you see nobody use it, and can't take "
        "it away.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html",
        mend="Give the cluster a KMS key for secrets: secrets_encryption_key.",
        check=_readable_secrets,
    ),
    Rule(
        id="EXPOSE2",
        family=FAMILY,
        reason="The stack is protected against deletion and its cluster isn't: one call of "
        "DeleteCluster ends production.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html",
        mend="Set cluster.deletion_protection=True, or give up the stack's termination protection.",
        check=_deletable_production,
    ),
    Rule(
        id="EXPOSE7",
        family=FAMILY,
        reason="A load balancer faces the internet and the environment doesn't say so.",
        source="https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/",
        mend="Set the scheme to internal (sample_service.load_balancer_scheme), or acknowledge the "
        "finding beside the manifest, with the reason.",
        check=_open_load_balancers,
    ),
)
