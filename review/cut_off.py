"""Pods to which NetworkPolicies leave no traffic at all, and the subnets that some no longer reach.

Only what binds pods counts: on Fargate, in the network of a node, or without the agent of the VPC CNI
nothing does (EKS user guide, "Limit Pod traffic with Kubernetes network policies").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, SUBNET
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.reach.isolation import enforced, policies_of
from guardrails.rules.availability import least
from guardrails.rules.homes import of_platform
from guardrails.rules.pod_networking import configured
from guardrails.rules.workloads import place, pods, selected, served
from kube.network_policies import shut
from kube.selectors import may_match
from kube.values import Json, look_up, text, unsure
from review.labels import label, listed
from review.model import DETAILS, Risk, Sentence, say
from review.network_peers import DIRECTIONS, pieces
from review.sides import Sides

Direction = tuple[str, str, str]
Peers = Sequence[Json | None]
SAYS = {"Ingress": "nothing reaches", "Egress": "reaches nothing"}


def cut(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods that nothing reaches any more, and those that reach nothing."""
    every = sides.after.kubernetes_objects("Service")
    behind = {label(x.owner) for each in every for x in served(sides.after, each)}
    old, new = (_policies(x) for x in sides.both)
    found = grouped(
        (
            (kind, listed(sorted(new[name])), listed(sorted(old[name] - {*chain(*new.values())}))),
            name,
        )
        for kind, names in _cut(sides.compared).items()
        for name in names
    )
    for (kind, by, gone), names in found.items():
        down = kind == "Ingress" and not behind.isdisjoint(names)
        details = [DETAILS["allowed some"].format(names=gone)] if gone else []
        risk = Risk.TAKES_DOWN if down else Risk.INTERRUPTS
        yield say(SAYS[kind], names=listed(names), by=by, details=details, risk=risk)


def _policies(environment: Environment) -> Mapping[str, set[str]]:
    """Return the names of the policies that bind pods, by what has these."""
    return {
        label(x.owner): {
            f"`{text(y, 'metadata', 'namespace')}/{text(y, 'metadata', 'name')}`"
            for y in policies_of(environment, x)
        }
        for x in pods(environment)
    }


def left(sides: Sides, policy: KubernetesObject) -> list[Direction]:
    """Return the directions of a policy, but those of which it is told that nothing is left."""
    of, cut_off = {*_selected(policy)}, _cut(sides.compared)
    return [x for x in DIRECTIONS if not of or not of <= {*cut_off.get(x[0], ())}]


def _selected(policy: KubernetesObject) -> list[str]:
    side = policy.resource.scope.environment
    every = selected(side, policy, policy.spec.get("podSelector"))
    return [*dict.fromkeys(label(x.owner) for x in every)]


def its_pods(policy: KubernetesObject) -> list[str]:
    """Return the pods that a policy selects, by what has them."""
    found = _selected(policy)
    return [DETAILS["whose pods"].format(names=listed(found))] if found else []


def idle(environment: Environment) -> list[str]:
    """Return that nothing in the stacks enforces policies, where that is sure."""
    clusters = environment.resources(CLUSTER)
    auto = any(look_up(x.properties, "ComputeConfig", "Enabled") for x in clusters)
    agents = configured(environment)
    off = agents and not any(x.has_agent or unsure(x.configuration) for x in agents)
    return [DETAILS["nothing enforces"]] if off and not auto else []


def bound(sides: Sides, _: Resource) -> str:
    """Return the pods that NetworkPolicies of the stacks bind before or after."""
    names = dict.fromkeys(
        label(x.owner) for side in sides.both for x in pods(side) if policies_of(side, x)
    )
    return DETAILS["bound"].format(names=listed(names)) if names else ""


def free(sides: Sides, _: Resource) -> str:
    """Return the pods that no NetworkPolicy of the stacks selects."""
    side = sides.after
    policies = grouped(
        (place(side, x), x.spec.get("podSelector"))
        for x in side.kubernetes_objects("NetworkPolicy")
    )
    # The DaemonSets of the platform are in the network of their node.
    every = (*pods(side), *(x for x in of_platform(side) if x.owner.kind == "Deployment"))
    names = [
        label(x.owner)
        for x in every
        if enforced(side, x)
        and not any(may_match(y, x.labels) for y in policies.get(place(side, x.owner), ()))
    ]
    return DETAILS["free"].format(names=listed(names)) if names else ""


@indexed
def _cut(environment: Environment) -> Mapping[str, list[str]]:
    """Return what has pods that have no traffic of a direction any more, by the direction."""
    base = environment.base or environment
    # What was meant for pods on Fargate is nothing new to them on nodes.
    was = {
        label(x.owner): shut(policies_of(base, x, on_fargate=True), x.labels)
        for x in pods(base)
        if least(base, x.owner) != 0
    }
    return grouped(
        (kind, label(x.owner))
        for x in pods(environment)
        if least(environment, x.owner) != 0 and label(x.owner) in was
        for kind in shut(policies_of(environment, x), x.labels) - was[label(x.owner)]
    )


def ranges(peers: Peers) -> set[str]:
    """Return the networks of peers, an empty one for a peer that is none."""
    return {network for peer in peers for network in (pieces(peer) or [""])}


def _of(sides: Sides, peers: Peers) -> list[str]:
    """Return the subnets that peers are; their ranges stand in the sentence."""
    found, of = sides.after.resources(SUBNET), ranges(peers)
    return [label(each) for each in found if text(each.properties, "CidrBlock") in of]


def subnets(sides: Sides, peers: Peers) -> list[str]:
    """Return which subnets peers are that may connect from now on."""
    found = _of(sides, peers)
    return [f"Newly allowed: {listed(found)}."] if found else []


def cut_off(sides: Sides, peers: Peers, way: str, ports: str, how: str) -> list[str]:
    """Return whose pods and nodes lose the way, where peers are subnets."""
    found = _of(sides, peers) if way == "from" else []
    return [DETAILS[how].format(subnets=listed(found), ports=ports)] if found else []
