"""Pods to which NetworkPolicies leave no traffic at all, and the subnets that some no longer reach.

Only what binds pods counts: on Fargate, in the network of a node, or without the agent of the VPC CNI
nothing does (EKS user guide, "Limit Pod traffic with Kubernetes network policies").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import SUBNET
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.reach.isolation import enforced, policies_of
from guardrails.rules.availability import least
from guardrails.rules.homes import of_platform
from guardrails.rules.workloads import Pods, pods, selected, served
from kube.network_policies import shut
from kube.selectors import may_match
from kube.values import Json, mapping, text
from review.cost import profile_of
from review.labels import label, listed, quoted
from review.model import DETAILS, Risk, Sentence, say
from review.network_peers import DIRECTIONS, Direction, pieces, restricts
from review.sides import Sides

Peers = Sequence[Json | None]
SAYS = {"Ingress": "nothing reaches", "Egress": "reaches nothing"}


def cut(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods that nothing reaches any more, and those that reach nothing."""
    services = sides.after.kubernetes_objects("Service")
    behind = {x for each in services for x in served(sides.compared, each)}
    for kind, guests in _shut_off(sides.compared).items():
        names = {label(x.owner) for x in guests}
        was = (x for x in pods(sides.before) if label(x.owner) in names)
        by, before = _policies(sides.compared, guests), _policies(sides.before, was)
        gone = quoted(x for x in before if x not in by)
        yield say(
            SAYS[kind],
            names=listed(sorted(names)),
            by=quoted(by),
            details=[DETAILS["allowed some"].format(names=gone)] if gone else [],
            risk=Risk.INTERRUPTS if behind.isdisjoint(guests) else None,
        )


