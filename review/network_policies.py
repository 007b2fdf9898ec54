"""What NetworkPolicies allow that they didn't, and what they block that they didn't.

Source: Kubernetes documentation, "Network Policies": pods that no policy selects are open, and those
that several select may do what any of them allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kubernetes_object import KubernetesObject
from guardrails.reach.isolation import is_idle
from kube.values import Json, text, unsure
from review.balanced_zones import followed
from review.cut_off import Peers, cut, cut_off, its_pods, left, opened, ranges, subnets
from review.differences import told
from review.labels import listed, place, quoted
from review.model import DETAILS, Risk, Sentence, say
from review.network_peers import (
    ALL,
    DIRECTIONS,
    NOTHING,
    Beside,
    Direction,
    allowed,
    beyond_of,
    both,
    by_ports,
    for_some,
    lookups,
    parts,
    peers_in_words,
    pieces,
    pods_of,
    restricted,
    restricts,
    rules_of,
    selects_all,
)
from review.networks import from_outside
from review.sides import Objects, Sides

ITS_PODS = {"from": "to", "to": "from"}
"""Traffic from a peer is traffic to the pods of a policy."""
SOME = "also, for pods that others restrict already, "
Policies = Mapping[tuple[object, ...], KubernetesObject]


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what each NetworkPolicy of Kubernetes' own newly allows or blocks, and no longer."""
    more = [DETAILS["nothing enforces"]] if is_idle(sides.after) else []
    yield from (replace(x, details=(*filter(None, x.details), *more)) for x in _of_each(sides))
    yield from cut(sides)


def _of_each(sides: Sides) -> Iterator[Sentence]:
    before, after = sides.objects
    old, new = _policies(before), _policies(after)
    beside_old, beside_new = (
        grouped((key[::3], x) for key, x in side.items()) for side in (old, new)
    )
    # Without anything else of a namespace there is nothing to reach, and in a new one nothing to block.
    there = {(key[0], item.namespace) for key, item in after.items()}
    made = {
        (key[0], item.name)
        for key, item in after.items()
        if item.kind == "Namespace" and key not in before
    }
    for key in dict.fromkeys([*old, *new]):
        was, now, where = old.get(key), new.get(key), key[::3]
        others = [
            [each for each in side.get(where, ()) if each.name != key[-1]]
            for side in (beside_old, beside_new)
        ]
        if was is not None and now is not None and was.spec != now.spec:
            differs = f"{told(was.spec, now.spec)}."
            same = say("network policy same", name=place(now), details=[differs])
            unheard = left(sides, now) == [*DIRECTIONS]
            yield from [*_changed(sides, was, now, others)] or [same] * unheard
        elif was is None and now is not None and sides.before.stacks and where not in made:
            yield from _begins(sides, now, others, "is new and")
        elif was is not None and now is None and where in there:
            yield from _ends(sides, was, others, "network policy removed")


def _policies(objects: Objects) -> Policies:
    return {
        key: item
        for key, item in objects.items()
        if item.kind == "NetworkPolicy"
        and text(item.content, "apiVersion").partition("/")[0] in {"", "networking.k8s.io"}
    }


def _begins(
    sides: Sides, policy: KubernetesObject, others: Sequence[Beside], how: str
) -> Iterator[Sentence]:
    """Yield what a policy means for pods that it didn't select before."""
    spec, name = policy.spec, place(policy)
    if unsure(*parts(spec)):
        yield say("network policy unknown", name=name)
        return
    pods = peers_in_words([{"podSelector": pods_of(spec)}])
    for direction in left(sides, policy, spec):
        way, (_, had) = direction[2], rules_of(NOTHING, spec, others[0], direction)
        own, rules = rules_of(spec, spec, others[1], direction)
        more = dict(by_ports(beyond_of(own, had) + for_some(own, spec, others[0], direction)))
        also = SOME if ALL in had else "also "
        yield from _allows(sides, name, way, more, also)
        if ALL in had and ALL not in rules:
            kept = [f"{way} {peers_in_words(x)} on {ports}" for ports, x in by_ports(rules)]
            beside = any(both(spec, x.spec) and restricts(x.spec, direction[0]) for x in others[1])
            yield say(
                "network policy blocks",
                name=name,
                how=how,
                way=ITS_PODS[way],
                pods=pods + DETAILS["selected by others"] * beside,
                but=f", except {listed(kept)}" if kept else "",
                details=[its_pods(policy)],
            )


def _ends(
    sides: Sides, policy: KubernetesObject, others: Sequence[Beside], said: str
) -> Iterator[Sentence]:
    """Yield what it means for pods that a policy no longer selects them."""
    spec = policy.spec
    # Where it or another one allows everything, it blocked nothing.
    mine = (x for x in DIRECTIONS if restricts(spec, x[0]))
    kinds = [x[0] for x in mine if ALL not in rules_of(spec, spec, others[0], x)[1]]
    if unsure(*parts(spec)) or not all(restricted(others[1], spec, kind) for kind in kinds):
        yield say(said, name=place(policy), details=opened(sides, policy, kinds))
    for direction in left(sides, policy, spec):
        yield from _less(policy, others[1], direction, gone=said == "network policy removed")


