"""Which of several nodes a pod gets: one with room that takes it, spread over zones and nodes.

Spread is a wish here, also where a pod demands it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from kube import pods
from kube.scheduling import ZONE, is_selected, labels, tolerates
from kube.values import Json, dicts, look_up, mapping, text


def choose(pod: Json, nodes: Sequence[Json], placed: Iterable[Json]) -> tuple[Json | None, str]:
    """Return a pod's node beside the pods placed so far, or None with why no node takes it."""
    on: dict[str, list[Json]] = {}
    for each in placed:
        on.setdefault(text(each, "spec", "nodeName"), []).append(each)
    obstacles = [_obstacles(node, pod, on.get(_name(node), [])) for node in nodes]
    fitting = [node for node, reasons in zip(nodes, obstacles, strict=True) if not reasons]
    if not fitting:
        reasons = Counter(itertools.chain(*obstacles))
        texts = sorted(f"{count} {reason}" for reason, count in reasons.items())
        words = f"0/{len(nodes)} nodes are available: {', '.join(texts)}."
        return None, words if nodes else "no nodes available to schedule pods"
    alike = {
        name: sum(labels(each) == labels(pod) for each in each_on) for name, each_on in on.items()
    }
    zones: Counter[str] = Counter()
    for node in nodes:
        zones[_zone(node)] += alike.get(_name(node), 0)

    def load(node: Json) -> tuple[int, ...]:
        name = _name(node)
        return zones[_zone(node)], alike.get(name, 0), len(on.get(name, []))

    return min(fitting, key=load), ""


def _obstacles(node: Json, pod: Json, others: Sequence[Json]) -> Sequence[str]:
    spec, conditions = mapping(pod, "spec"), dicts(node, "status", "conditions")
    ready = ("Ready", "True") in [(each.get("type"), each.get("status")) for each in conditions]
    filters = {
        "were unschedulable": look_up(node, "spec", "unschedulable"),
        "were not ready": not ready,
        "didn't match Pod's node affinity/selector": not is_selected(node, spec),
        "had untolerated taint(s)": not tolerates(spec, node),
    }
    failed = [f"node(s) {words}" for words, fails in filters.items() if fails]
    return failed[:1] or lacks(node, pod, others)


def lacks(node: object, pod: object, others: Iterable[object]) -> Sequence[str]:
    """Return what a node has too little of for a pod beside others, in the scheduler's words."""
    free, used = mapping(node, "status", "allocatable"), pods.total_of(*map(needs, others))
    return [
        "Too many pods" if name == "pods" else f"Insufficient {name}"
        for name, wanted in needs(pod).items()
        if wanted > 0
        and (room := pods.number(free.get(name, "0"))) is not None
        and used.get(name, Decimal(0)) + wanted > room
    ]


def needs(pod: object) -> Mapping[str, Decimal]:
    """Return what a pod takes of its node: its requests, and one place among the node's pods."""
    return {"pods": Decimal(1), **pods.requests(look_up(pod, "spec"))}


def _name(node: Json) -> str:
    return text(node, "metadata", "name")


def _zone(node: Json) -> str:
    return text(labels(node), ZONE)
