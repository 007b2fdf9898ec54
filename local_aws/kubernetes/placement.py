"""Which of several nodes a pod gets: those with room that take it, and topology spread.

Where the answer depends on an unknown value, a node takes the pod.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from kube import pods, selectors
from kube.scheduling import HOSTNAME, ZONE, is_selected, labels, takes, tolerates
from kube.values import Json, dicts, items, look_up, mapping, text

_NODE = ("spec", "nodeName")
_SPREAD = ("spec", "topologySpreadConstraints")


def needs(pod: object) -> Mapping[str, Decimal]:
    """Return what a pod takes of its node: its requests, and one place among the node's pods."""
    return {"pods": Decimal(1), **pods.requests(look_up(pod, "spec"))}


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


class Placement:
    """Finds a node for a pod among the nodes and the pods on them."""

    def __init__(self, nodes: Iterable[Json], pods: Iterable[Json]) -> None:
        self._nodes = list(nodes)
        self._pods = [pod for pod in pods if text(pod, *_NODE)]

    def choose(self, pod: Json) -> tuple[Json | None, str]:
        """Return a pod's node, or None with why no node takes it."""
        obstacles = [self._obstacles(node, pod) for node in self._nodes]
        pairs = zip(self._nodes, obstacles, strict=True)
        if not (fitting := [node for node, reasons in pairs if not reasons]):
            reasons = Counter(itertools.chain(*obstacles))
            texts = sorted(f"{count} {reason}" for reason, count in reasons.items())
            words = f"0/{len(self._nodes)} nodes are available: {', '.join(texts)}."
            return None, words if self._nodes else "no nodes available to schedule pods"
        return min(fitting, key=lambda node: self._load(node, pod)), ""

    def add(self, pod: Json) -> None:
        """Count a pod that has just got its node."""
        self._pods.append(pod)

    def _obstacles(self, node: Json, pod: Json) -> Sequence[str]:
        spec, conditions = mapping(pod, "spec"), dicts(node, "status", "conditions")
        ready = ("Ready", "True") in [(each.get("type"), each.get("status")) for each in conditions]
        filters = {
            "were unschedulable": look_up(node, "spec", "unschedulable"),
            "were not ready": not ready,
            "didn't match Pod's node affinity/selector": not is_selected(node, spec),
            "had untolerated taint(s)": not tolerates(spec, node),
        }
        if failed := [f"node(s) {words}" for words, fails in filters.items() if fails]:
            return failed[:1]
        spread = all(self._spreads(node, pod, each) for each in dicts(pod, *_SPREAD))
        crowded = [] if spread else ["node(s) didn't match pod topology spread constraints"]
        return lacks(node, pod, self._on(node)) or crowded

    def _on(self, node: Json) -> list[Json]:
        name = look_up(node, "metadata", "name")
        return [pod for pod in self._pods if text(pod, *_NODE) == name]

    def _spreads(self, node: Json, pod: Json, constraint: Json) -> bool:
        skew = constraint.get("maxSkew")
        if constraint.get("whenUnsatisfiable") != "DoNotSchedule" or not isinstance(skew, int):
            return True
        counts, domain = self._counts(pod, constraint), _domain(node, constraint)
        own = _is_like(pod, pod, constraint)
        return domain in counts and counts[domain] + own - min(counts.values()) <= skew

    def _counts(self, pod: Json, constraint: Json) -> Mapping[str, int]:
        """Return how many pods like this one each topology domain holds."""
        honors_taints = constraint.get("nodeTaintsPolicy") == "Honor"
        counts: Counter[str] = Counter()
        for node in self._nodes:
            counted = takes(node, pod) if honors_taints else is_selected(node, pod.get("spec"))
            if counted and (domain := _domain(node, constraint)):
                counts[domain] += sum(_is_like(each, pod, constraint) for each in self._on(node))
        return counts

    def _load(self, node: Json, pod: Json) -> tuple[int, ...]:
        """Order nodes: those that meet the wishes of spread first, then the emptiest."""
        wishes: Sequence[Json] = dicts(pod, *_SPREAD) or [
            {"topologyKey": key, "labelSelector": {"matchLabels": labels(pod)}}
            for key in (ZONE, HOSTNAME)
        ]
        crowds = (self._counts(pod, wish).get(_domain(node, wish), 0) for wish in wishes)
        return (*crowds, len(self._on(node)))


def _domain(node: Json, constraint: Json) -> str:
    return text(labels(node), text(constraint, "topologyKey"))


def _is_like(other: Json, pod: Json, constraint: Json) -> bool:
    """Tell whether another pod counts for a pod's spread."""
    own, keys = labels(pod), map(text, items(constraint, "matchLabelKeys"))
    same = {"matchLabels": {key: own[key] for key in keys if key in own}}
    return (
        not look_up(other, "metadata", "deletionTimestamp")
        and look_up(other, "metadata", "namespace") == look_up(pod, "metadata", "namespace")
        and selectors.matches(constraint.get("labelSelector"), labels(other))
        and selectors.matches(same, labels(other))
    )
