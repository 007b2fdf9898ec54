"""What CloudFormation creates first and therefore deletes last.

An edge is a Ref, an Fn::GetAtt or a DependsOn, through any number of resources; stacks follow each
other. What is made after something is deleted before it: each rule holds for both directions.

What controllers make in AWS outside the stacks goes while they still run: a controller removes a load
balancer or a volume when its Kubernetes object is deleted. An object that outlives its controller
leaves them behind, and they keep subnets and the VPC from being deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations, pairwise

from assembly import kinds
from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import ADD_ON, CHART, CLUSTER, KUBECTL, NODE_GROUP, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key, cluster_of, kubectl_handler, policies_of, role_of
from assembly.references import Node
from assembly.resource import Resource
from guardrails.reach.subnets import runner, users, ways_out
from guardrails.rule import Finding, breach, rule
from kube.values import Unknown, dicts, flag, items, text

COMPUTE = (NODE_GROUP, PROFILE)
AGENT = "eks-pod-identity-agent"
NODE_ADD_ONS = (AGENT, "kube-proxy", "vpc-cni")
"""They run on each node as soon as it joins, and need no other pod."""
DAEMONS = (*NODE_ADD_ONS, "eks-node-monitoring-agent")
"""Add-ons that are ready without a node: they are DaemonSets and nothing else."""

Account = tuple[object, str]
"""The cluster and the name of a service account."""
Pairs = Iterator[tuple[Resource, Resource, str]]
"""What must wait, for what, and the value of the finding if it doesn't."""


def waits(rule_id: str) -> Callable[[Callable[[Environment], Pairs]], None]:
    """Make a rule of the function below, which says what must wait for what."""

    def declared(pairs: Callable[[Environment], Pairs]) -> None:
        @rule(rule_id)
        def _(environment: Environment) -> Iterator[Finding]:
            for later, earlier, value in pairs(environment):
                if not environment.waits_for(later, earlier):
                    detail = f"Nothing makes it wait for {earlier.path}."
                    fix = f"Make {later.path} depend on {earlier.path}: node.add_dependency()."
                    yield breach(later, "DependsOn", value, detail, fix=fix)

    return declared


@waits("ORDER1")
def _network_before_compute(environment: Environment) -> Pairs:
    for compute in environment.resources(*COMPUTE):
        for add_on in beside(environment, compute, ADD_ON):
            if _name(add_on) in NODE_ADD_ONS:
                yield compute, add_on, _name(add_on)


