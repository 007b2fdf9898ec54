"""What belongs to a cluster: its nodes, profiles, add-ons, manifests, and the kubectl handler."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.environment import CHART, MANIFEST, Environment, Resource
from guardrails.intrinsics import text

CLUSTER = "AWS::EKS::Cluster"
NODE_GROUP = "AWS::EKS::Nodegroup"
PROFILE = "AWS::EKS::FargateProfile"
ADD_ON = "AWS::EKS::Addon"
ACCESS_ENTRY = "AWS::EKS::AccessEntry"
COMPUTE = (NODE_GROUP, PROFILE)
KUBECTL = (
    MANIFEST,
    CHART,
    "Custom::AWSCDK-EKS-KubernetesObjectValue",
    "Custom::AWSCDK-EKS-KubernetesPatch",
)
"""What the CDK's kubectl handler does in the cluster."""


def of_one_cluster(environment: Environment, one: Resource, other: Resource) -> bool:
    """Tell whether two resources belong to the same cluster, made here or elsewhere."""
    return _cluster_key(environment, one) == _cluster_key(environment, other)


def beside(environment: Environment, resource: Resource, *kinds: str) -> Iterator[Resource]:
    """Yield the resources of these types that belong to the same cluster as a resource."""
    for other in environment.resources(*kinds):
        if of_one_cluster(environment, resource, other):
            yield other


def cluster_of(environment: Environment, resource: Resource) -> Resource | None:
    """Return the cluster that a resource belongs to, unless it was made elsewhere."""
    if resource.kind == CLUSTER:
        return resource
    return environment.named_by(resource, resource.properties.get("ClusterName"))


def add_on_name(add_on: Resource) -> str:
    """Return the name of an add-on, such as vpc-cni."""
    return text(add_on.properties.get("AddonName", ""))


def runs_auto_mode(cluster: Resource | None) -> bool:
    """Tell whether EKS Auto Mode brings nodes, network and load balancers of its own."""
    return cluster is not None and bool(
        cluster.properties.get("ComputeConfig", {}).get("Enabled", False)
    )


def kubectl_handler(environment: Environment, resource: Resource) -> Resource | None:
    """Return the Lambda function that calls kubectl for a custom resource, if it was made here."""
    provider = environment.named_by(resource, resource.properties.get("ServiceToken"))
    if provider is None or provider.kind != "AWS::Lambda::Function":
        return None
    variables = provider.properties.get("Environment", {}).get("Variables", {})
    inner = environment.named_by(provider, variables.get("USER_ON_EVENT_FUNCTION_ARN"))
    return inner or provider


def kubectl_handlers(environment: Environment) -> set[Resource]:
    """Return the functions that call kubectl."""
    found = (kubectl_handler(environment, resource) for resource in environment.resources(*KUBECTL))
    return {handler for handler in found if handler is not None}


def _cluster_key(environment: Environment, resource: Resource) -> object:
    cluster = cluster_of(environment, resource)
    return cluster.node if cluster is not None else text(resource.properties.get("ClusterName", ""))
