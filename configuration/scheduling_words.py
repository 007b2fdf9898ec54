"""The scheduling proof of an environment in words, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from capacity.room import GIB
from capacity.words import WIDTH
from configuration.fleets import SIZES, Loss
from configuration.scheduling_proof import Outcome, Proof

REASONS = {
    "topologySpreadConstraints": "zone or node that keeps their spread",
    "podAffinity": "node near pods that they need",
    "podAntiAffinity": "node without pods that they avoid",
    "pods": "free place for a pod",
    "volume": "node where their volume is",
    "hostPort": "node where their host port is free",
}
"""What pods wait for, in words; any other is a resource, such as cpu."""


def left_lines(proof: Proof) -> Iterator[str]:
    """Yield what the desired nodes have left beside the platform's own pods, and what there is beyond them."""
    for kind, room in proof.left.items():
        pods, cpu, memory = (max(room[name], Decimal(0)) for name in ("pods", "cpu", "memory"))
        nodes = f"desired {kind}" if kind else "desired nodes"
        yield from _wrapped(
            f"The {nodes} leave you {pods:,} pods, {cpu:.1f} vCPUs and about {memory / GIB:.1f} GiB of memory."
        )
    for each in proof.beyond:
        yield from _wrapped(each)


def scheduling_lines(proof: Proof) -> Iterator[str]:
    """Yield what the declared pods wait for after each loss, and what would help."""
    for name in proof.unknown:
        yield f"Not placed: the pods of {name}, which nobody knows before the deploy."
    for words in proof.over:
        yield from _wrapped(f"Not made are some of the most pods that workloads keep: {words}.")
    for profile, zone, count in proof.in_one_zone:
        who, stay = ("pod", "stays") if count == 1 else ("pods", "stay")
        yield from _wrapped(
            f"Without {zone}, {count:,} declared {who} of Fargate profile {profile} {stay} pending: the profile has no other zone."
        )
    in_zones = proof.on_fargate - sum(count for _, _, count in proof.in_one_zone)
    if in_zones:
        who = f"All {in_zones:,} declared pods" if in_zones > 1 else "The declared pod"
        yield from _wrapped(f"{who} on Fargate can start in another zone if any is lost.")
    if not proof.outcomes:
        return
    waiting = [each for each in proof.outcomes if each.waiting]
    if not waiting:
        losses = [*dict.fromkeys(each.loss for each in proof.outcomes)]
        yield from _wrapped(_all_have_one(proof, losses))
        yield from _kept(proof)
        return
    yield from _wrapped(_on_new_nodes(proof))
    yield from _wrapped(
        f"Of {proof.on_nodes:,} declared pods for nodes and the platform's own, these stay pending:"
    )
    sentences: dict[str, dict[Loss, list[str]]] = {}
    for each in waiting:
        sizes = sentences.setdefault(_pending(each), {}).setdefault(each.loss, [])
        sizes.append(each.size)
    for sentence, causes in sentences.items():
        lost = _lost({loss: _at(sizes) for loss, sizes in causes.items()})
        yield from _wrapped(f"- {lost}: {sentence}", indent="  ")
    yield from _kept(proof)


def _kept(proof: Proof) -> list[str]:
    """Return what no number of nodes changes, which the placement can't know."""
    if not proof.kept:
        return []
    return _wrapped(
        f"Not counted: an EBS volume stays in the zone where it was made. When that zone is lost, pods of "
        f"{', '.join(proof.kept)} that have one there stay pending until it is back."
    )


def _on_new_nodes(proof: Proof) -> str:
    """Return for how many of the declared pods somebody makes nodes, where others wait all the same."""
    left = {loss: count for loss, count in proof.for_new_nodes if count}
    if now := left.get(Loss()):
        return f"{now:,} of {proof.on_nodes:,} declared pods run on new nodes."
    lost = _lost(dict.fromkeys(left, ""))
    most = max(left.values(), default=0)
    told = f"{lost}, up to {most:,} declared pods run on new nodes."
    return f"{told[0].upper()}{told[1:]}" if left else ""


def _lost(losses: Mapping[Loss, str]) -> str:
    """Return losses in words, each with what is added to it."""
    now = [f"with nothing lost{at}" for loss, at in losses.items() if loss == Loss()]
    lost: dict[str, list[str]] = {}
    for loss, at in losses.items():
        if loss != Loss():
            what = loss.zone or f"the Spot Instances of {loss.spot_of}"
            lost.setdefault(at, []).append(what)
    others = " or ".join(f"{' or '.join(each)}{at}" for at, each in lost.items())
    return " or ".join([*now, *([f"without {others}"] if others else [])])


def _all_have_one(proof: Proof, losses: Sequence[Loss]) -> str:
    zones = "any zone is lost" if any(each.zone for each in losses) else ""
    spot = (
        "the Spot Instances of any group are lost" if any(each.spot_of for each in losses) else ""
    )
    if_lost = " or ".join(filter(None, (zones, spot)))
    left = {loss: count for loss, count in proof.for_new_nodes if count}
    now, most = left.get(Loss(), 0), max(left.values(), default=0)
    have = f"All {proof.on_nodes:,} declared pods that need a node have one"
    if proof.on_nodes == 1:
        have = "The declared pod that needs a node has one"
    new = f", {now:,} of them a new one" if now else ""
    also = f", also if {if_lost}" if if_lost else ""
    later = f"; then up to {most:,} of them run on new nodes" if most > now else ""
    return f"{have}{new}{also}{later}."


def _at(sizes: list[str]) -> str:
    return " at any size" if len(sizes) == len(SIZES) else f" at {sizes[0]}" * bool(sizes[0])


def scheduling_json(proof: Proof) -> dict[str, Any]:
    """Return the proof as plain values."""
    return {
        "left_on_desired_nodes": {
            kind or "nodes": {name: float(of) for name, of in room.items()}
            for kind, room in proof.left.items()
        },
        "beyond_desired_nodes": list(proof.beyond),
        "pods_on_nodes": proof.on_nodes,
        "pods_on_fargate": proof.on_fargate,
        "fargate_in_one_zone": [
            {"profile": profile, "zone": zone, "pods": count}
            for profile, zone, count in proof.in_one_zone
        ],
        "not_placed": list(proof.unknown),
        "kept_by_volumes": list(proof.kept),
        "refused_by_quotas": list(proof.over),
        "losses": [
            {
                "lost": outcome.loss.words,
                "size": outcome.size,
                "pending": [
                    {
                        "pods": each.pods.name,
                        "count": each.count,
                        "of": each.of,
                        "waits_for": list(each.on),
                    }
                    for each in outcome.waiting
                ],
                "smallest_change": outcome.change,
                **({"stuck": list(outcome.stuck)} if outcome.stuck else {}),
            }
            for outcome in proof.outcomes
        ],
    }


def _pending(outcome: Outcome) -> str:
    by_cause: dict[tuple[str, ...], list[str]] = {}
    for each in outcome.waiting:
        words = f"{each.pods.name} ({each.count:,} of {each.of:,})"
        by_cause.setdefault(each.on, []).append(words)
    causes = "; ".join(
        f"no {' or '.join(REASONS.get(each, each) for each in on)} for {', '.join(pods)}"
        for on, pods in by_cause.items()
    )
    out = [f"{x}: {words}" for x, words in outcome.kept_out.items() if words]
    causes = "; ".join([causes, *out])
    some = f" for all but {', '.join(outcome.stuck)}" if outcome.stuck else ""
    enough = f"enough{some} is {outcome.change}" if outcome.change else "no number of nodes helps"
    return f"{causes}; {enough}."


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