@rule("ORDER2")
def _network_is_there(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        bootstrapped = flag(cluster.properties, "BootstrapSelfManagedAddons", default=True)
        has_groups = any(beside(environment, cluster, NODE_GROUP))
        if bootstrapped is False and has_groups and not _runs_auto_mode(cluster):
            names = {_name(add_on) for add_on in beside(environment, cluster, ADD_ON)}
            for name in sorted({"kube-proxy", "vpc-cni"} - names):
                detail = f"{name} is neither bootstrapped nor an add-on."
                yield breach(cluster, "BootstrapSelfManagedAddons", name, detail)


@rule("ORDER3")
def _agent_before_its_clients(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        associations = items(add_on.properties, "PodIdentityAssociations")
        add_ons = beside(environment, add_on, ADD_ON)
        has_agent = any(environment.waits_for(add_on, a) for a in add_ons if _name(a) == AGENT)
        if associations and not has_agent and not _runs_auto_mode(cluster_of(environment, add_on)):
            yield breach(add_on, "PodIdentityAssociations", _name(add_on))


@waits("ORDER4")
def _pods_after_compute(environment: Environment) -> Pairs:
    add_ons = [each for each in environment.resources(ADD_ON) if _name(each) not in DAEMONS]
    charts = [each for each in environment.resources(CHART) if flag(each.properties, "Wait")]
    for pods in (*add_ons, *charts):
        for compute in beside(environment, pods, *COMPUTE):
            yield pods, compute, compute.logical_id


@rule("ORDER5")
def _access_before_kubectl(environment: Environment) -> Iterator[Finding]:
    for resource in environment.resources(*KUBECTL):
        handler, cluster = kubectl_handler(environment, resource), cluster_of(environment, resource)
        # The first generation's kubectl takes the role that made the cluster, which may do all.
        if handler is None or (cluster is not None and cluster.type == kinds.FIRST_GENERATION):
            continue
        role = _identity(environment, handler, "Role")
        every = beside(environment, resource, kinds.ACCESS_ENTRY)
        entries = [e for e in every if _identity(environment, e, "PrincipalArn") == role]
        judged = entries or not isinstance(role, Unknown)
        if judged and not any(environment.waits_for(resource, entry) for entry in entries):
            value = entries[0].logical_id if entries else "no access entry"
            yield breach(resource, "DependsOn", value)


def _identity(environment: Environment, resource: Resource, field: str) -> Node | str:
    role = role_of(environment, resource.properties.get(field))
    return text(resource.properties, field) if role is None else role.node


@waits("ORDER6")
def _network_before_its_users(environment: Environment) -> Pairs:
    ways = ways_out(environment)
    needed: Mapping[object, Iterable[Resource]] = {
        user.node: dict.fromkeys(way for each in names for way in ways[each.node].all)
        for user, names in users(environment)
    }
    for user in environment.resources(*COMPUTE, *KUBECTL):
        for earlier in needed.get(runner(environment, user), ()):
            yield user, earlier, earlier.logical_id


@waits("ORDER7")
def _profiles_in_a_chain(environment: Environment) -> Pairs:
    every = environment.resources(PROFILE)
    for profiles in grouped((cluster_key(environment, each), each) for each in every).values():
        # Most often each waits for another; that is seen without a look at every pair.
        for one, other in () if _is_a_chain(environment, profiles) else combinations(profiles, 2):
            if not _in_order(environment, one, other):
                yield other, one, one.logical_id


def _is_a_chain(environment: Environment, profiles: Iterable[Resource]) -> bool:
    def depth(profile: Resource) -> tuple[int, int]:
        # Who waits for another has more before it.
        order = environment.order
        return len(order.stacks_before(profile.stack)), len(order.before(profile.node))

    return all(_in_order(environment, *pair) for pair in pairwise(sorted(profiles, key=depth)))


def _in_order(environment: Environment, one: Resource, other: Resource) -> bool:
    return environment.waits_for(one, other) or environment.waits_for(other, one)


@waits("ORDER8")
def _load_balancers_before_their_controller_goes(environment: Environment) -> Pairs:
    for item in filter(makes_load_balancers, environment.kubernetes_objects()):
        for chart in beside(environment, item.resource, CHART):
            if text(chart.properties, "Chart").endswith("aws-load-balancer-controller"):
                yield item.resource, chart, f"{item.kind}/{item.name}"


@waits("ORDER9")
def _volumes_before_their_driver_goes(environment: Environment) -> Pairs:
    for item in filter(makes_volumes, environment.kubernetes_objects()):
        for add_on in beside(environment, item.resource, ADD_ON):
            if _name(add_on) == "aws-ebs-csi-driver":
                yield item.resource, add_on, f"{item.kind}/{item.name}"


def makes_load_balancers(item: KubernetesObject) -> bool:
    """Tell whether the controller makes a load balancer or targets for an object."""
    is_balancer = item.kind == "Service" and text(item.spec, "type") == "LoadBalancer"
    return is_balancer or item.kind in ("Ingress", "TargetGroupBinding")


def makes_volumes(item: KubernetesObject) -> bool:
    """Tell whether the driver makes a volume for an object."""
    has_claims = item.kind == "StatefulSet" and bool(item.spec.get("volumeClaimTemplates"))
    return has_claims or item.kind == "PersistentVolumeClaim"


@waits("ORDER10")
def _permissions_outlive_their_controller(environment: Environment) -> Pairs:
    accounts = _accounts(environment)
    for chart in environment.resources(CHART):
        key = cluster_key(environment, chart), text(chart.properties, "Release")
        for account, role in accounts.get(key, ()):
            for permission in (account, *policies_of(environment, role)):
                yield chart, permission, permission.logical_id
    for add_on in environment.resources(ADD_ON):
        for pair in dicts(add_on.properties, "PodIdentityAssociations"):
            for policy in policies_of(environment, role_of(environment, pair.get("RoleArn"))):
                yield add_on, policy, policy.logical_id


def _accounts(environment: Environment) -> Mapping[Account, list[tuple[Resource, Resource | None]]]:
    """Return what gives service accounts a role, and the role, by the accounts.

    With Pod Identity it is an association, with IRSA an annotation of the account.
    """
    given = [
        (each, text(each.properties, "ServiceAccount"), each.properties.get("RoleArn"))
        for each in environment.resources(kinds.ASSOCIATION)
    ]
    given += [
        (each.resource, each.name, each.annotations.get("eks.amazonaws.com/role-arn"))
        for each in environment.kubernetes_objects("ServiceAccount")
    ]
    return grouped(
        ((cluster_key(environment, each), name), (each, role_of(environment, role)))
        for each, name, role in given
    )


def _name(add_on: Resource) -> str:
    return text(add_on.properties, "AddonName")


def _runs_auto_mode(cluster: Resource | None) -> bool:
    """Tell whether EKS Auto Mode brings nodes, network and load balancers, as far as is known."""
    return cluster is not None and flag(cluster.properties, "ComputeConfig", "Enabled") is not False
