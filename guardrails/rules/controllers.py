"""What controllers make in AWS outside the stacks goes while they still run.

A controller removes a load balancer or a volume when its Kubernetes object is deleted. An object that
outlives its controller leaves them behind, and they keep subnets and the VPC from being deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ADD_ON, ASSOCIATION, CHART
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, of_one_cluster, policies_of, role_of
from assembly.resource import Resource
from guardrails.rule import Finding, rule
from guardrails.rules.ordering import add_on_name, missing_edge
from kube.values import dicts, text

LOAD_BALANCER_CONTROLLER = "aws-load-balancer-controller"
VOLUME_DRIVER = "aws-ebs-csi-driver"


def makes_load_balancers(item: KubernetesObject) -> bool:
    """Tell whether the controller makes a load balancer or targets for an object."""
    if item.kind == "Service":
        return text(item.spec, "type") == "LoadBalancer"
    return item.kind in ("Ingress", "TargetGroupBinding")


def makes_volumes(item: KubernetesObject) -> bool:
    """Tell whether the driver makes a volume for an object."""
    if item.kind == "StatefulSet":
        return bool(item.spec.get("volumeClaimTemplates"))
    return item.kind == "PersistentVolumeClaim"


def controllers(environment: Environment, resource: Resource) -> Iterator[Resource]:
    """Yield the charts of the load balancer controller in the cluster of a resource."""
    for chart in beside(environment, resource, CHART):
        if text(chart.properties, "Chart").endswith(LOAD_BALANCER_CONTROLLER):
            yield chart


@rule("ORDER8")
def _load_balancers_before_their_controller_goes(environment: Environment) -> Iterator[Finding]:
    for item in filter(makes_load_balancers, environment.kubernetes_objects()):
        for chart in controllers(environment, item.resource):
            yield from _outlives(environment, item, chart)


@rule("ORDER9")
def _volumes_before_their_driver_goes(environment: Environment) -> Iterator[Finding]:
    for item in filter(makes_volumes, environment.kubernetes_objects()):
        for add_on in beside(environment, item.resource, ADD_ON):
            if add_on_name(add_on) == VOLUME_DRIVER:
                yield from _outlives(environment, item, add_on)


def _outlives(
    environment: Environment, item: KubernetesObject, controller: Resource
) -> Iterator[Finding]:
    if not environment.waits_for(item.resource, controller):
        yield missing_edge(item.resource, controller, value=f"{item.kind}/{item.name}")


@rule("ORDER10")
def _permissions_outlive_their_controller(environment: Environment) -> Iterator[Finding]:
    for controller, permission in _permissions(environment):
        if not environment.waits_for(controller, permission):
            yield missing_edge(controller, permission, value=permission.logical_id)


def _permissions(environment: Environment) -> Iterator[tuple[Resource, Resource]]:
    """Yield each controller with each resource that it has its permissions from."""
    for chart in environment.resources(CHART):
        for account, role in _accounts(environment).get(text(chart.properties, "Release"), ()):
            if of_one_cluster(environment, chart, account):
                yield chart, account
                for policy in policies_of(environment, role):
                    yield chart, policy
    for add_on in environment.resources(ADD_ON):
        for pair in dicts(add_on.properties, "PodIdentityAssociations"):
            for policy in policies_of(environment, role_of(environment, pair.get("RoleArn"))):
                yield add_on, policy


@indexed
def _accounts(environment: Environment) -> Mapping[str, list[tuple[Resource, Resource | None]]]:
    """Return what gives service accounts a role, and the role, by the accounts' names.

    With Pod Identity it is an association, with IRSA an annotation of the account.
    """
    found: dict[str, list[tuple[Resource, Resource | None]]] = {}
    for each in environment.resources(ASSOCIATION):
        role = role_of(environment, each.properties.get("RoleArn"))
        found.setdefault(text(each.properties, "ServiceAccount"), []).append((each, role))
    for item in environment.kubernetes_objects("ServiceAccount"):
        role = role_of(environment, item.annotations.get("eks.amazonaws.com/role-arn"))
        found.setdefault(item.name, []).append((item.resource, role))
    return found
