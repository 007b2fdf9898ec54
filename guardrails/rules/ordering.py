"""What CloudFormation makes first, and so deletes last.

An edge is a Ref, an Fn::GetAtt or a DependsOn, through any number of resources; stacks follow each
other. What is made after something is deleted before it: each rule holds for both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import (
    ACCESS_ENTRY,
    ADD_ON,
    CHART,
    CLUSTER,
    FIRST_GENERATION,
    KUBECTL,
    NODE_GROUP,
    PROFILE,
)
from assembly.links import beside, cluster_key, cluster_of, kubectl_handler, role_of
from assembly.references import Node
from assembly.resource import Resource
from guardrails.rule import Finding, rule
from guardrails.rules.subnets import users, ways_out
from kube.values import Unknown, flag, items, text

COMPUTE = (NODE_GROUP, PROFILE)
NODE_ADD_ONS = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")
"""They run on each node as soon as it joins, and need no other pod."""
DAEMONS = (*NODE_ADD_ONS, "eks-node-monitoring-agent")
"""Add-ons that are ready without a node: they are DaemonSets and nothing else."""


@rule("ORDER1")
def _network_before_compute(environment: Environment) -> Iterator[Finding]:
    for compute in environment.resources(*COMPUTE):
        for add_on in beside(environment, compute, ADD_ON):
            name = add_on_name(add_on)
            if name in NODE_ADD_ONS and not environment.waits_for(compute, add_on):
                yield missing_edge(compute, add_on, value=name)


@rule("ORDER2")
def _network_is_there(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        bootstrapped = flag(cluster.properties, "BootstrapSelfManagedAddons", default=True)
        groups = [*beside(environment, cluster, NODE_GROUP)]
        if bootstrapped is not False or _runs_auto_mode(cluster) or not groups:
            continue
        names = {add_on_name(add_on) for add_on in beside(environment, cluster, ADD_ON)}
        for name in ("kube-proxy", "vpc-cni"):
            if name not in names:
                yield Finding(
                    resource=cluster,
                    value=name,
                    location="Properties/BootstrapSelfManagedAddons",
                    detail=f"{name} is neither bootstrapped nor an add-on.",
                )


@rule("ORDER3")
def _agent_before_its_clients(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        associations = items(add_on.properties, "PodIdentityAssociations")
        if not associations or _runs_auto_mode(cluster_of(environment, add_on)):
            continue
        if not any(
            environment.waits_for(add_on, agent)
            for agent in beside(environment, add_on, ADD_ON)
            if add_on_name(agent) == "eks-pod-identity-agent"
        ):
            yield Finding(
                resource=add_on,
                value=add_on_name(add_on),
                location="Properties/PodIdentityAssociations",
            )


@rule("ORDER4")
def _pods_after_compute(environment: Environment) -> Iterator[Finding]:
    add_ons = [each for each in environment.resources(ADD_ON) if add_on_name(each) not in DAEMONS]
    charts = [each for each in environment.resources(CHART) if flag(each.properties, "Wait")]
    for pods in (*add_ons, *charts):
        for compute in beside(environment, pods, *COMPUTE):
            if not environment.waits_for(pods, compute):
                yield missing_edge(pods, compute, value=compute.logical_id)


@rule("ORDER5")
def _access_before_kubectl(environment: Environment) -> Iterator[Finding]:
    for resource in environment.resources(*KUBECTL):
        handler = kubectl_handler(environment, resource)
        cluster = cluster_of(environment, resource)
        # The first generation's kubectl takes the role that made the cluster, which may do all.
        if handler is None or (cluster is not None and cluster.type == FIRST_GENERATION):
            continue
        role = _identity(environment, handler.properties.get("Role"))
        entries = _entries(environment).get((cluster_key(environment, resource), role), ())
        if not entries and isinstance(role, Unknown):
            continue
        if not any(environment.waits_for(resource, entry) for entry in entries):
            yield Finding(
                resource=resource,
                value=entries[0].logical_id if entries else "no access entry",
                location="DependsOn",
            )


@indexed
def _entries(environment: Environment) -> Mapping[tuple[object, object], list[Resource]]:
    """Return the access entries by their clusters and whom they let in."""
    found: dict[tuple[object, object], list[Resource]] = {}
    for entry in environment.resources(ACCESS_ENTRY):
        role = _identity(environment, entry.properties.get("PrincipalArn"))
        found.setdefault((cluster_key(environment, entry), role), []).append(entry)
    return found


def _identity(environment: Environment, value: object) -> Node | str:
    role = role_of(environment, value)
    return text(value) if role is None else role.node


@rule("ORDER6")
def _network_before_its_users(environment: Environment) -> Iterator[Finding]:
    needed = _needed(environment)
    for user in environment.resources(*COMPUTE, *KUBECTL):
        # A manifest or chart runs where its kubectl handler does.
        runs = kubectl_handler(environment, user) if user.kind in KUBECTL else user
        for earlier in needed.get(runs.node, ()) if runs else ():
            if not environment.waits_for(user, earlier):
                yield missing_edge(user, earlier, value=earlier.logical_id)


@indexed
def _needed(environment: Environment) -> Mapping[Node, list[Resource]]:
    """Return what leads out of the subnets of whatever runs in some."""
    return {
        user.node: [
            *dict.fromkeys(way for each in names for way in ways_out(environment, each).all)
        ]
        for user, names in users(environment)
    }


@rule("ORDER7")
def _profiles_in_a_chain(environment: Environment) -> Iterator[Finding]:
    clusters: dict[object, list[Resource]] = {}
    for profile in environment.resources(PROFILE):
        clusters.setdefault(cluster_key(environment, profile), []).append(profile)
    for profiles in clusters.values():
        if not _is_a_chain(environment, profiles):
            for one, other in combinations(profiles, 2):
                if not _in_order(environment, one, other):
                    yield missing_edge(other, one, value=one.logical_id)


def _is_a_chain(environment: Environment, profiles: Iterable[Resource]) -> bool:
    """Tell whether each profile waits for another, without a look at every pair of them."""
    order = environment.order
    # Who waits for another has more before it.
    chain = sorted(
        profiles, key=lambda p: (len(order.stacks_before(p.stack)), len(order.before(p.node)))
    )
    return all(_in_order(environment, *pair) for pair in pairwise(chain))


def _in_order(environment: Environment, one: Resource, other: Resource) -> bool:
    return environment.waits_for(one, other) or environment.waits_for(other, one)


def missing_edge(later: Resource, earlier: Resource, *, value: str) -> Finding:
    """Return that nothing makes one resource wait for another."""
    return Finding(
        resource=later,
        value=value,
        location="DependsOn",
        detail=f"Nothing makes it wait for {earlier.path}.",
        fix=f"Let {later.path} depend on {earlier.path}: node.add_dependency().",
    )


def add_on_name(add_on: Resource) -> str:
    """Return the name of an add-on, such as vpc-cni."""
    return text(add_on.properties, "AddonName")


def _runs_auto_mode(cluster: Resource | None) -> bool:
    """Tell whether EKS Auto Mode brings nodes, network and load balancers, as far as is known."""
    return cluster is not None and flag(cluster.properties, "ComputeConfig", "Enabled") is not False
