"""What controllers make in AWS outside the stacks goes while they still run.

A controller removes a load balancer or a volume when its Kubernetes object is deleted. An object that
outlives its controller leaves them behind, and they keep subnets and the VPC from being deleted.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.clusters import ADD_ON, add_on_name, beside, of_one_cluster
from guardrails.environment import CHART, Environment, KubernetesObject, Resource
from guardrails.intrinsics import text
from guardrails.ordering import FAMILY
from guardrails.rule import Finding, Rule

LOAD_BALANCER_CONTROLLER = "aws-load-balancer-controller"
VOLUME_DRIVER = "aws-ebs-csi-driver"
ASSOCIATION = "AWS::EKS::PodIdentityAssociation"


def makes_load_balancers(item: KubernetesObject) -> bool:
    """Tell whether the controller makes a load balancer or targets for an object."""
    if item.kind == "Service":
        return item.spec.get("type") == "LoadBalancer"
    return item.kind in {"Ingress", "TargetGroupBinding"}


def makes_volumes(item: KubernetesObject) -> bool:
    """Tell whether the driver makes a volume for an object."""
    if item.kind == "StatefulSet":
        return bool(item.spec.get("volumeClaimTemplates"))
    return item.kind == "PersistentVolumeClaim"


def controllers(environment: Environment, resource: Resource) -> Iterator[Resource]:
    """Yield the charts of the load balancer controller in the cluster of a resource."""
    for chart in beside(environment, resource, CHART):
        if text(chart.properties.get("Chart", "")).endswith(LOAD_BALANCER_CONTROLLER):
            yield chart


def _load_balancers_before_their_controller_goes(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        if makes_load_balancers(item):
            for chart in controllers(environment, item.resource):
                yield from _outlives(environment, item, chart)


def _volumes_before_their_driver_goes(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        if makes_volumes(item):
            for add_on in beside(environment, item.resource, ADD_ON):
                if add_on_name(add_on) == VOLUME_DRIVER:
                    yield from _outlives(environment, item, add_on)


def _outlives(
    environment: Environment, item: KubernetesObject, controller: Resource
) -> Iterator[Finding]:
    if not environment.waits_for(item.resource, controller):
        yield Finding(
            resource=item.resource,
            value=f"{item.kind}/{item.name}",
            location="DependsOn",
            detail=f"Nothing makes it wait for {controller.path}.",
            mend=f"Let {item.resource.path} depend on {controller.path}: node.add_dependency().",
        )


def _permissions_outlive_their_controller(environment: Environment) -> Iterator[Finding]:
    for controller, permission in _permissions(environment):
        if not environment.waits_for(controller, permission):
            yield Finding(
                resource=controller,
                value=permission.logical_id,
                location="DependsOn",
                mend=f"Let {controller.path} depend on {permission.path}: node.add_dependency().",
            )


def _permissions(environment: Environment) -> Iterator[tuple[Resource, Resource]]:
    """Yield each controller with each resource that it has its permissions from."""
    for chart in environment.resources(CHART):
        for account, role in _accounts_of(environment, chart):
            yield chart, account
            for policy in _policies_of(environment, role):
                yield chart, policy
    for add_on in environment.resources(ADD_ON):
        for pair in add_on.properties.get("PodIdentityAssociations", ()):
            role = environment.named_by(add_on, pair.get("RoleArn"))
            for policy in _policies_of(environment, role):
                yield add_on, policy


def _accounts_of(
    environment: Environment, chart: Resource
) -> Iterator[tuple[Resource, Resource | None]]:
    """Yield what gives a chart's service account a role, and the role: Pod Identity or IRSA."""
    account = text(chart.properties.get("Release", ""))
    for association in beside(environment, chart, ASSOCIATION):
        if association.properties.get("ServiceAccount") == account:
            role = association.properties.get("RoleArn")
            yield association, environment.named_by(association, role)
    for item in environment.kubernetes_objects("ServiceAccount"):
        if item.name == account and of_one_cluster(environment, chart, item.resource):
            # With IRSA the manifest's only reference is the role, in an annotation.
            manifest = item.resource.properties["Manifest"]
            yield item.resource, environment.named_by(item.resource, manifest)


def _policies_of(environment: Environment, role: Resource | None) -> Iterator[Resource]:
    for policy in environment.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name in policy.properties.get("Roles", ()):
            if role is not None and environment.named_by(policy, name) == role:
                yield policy


RULES = (
    Rule(
        id="ORDER8",
        family=FAMILY,
        reason="On a destroy the controller would go first: the load balancer, its interfaces and "
        "its security group stay, and the VPC can't be deleted.",
        source="https://github.com/aws/aws-cdk/issues/9970",
        mend="Let the object depend on the controller's chart: node.add_dependency().",
        check=_load_balancers_before_their_controller_goes,
    ),
    Rule(
        id="ORDER9",
        family=FAMILY,
        reason="On a destroy the EBS CSI driver would go first: volumes stay and cost money.",
        source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming",
        mend="Let the object depend on the aws-ebs-csi-driver add-on: node.add_dependency().",
        check=_volumes_before_their_driver_goes,
    ),
    Rule(
        id="ORDER10",
        family=FAMILY,
        reason="The controller starts before it has its permissions, and on a destroy loses them "
        "while it still has load balancers or volumes to delete.",
        source="https://github.com/aws/aws-cdk/issues/9970",
        mend="Let the chart or add-on depend on its policies and association: "
        "node.add_dependency().",
        check=_permissions_outlive_their_controller,
    ),
)
