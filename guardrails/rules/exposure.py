"""What is open to the world, and what nobody would see.

cdk-nag's EKS1 and EKS2 test for the CDK's first EKS module and never fire for `aws_eks_v2`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import collapse_addresses

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Family, Finding
from guardrails.rules.subnets import WHOLE_INTERNET, network_of
from kube.values import dicts, flag, items, known, look_up, several, text

EXPOSURE = Family("Exposure")

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
LOAD_BALANCER = "service.beta.kubernetes.io/aws-load-balancer"


@EXPOSURE.rule(
    "EKS1",
    reason="The Kubernetes API server answers the whole internet: a leaked credential or a "
    "flaw in it is all that an attacker needs.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
    fix="Set cluster.endpoint_public_access_cidrs to your networks, or "
    "endpoint_public_access=False; or say why in cluster.endpoint_open_because.",
)
def _open_endpoints(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        network = look_up(cluster.properties, "ResourcesVpcConfig")
        # EKS's own defaults: public, from everywhere.
        cidrs = several(network, "PublicAccessCidrs") or [WHOLE_INTERNET]
        ranges = filter(None, map(network_of, cidrs))
        # In one piece or in several, such as 0.0.0.0/1 and 128.0.0.0/1.
        everybody = [str(each) for each in collapse_addresses(ranges)] == [WHOLE_INTERNET]
        if everybody and flag(network, "EndpointPublicAccess", default=True):
            yield Finding(
                resource=cluster,
                value=WHOLE_INTERNET,
                location="Properties/ResourcesVpcConfig/PublicAccessCidrs",
            )


@EXPOSURE.rule(
    "EKS2",
    reason="A control-plane log is not kept: after an incident nobody can tell who did what.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
    fix="Add the log type to cluster.enabled_log_types.",
)
def _missing_logs(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        logging = look_up(cluster.properties, "Logging", "ClusterLogging")
        enabled = {text(log, "Type") for log in dicts(logging, "EnabledTypes")}
        # The first generation writes the API's form.
        for logs in dicts(logging):
            if flag(logs, "Enabled"):
                enabled |= set(map(text, items(logs, "Types")))
        for name in LOG_TYPES if known(logging) else ():
            if name not in enabled:
                yield Finding(
                    resource=cluster,
                    value=name,
                    location="Properties/Logging/ClusterLogging/EnabledTypes",
                )


@EXPOSURE.rule(
    "EXPOSE1",
    reason="Secrets are encrypted with a key of AWS only: you see nobody use it, and can't take "
    "it away.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html",
    fix="Give the cluster a KMS key for secrets: secrets_encryption_key.",
)
def _readable_secrets(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        encrypted = [
            name
            for config in several(cluster.properties, "EncryptionConfig")
            for name in several(config, "Resources")
        ]
        if known(encrypted) and "secrets" not in encrypted:
            yield Finding(resource=cluster, value="secrets", location="Properties/EncryptionConfig")


@EXPOSURE.rule(
    "EXPOSE2",
    reason="The stack is protected against deletion and its cluster isn't: one call of "
    "DeleteCluster ends production.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html",
    fix="Set cluster.deletion_protection=True, or give up the stack's termination protection.",
)
def _deletable_production(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        # The assembly doesn't know the word production. A stack that must not be deleted does.
        protected = environment.stacks[cluster.stack].termination_protection
        if protected and flag(cluster.properties, "DeletionProtection") is False:
            yield Finding(
                resource=cluster, value="unprotected", location="Properties/DeletionProtection"
            )


@EXPOSURE.rule(
    "EXPOSE7",
    reason="A load balancer faces the internet and the environment doesn't say so.",
    source="https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/",
    fix="Set the scheme to internal (sample_service.load_balancer_scheme), or acknowledge the "
    "finding beside the manifest, with the reason.",
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
    if item.kind == "IngressClassParams":
        return text(item.spec, "scheme") == "internet-facing"
    if item.kind == "Ingress":
        scheme = text(item.annotations, "alb.ingress.kubernetes.io/scheme")
        return scheme == "internet-facing"
    if item.spec.get("type") != "LoadBalancer":
        return False
    if f"{LOAD_BALANCER}-scheme" in item.annotations:
        return text(item.annotations, f"{LOAD_BALANCER}-scheme") == "internet-facing"
    # The controller's default is internal, that of Kubernetes itself is internet-facing.
    by_controller = item.spec.get("loadBalancerClass") or (
        text(item.annotations, f"{LOAD_BALANCER}-type") in ("external", "nlb-ip")
    )
    return not by_controller and flag(item.annotations, f"{LOAD_BALANCER}-internal") is False
