"""What CloudFormation makes first, and so deletes last.

An edge is a Ref, an Fn::GetAtt or a DependsOn, through any number of resources; stacks follow each
other. What is made after something is deleted before it: each rule holds for both directions.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from guardrails import subnets
from guardrails.clusters import (
    ACCESS_ENTRY,
    ADD_ON,
    CLUSTER,
    COMPUTE,
    KUBECTL,
    NODE_GROUP,
    PROFILE,
    add_on_name,
    beside,
    cluster_of,
    kubectl_handler,
    runs_auto_mode,
)
from guardrails.environment import CHART, Environment, Resource
from guardrails.rule import Finding, Rule

FAMILY = "Create and delete order"

NODE_ADD_ONS = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")
"""They run on each node as soon as it joins, and need no other pod."""
DAEMONS = (*NODE_ADD_ONS, "eks-node-monitoring-agent")
"""Add-ons that are ready without a node: they are DaemonSets and nothing else."""


def _network_before_compute(environment: Environment) -> Iterator[Finding]:
    for compute in environment.resources(*COMPUTE):
        for add_on in beside(environment, compute, ADD_ON):
            name = add_on_name(add_on)
            if name in NODE_ADD_ONS and not environment.waits_for(compute, add_on):
                yield _missing_edge(compute, add_on, value=name)


def _network_is_there(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        bootstrapped = cluster.properties.get("BootstrapSelfManagedAddons", True)
        groups = list(beside(environment, cluster, NODE_GROUP))
        if bootstrapped is not False or runs_auto_mode(cluster) or not groups:
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


def _agent_before_its_clients(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        if not add_on.properties.get("PodIdentityAssociations"):
            continue
        if runs_auto_mode(cluster_of(environment, add_on)):
            continue
        agents = [
            other
            for other in beside(environment, add_on, ADD_ON)
            if add_on_name(other) == "eks-pod-identity-agent"
        ]
        if not any(environment.waits_for(add_on, agent) for agent in agents):
            yield Finding(
                resource=add_on,
                value=add_on_name(add_on),
                location="Properties/PodIdentityAssociations",
            )


def _pods_after_compute(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        if add_on_name(add_on) not in DAEMONS:
            yield from _compute_before(environment, add_on)
    for chart in environment.resources(CHART):
        if chart.properties.get("Wait") in (True, "true"):
            yield from _compute_before(environment, chart)


def _compute_before(environment: Environment, pods: Resource) -> Iterator[Finding]:
    for compute in beside(environment, pods, *COMPUTE):
        if not environment.waits_for(pods, compute):
            yield _missing_edge(pods, compute, value=compute.logical_id)


def _access_before_kubectl(environment: Environment) -> Iterator[Finding]:
    for resource in environment.resources(*KUBECTL):
        handler = kubectl_handler(environment, resource)
        if handler is None:
            continue
        role = environment.named_by(handler, handler.properties.get("Role"))
        entries = [
            entry
            for entry in beside(environment, resource, ACCESS_ENTRY)
            if environment.named_by(entry, entry.properties.get("PrincipalArn")) == role
        ]
        if not any(environment.waits_for(resource, entry) for entry in entries):
            yield Finding(
                resource=resource,
                value=entries[0].logical_id if entries else "no access entry",
                location="DependsOn",
            )


def _network_before_its_users(environment: Environment) -> Iterator[Finding]:
    for user, names in subnets.users(environment):
        for needed in subnets.ways_out(environment, names):
            if not environment.waits_for(user, needed):
                yield _missing_edge(user, needed, value=needed.logical_id)


def _profiles_in_a_chain(environment: Environment) -> Iterator[Finding]:
    for one, other in combinations(environment.resources(PROFILE), 2):
        if other not in set(beside(environment, one, PROFILE)):
            continue
        if not environment.waits_for(one, other) and not environment.waits_for(other, one):
            yield _missing_edge(other, one, value=one.logical_id)


def _missing_edge(later: Resource, earlier: Resource, *, value: str) -> Finding:
    return Finding(
        resource=later,
        value=value,
        location="DependsOn",
        detail=f"Nothing makes it wait for {earlier.path}.",
        mend=f"Let {later.path} depend on {earlier.path}: node.add_dependency().",
    )


RULES = (
    Rule(
        id="ORDER1",
        family=FAMILY,
        reason="A node that joins before the CNI, kube-proxy and the Pod Identity agent isn't Ready "
        "or runs with other settings than the add-on's, and the CNI must outlive the nodes whose "
        "network interfaces it cleans up.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html",
        mend="Let the node group or profile depend on the add-on: node.add_dependency().",
        check=_network_before_compute,
    ),
    Rule(
        id="ORDER2",
        family=FAMILY,
        reason="Nodes of a cluster without self-managed add-ons never get Ready: nothing gives "
        "their pods a network.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html",
        mend="Install vpc-cni and kube-proxy as add-ons, or leave bootstrap_self_managed_addons on.",
        check=_network_is_there,
    ),
    Rule(
        id="ORDER3",
        family=FAMILY,
        reason="An add-on with a Pod Identity association gets no credentials while the agent is "
        "missing.",
        source="https://github.com/aws/amazon-vpc-cni-k8s/issues/3840",
        mend="Install eks-pod-identity-agent and let the add-on depend on it: "
        "node.add_dependency().",
        check=_agent_before_its_clients,
    ),
    Rule(
        id="ORDER4",
        family=FAMILY,
        reason="Pods have nowhere to run: CoreDNS and its like stay DEGRADED and the deploy times "
        "out after 20 minutes. On the way down, pods whose nodes are gone clean nothing up.",
        source="https://github.com/terraform-aws-modules/terraform-aws-eks/issues/1801",
        mend="Let the add-on or chart depend on every node group and profile: "
        "node.add_dependency().",
        check=_pods_after_compute,
    ),
    Rule(
        id="ORDER5",
        family=FAMILY,
        reason="The kubectl handler may not enter the cluster yet, or, on deletion, any more: "
        "applying fails as Unauthorized, and a manifest that can't be deleted blocks its stack.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
        mend="Let the manifest depend on the access entry of the kubectl handler's role: "
        "node.add_dependency().",
        check=_access_before_kubectl,
    ),
    Rule(
        id="ORDER6",
        family=FAMILY,
        reason="Nodes, Fargate pods and the kubectl handler start, or stop, without a way to AWS: "
        "nodes don't join, images aren't pulled, manifests can't be deleted.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
        mend="Let it depend on the routes, NAT gateways and endpoints of its subnets: "
        "node.add_dependency().",
        check=_network_before_its_users,
    ),
    Rule(
        id="ORDER7",
        family=FAMILY,
        reason="EKS makes and deletes one Fargate profile of a cluster at a time and refuses the "
        "second with ResourceInUseException.",
        source="https://github.com/aws/aws-cdk/issues/6084",
        mend="Let each profile depend on the one before it: node.add_dependency().",
        check=_profiles_in_a_chain,
    ),
)
