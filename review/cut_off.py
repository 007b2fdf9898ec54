"""Pods to which NetworkPolicies leave no traffic at all, and the subnets that some no longer reach.

Only what binds pods counts: on Fargate, in the network of a node, or without the agent of the VPC CNI
nothing does (EKS user guide, "Limit Pod traffic with Kubernetes network policies").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, SUBNET
from assembly.kubernetes_object import KubernetesObject
from guardrails.reach.isolation import enforced, policies_of
from guardrails.rules.availability import least
from guardrails.rules.homes import of_platform
from guardrails.rules.pod_networking import configured
from guardrails.rules.workloads import Pods, place, pods, selected, served
from kube.selectors import may_match
from kube.values import Json, look_up, mapping, text, unsure
from review.labels import label, listed, quoted
from review.model import DETAILS, Risk, Sentence, say
from review.network_peers import DIRECTIONS, allowed, parts, pieces, restricts
from review.sides import Sides

Direction = tuple[str, str, str]
Peers = Sequence[Json | None]
SAYS = {"from": "nothing reaches", "to": "reaches nothing"}


def cut(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods that nothing reaches any more, and those that reach nothing."""
    after = sides.compared
    services = after.kubernetes_objects("Service")
    behind = {x for each in services for x in served(after, each)}
    for direction in DIRECTIONS:
        kind, _, way = direction
        by_policy = grouped((tuple(_binding(after, x, kind)), x) for x in _cut(after).get(way, ()))
        for by, guests in by_policy.items():
            down = way == "from" and not behind.isdisjoint(guests)
            yield say(
                SAYS[way],
                names=listed(label(x.owner) for x in guests),
                by=quoted(by),
                select="select" if len(by) > 1 else "selects",
                details=_gone(sides, guests, kind),
                risk=Risk.TAKES_DOWN if down else Risk.INTERRUPTS,
            )


def _gone(sides: Sides, guests: Sequence[Pods], kind: str) -> Iterator[str]:
    """Yield the policies of before that allowed some of it."""
    names = {label(x.owner) for x in guests}
    was = (x for x in pods(sides.before) if label(x.owner) in names)
    gone = {x for each in was for x in _binding(sides.before, each, kind)}
    if gone := gone - {_name(x.content) for x in sides.after.kubernetes_objects("NetworkPolicy")}:
        yield DETAILS["allowed some"].format(names=quoted(sorted(gone)))


def left(sides: Sides, policy: KubernetesObject) -> list[Direction]:
    """Return the directions of a policy, but those of which it is told that nothing is left."""
    of = {*_of_policy(policy)}
    cut = {way: {label(x.owner) for x in every} for way, every in _cut(sides.compared).items()}
    return [x for x in DIRECTIONS if not of or not of <= cut.get(x[2], set())]


def _of_policy(policy: KubernetesObject) -> list[str]:
    side = policy.resource.scope.environment
    every = selected(side, policy, policy.spec.get("podSelector"))
    return [*dict.fromkeys(label(x.owner) for x in every)]


def its_pods(policy: KubernetesObject) -> list[str]:
    """Return the pods that a policy selects, by what has them."""
    found = _of_policy(policy)
    return [DETAILS["whose pods"].format(names=listed(found))] if found else []


def idle(environment: Environment) -> list[str]:
    """Return that nothing in the stacks enforces policies, where that is sure."""
    clusters = environment.resources(CLUSTER)
    auto = any(look_up(x.properties, "ComputeConfig", "Enabled") for x in clusters)
    agents = configured(environment)
    off = agents and not any(x.has_agent or unsure(x.configuration) for x in agents)
    return [DETAILS["nothing enforces"]] if off and not auto else []


def bound(sides: Sides) -> str:
    """Return the pods that NetworkPolicies of the stacks bind before or after."""
    names = dict.fromkeys(
        label(x.owner) for side in sides.both for x in pods(side) if policies_of(side, x)
    )
    return DETAILS["bound"].format(names=listed(names)) if names else ""


def free(sides: Sides) -> str:
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
def _cut(environment: Environment) -> Mapping[str, list[Pods]]:
    """Return the pods that have no traffic any more, by its way."""
    base = environment.base or environment
    was = {label(x.owner): x for x in pods(base) if least(base, x.owner) != 0}
    return grouped(
        (direction[2], each)
        for direction in DIRECTIONS
        for each in pods(environment)
        if least(environment, each.owner) != 0 and (old := was.get(label(each.owner)))
        # What was meant for pods on Fargate is nothing new to them on nodes.
        if not _passes(_binding(environment, each, direction[0]), direction)
        if _passes(_binding(base, old, direction[0], on_fargate=True), direction)
    )


def _passes(by: Mapping[str, Json], direction: Direction) -> bool:
    """Tell whether anything may pass policies."""
    return not by or any(unsure(*parts(x)) or allowed(x, *direction) for x in by.values())


def _binding(
    environment: Environment, guest: Pods, kind: str, *, on_fargate: bool = False
) -> Mapping[str, Json]:
    """Return the specs of the policies that restrict a direction of pods, by their names."""
    chosen = policies_of(environment, guest, on_fargate=on_fargate)
    every = {_name(x): mapping(x, "spec") for x in chosen}
    return {name: spec for name, spec in every.items() if restricts(spec, kind)}


def _name(policy: Json) -> str:
    return "/".join(text(policy, "metadata", x) for x in ("namespace", "name"))


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