def _less(
    policy: KubernetesObject, others: Beside, direction: Direction, *, gone: bool = False
) -> Iterator[Sentence]:
    """Yield what pods lose that a policy no longer restricts: policies add up, and others still do."""
    kind, _, way = direction
    for part in [policy] if restricted(others, policy.spec, kind) else others:
        its = both(policy.spec, part.spec)
        beside = restricted(others, its, kind) if its is not None else []
        if not beside or (part is not policy and part.name == policy.name):
            continue
        still = [rule for each in beside for rule in allowed(each.spec, *direction)]
        whose = "" if part is policy else f", for pods of NetworkPolicy `{place(part)}`"
        for ports, peers in by_ports(beyond_of(allowed(policy.spec, *direction), still)):
            yield say(
                "network policy ends" if gone and part is policy else "network policy denies",
                name=place(policy),
                way=way,
                peers=peers_in_words(peers),
                ports=ports,
                whose=whose,
                others=quoted(map(place, beside)),
                stay="remain" if len(beside) > 1 else "remains",
                **lookups(way, ports),
                details=[its_pods(part)] if part is policy else [],
            )


def _allows(
    sides: Sides, name: str, way: str, rules: Mapping[str, Peers], also: str = "also "
) -> Iterator[Sentence]:
    for ports, peers in rules.items():
        outside = any(_exposes(sides.after, peer) for peer in peers)
        traffic = f"allows traffic {way} {peers_in_words(peers)}"
        yield say(
            "network policy allows",
            name=name,
            way=way,
            also=also,
            allows=f"**{traffic}**" if outside else traffic,
            ports=ports,
            details=subnets(sides, peers),
            risk=Risk.EXPOSES if outside else Risk.SAFE,
        )


def _changed(
    sides: Sides, was: KubernetesObject, now: KubernetesObject, others: Sequence[Beside]
) -> Iterator[Sentence]:
    old, new, name = was.spec, now.spec, place(now)
    if unsure(*parts(old), *parts(new)):
        yield say("network policy unknown", name=name)
        return
    had, has = map(pods_of, (old, new))
    if not selects_all(has, had):
        yield from _ends(sides, was, [others[0], [*others[1], now]], "network policy selects")
    if not selects_all(had, has):
        yield from _begins(
            sides, now, [[*others[0], was], others[1]], "now selects other pods, too, and"
        )
    if not (its := both(old, new)):
        return
    for direction in left(sides, now, old, new):
        (before, all_before), (after, all_after) = (
            rules_of(spec, its, beside, direction)
            for spec, beside in zip((old, new), others, strict=True)
        )
        way, more = direction[2], beyond_of(after, all_before)
        # What goes with its VPC isn't there to be kept out.
        dropped = beyond_of(before, all_after)
        less = [each for each in dropped if not _gone(sides, each.peer)]
        instead, gone = dict(by_ports(more)), dict(by_ports(less))
        come = {ports: peers for ports, peers in instead.items() if ports not in gone}
        also = "" if len(less) < len(dropped) else "also "
        yield from _allows(sides, name, way, come, also)
        # Of pods that only some of the others restrict.
        if ALL in all_after and not restricts(new, direction[0]):
            yield from _less(was, others[1], direction)
        if ALL in all_before and not restricts(old, direction[0]):
            some = for_some(after, its, others[0], direction)
            yield from _allows(sides, name, way, dict(by_ports(some)), SOME)
        for ports, peers in gone.items():
            new_ones, words = instead.get(ports), peers_in_words(peers)
            moves = way == "from" and followed(
                sides, now, ranges(peers), ranges(new_ones or [None])
            )
            details = cut_off(sides, peers, way, ports, "directly" if moves else "cut off")
            about = partial(say, name=name, way=way, ports=ports, details=details)
            if new_ones:
                risk = Risk.EXPOSES if any(_exposes(sides.after, x) for x in new_ones) else None
                peers_now = peers_in_words(new_ones)
                peers_now = f"**{peers_now}**" if risk else peers_now
                details += subnets(sides, new_ones)
                said = f"network policy {'follows' if moves else 'allows instead'}"
                yield about(said, before=words, peers=peers_now, risk=risk, balancer=moves)
            else:
                yield about("network policy denies", peers=words, whose="", **lookups(way, ports))


def _exposes(environment: Environment, peer: Json | None) -> bool:
    networks = pieces(peer)
    return not networks or any(from_outside(environment, each) for each in networks)


def _gone(sides: Sides, peer: Json | None) -> bool:
    networks = pieces(peer)
    were, are = ([from_outside(side, each) for each in networks] for side in sides.both)
    return bool(networks) and not any(were) and all(are)