def unenforced(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods that are new on Fargate, where the NetworkPolicies that select them do nothing."""
    was = {label(x.owner): x for x in pods(sides.before)}
    there = {name for name, x in was.items() if profile_of(sides.before, x.owner)}
    found = grouped(
        (name in was and bool(policies_of(sides.before, was[name])), x)
        for x in pods(sides.after)
        if (name := label(x.owner)) not in there
        if profile_of(sides.after, x.owner) and policies_of(sides.after, x, on_fargate=True)
    )
    for bound_before, guests in found.items():
        by = quoted(_policies(sides.after, guests, on_fargate=True))
        names, risk = listed(label(x.owner) for x in guests), bound_before and Risk.EXPOSES
        said = say("policies on Fargate", names=names, by=by, risk=risk or None)
        yield replace(said, about="exposure" if risk else "")


def _policies(
    environment: Environment, guests: Iterable[Pods], *, on_fargate: bool = False
) -> list[str]:
    """Return the names of the policies that bind pods."""
    found = (y for x in guests for y in policies_of(environment, x, on_fargate=on_fargate))
    every = [mapping(x, "metadata") for x in found]
    return [*dict.fromkeys(f"{text(x, 'namespace')}/{text(x, 'name')}" for x in every)]


def left(sides: Sides, policy: KubernetesObject, *specs: Json) -> list[Direction]:
    """Return the directions of a policy's specs, but those of which it is told that nothing is left."""
    of, shut = {*_selected(policy)}, _shut_off(sides.compared)
    told = {kind: {label(x.owner) for x in guests} for kind, guests in shut.items()}
    about = [x for x in DIRECTIONS if not specs or any(restricts(each, x[0]) for each in specs)]
    return [x for x in about if not of or not of <= told.get(x[0], set())]


def _selected(policy: KubernetesObject) -> Mapping[str, None]:
    side = policy.resource.scope.environment
    every = selected(side, policy, policy.spec.get("podSelector"))
    return dict.fromkeys(label(x.owner) for x in every)


def _unbound(policy: KubernetesObject) -> list[str]:
    """Return what has pods on Fargate that a policy selects."""
    side = policy.resource.scope.environment
    every = selected(side, policy, policy.spec.get("podSelector"))
    return [label(x.owner) for x in every if profile_of(side, x.owner)]


def its_pods(policy: KubernetesObject) -> str:
    """Return the pods that a policy selects, by what has them."""
    said = (_of("whose pods", _selected(policy)), _of("not on Fargate", _unbound(policy)))
    return " ".join(filter(None, said))


def opened(sides: Sides, policy: KubernetesObject, kinds: Collection[str]) -> list[str]:
    """Return which pods of a policy that goes another one still restricts, and which none does."""
    bound = {
        label(x.owner)
        for x in pods(sides.after)
        if kinds
        and all(
            any(restricts(mapping(y, "spec"), z) for y in policies_of(sides.after, x))
            for z in kinds
        )
    }
    on_fargate = _unbound(policy)
    its = [x for x in _selected(policy) if x not in on_fargate]
    free, kept = ([x for x in its if (x in bound) is said] for said in (False, True))
    others = _of("others bind" if free else "none opens", kept)
    return [_of("open", free), others, _of("not on Fargate", on_fargate)]


def bound(sides: Sides, _: Resource) -> str:
    """Return the pods that NetworkPolicies of the stacks bind before or after."""
    both = ((side, x) for side in sides.both for x in pods(side))
    return _of("bound", dict.fromkeys(label(x.owner) for side, x in both if policies_of(side, x)))


def free(sides: Sides, _: Resource) -> str:
    """Return the pods that no NetworkPolicy of the stacks selects."""
    return _of("free", [label(x.owner) for x in _unselected(sides.after)])


def _of(said: str, names: Collection[str]) -> str:
    return DETAILS[said].format(names=listed(names)) if names else ""


def ranges(peers: Peers) -> set[str]:
    """Return the networks of peers, an empty one for a peer that is none."""
    return {network for peer in peers for network in (pieces(peer) or [""])}


def _within(sides: Sides, peers: Peers) -> list[str]:
    """Return the subnets that peers are; their ranges stand in the sentence."""
    found, of = sides.after.resources(SUBNET), ranges(peers)
    return [label(each) for each in found if text(each.properties, "CidrBlock") in of]


def subnets(sides: Sides, peers: Peers) -> list[str]:
    """Return which subnets peers are that may connect from now on."""
    found = _within(sides, peers)
    return [f"Newly allowed: {listed(found)}."] if found else []


def cut_off(sides: Sides, peers: Peers, way: str, ports: str, how: str) -> list[str]:
    """Return whose pods and nodes lose the way, where peers are subnets."""
    found = _within(sides, peers) if way == "from" else []
    return [DETAILS[how].format(subnets=listed(found), ports=ports)] if found else []


def _unselected(environment: Environment) -> list[Pods]:
    """Return the pods that policies would bind and that none selects, those of the platform as well."""
    policies = grouped(
        (each.place, each.spec.get("podSelector"))
        for each in environment.kubernetes_objects("NetworkPolicy")
    )
    # The DaemonSets of the platform are in the network of their node.
    platform = (x for x in of_platform(environment) if x.owner.kind == "Deployment")
    return [
        each
        for each in (*pods(environment), *platform)
        if enforced(environment, each)
        if not any(may_match(x, each.labels) for x in policies.get(each.owner.place, ()))
    ]


@indexed
def _shut_off(environment: Environment) -> Mapping[str, list[Pods]]:
    """Return the pods that have no traffic of a direction since what the environment is compared with."""
    base = environment.base or environment
    # What was meant for pods on Fargate is nothing new to them on nodes.
    was = {
        x.owner.whole_key: shut(policies_of(base, x, on_fargate=True), x.labels)
        for x in pods(base)
        if least(base, x.owner) != 0
    }
    return grouped(
        (kind, x)
        for x in pods(environment)
        if least(environment, x.owner) != 0 and (key := x.owner.whole_key) in was
        for kind in shut(policies_of(environment, x), x.labels) - was[key]
    )
