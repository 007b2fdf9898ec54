"""What is open to the world, and what nobody would see.

cdk-nag's EKS1 and EKS2 test for the CDK's first EKS module and never fire for `aws_eks_v2`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import collapse_addresses

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Finding, rule
from guardrails.rules.subnets import WHOLE_INTERNET, network_of
from kube.values import dicts, flag, items, known, look_up, several, text

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
LOAD_BALANCER = "service.beta.kubernetes.io/aws-load-balancer"


@rule("EKS1")
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


@rule("EKS2")
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


@rule("EXPOSE1")
def _readable_secrets(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        encrypted = [
            name
            for config in several(cluster.properties, "EncryptionConfig")
            for name in several(config, "Resources")
        ]
        if known(encrypted) and "secrets" not in encrypted:
            yield Finding(resource=cluster, value="secrets", location="Properties/EncryptionConfig")


@rule("EXPOSE2")
def _deletable_production(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        # The assembly doesn't know the word production. A stack that must not be deleted does.
        protected = environment.stacks[cluster.stack].termination_protection
        if protected and flag(cluster.properties, "DeletionProtection") is False:
            yield Finding(
                resource=cluster, value="unprotected", location="Properties/DeletionProtection"
            )


@rule("EXPOSE7")
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
