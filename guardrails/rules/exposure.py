"""What is open to the world, and what nobody would see.

cdk-nag's EKS1 and EKS2 test for the CDK's first EKS module and never fire for `aws_eks_v2`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import collapse_addresses

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from guardrails.rule import Finding, rule
from guardrails.rules.findings import breach, found
from guardrails.rules.subnets import WHOLE_INTERNET, network_of
from kube.load_balancers import internet_facing
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
            yield breach(cluster, "ResourcesVpcConfig/PublicAccessCidrs", WHOLE_INTERNET)


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
                yield breach(cluster, "Logging/ClusterLogging/EnabledTypes", name)


@rule("EXPOSE1")
def _readable_secrets(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        configs = several(cluster.properties, "EncryptionConfig")
        encrypted = [name for config in configs for name in several(config, "Resources")]
        if known(encrypted) and "secrets" not in encrypted:
            yield breach(cluster, "EncryptionConfig", "secrets")


@rule("EXPOSE2")
def _deletable_production(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        # The assembly doesn't know the word production. A stack that must not be deleted does.
        protected = environment.stacks[cluster.stack].termination_protection
        if protected and flag(cluster.properties, "DeletionProtection") is False:
            yield breach(cluster, "DeletionProtection", "unprotected")


@rule("EXPOSE7")
def _open_load_balancers(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Service", "Ingress", "IngressClassParams"):
        # A deploy may make it an internal one, unless its scheme is written out.
        scheme = item.annotations.get(f"{LOAD_BALANCER}-scheme")
        internal = flag(item.annotations, f"{LOAD_BALANCER}-internal")
        if internet_facing(item.content) and (scheme or internal is False):
            yield found(item)


@rule("NESTED1")
def _not_read(environment: Environment) -> Iterator[Finding]:
    for stack in environment.nested:
        yield breach(stack, "TemplateURL", stack.logical_id)
