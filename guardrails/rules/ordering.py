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
from guardrails.rule import Family, Finding
from guardrails.rules.subnets import users, ways_out
from kube.values import Unknown, flag, items, text

ORDER = Family("Create and delete order")

COMPUTE = (NODE_GROUP, PROFILE)
NODE_ADD_ONS = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")
"""They run on each node as soon as it joins, and need no other pod."""
DAEMONS = (*NODE_ADD_ONS, "eks-node-monitoring-agent")
"""Add-ons that are ready without a node: they are DaemonSets and nothing else."""


@ORDER.rule(
    "ORDER1",
    reason="A node that joins before the CNI, kube-proxy and the Pod Identity agent isn't Ready "
    "or runs with other settings than the add-on's, and the CNI must outlive the nodes whose "
    "network interfaces it cleans up.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html",
    fix="Let the node group or profile depend on the add-on: node.add_dependency().",
)
def _network_before_compute(environment: Environment) -> Iterator[Finding]:
    for compute in environment.resources(*COMPUTE):
        for add_on in beside(environment, compute, ADD_ON):
            name = add_on_name(add_on)
            if name in NODE_ADD_ONS and not environment.waits_for(compute, add_on):
                yield missing_edge(compute, add_on, value=name)


@ORDER.rule(
    "ORDER2",
    reason="Nodes of a cluster without self-managed add-ons never get Ready: nothing gives "
    "their pods a network.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html",
    fix="Install vpc-cni and kube-proxy as add-ons, or leave bootstrap_self_managed_addons on.",
)
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


@ORDER.rule(
    "ORDER3",
    reason="An add-on with a Pod Identity association gets no credentials while the agent is "
    "missing.",
    source="https://github.com/aws/amazon-vpc-cni-k8s/issues/3840",
    fix="Install eks-pod-identity-agent and let the add-on depend on it: node.add_dependency().",
)
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


@ORDER.rule(
    "ORDER4",
    reason="Pods have nowhere to run: CoreDNS and its like stay DEGRADED and the deploy times "
    "out after 20 minutes. On the way down, pods whose nodes are gone clean nothing up.",
    source="https://github.com/terraform-aws-modules/terraform-aws-eks/issues/1801",
    fix="Let the add-on or chart depend on every node group and profile: node.add_dependency().",
)
def _pods_after_compute(environment: Environment) -> Iterator[Finding]:
    add_ons = [each for each in environment.resources(ADD_ON) if add_on_name(each) not in DAEMONS]
    charts = [each for each in environment.resources(CHART) if flag(each.properties, "Wait")]
    for pods in (*add_ons, *charts):
        for compute in beside(environment, pods, *COMPUTE):
            if not environment.waits_for(pods, compute):
                yield missing_edge(pods, compute, value=compute.logical_id)


@ORDER.rule(
    "ORDER5",
    reason="The kubectl handler may not enter the cluster yet, or, on deletion, any more: "
    "applying fails as Unauthorized, and a manifest that can't be deleted blocks its stack.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
    fix="Let the manifest depend on the access entry of the kubectl handler's role: "
    "node.add_dependency().",
)
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


@ORDER.rule(
    "ORDER6",
    reason="Nodes, Fargate pods and the kubectl handler start, or stop, without a way to AWS: "
    "nodes don't join, images aren't pulled, manifests can't be deleted.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
    fix="Let it depend on the routes, NAT gateways and endpoints of its subnets: "
    "node.add_dependency().",
)
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


@ORDER.rule(
    "ORDER7",
    reason="EKS makes and deletes one Fargate profile of a cluster at a time and refuses the "
    "second with ResourceInUseException.",
    source="https://github.com/aws/aws-cdk/issues/6084",
    fix="Let each profile depend on the one before it: node.add_dependency().",
)
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
