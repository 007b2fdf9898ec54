"""Which of several nodes a pod gets: the scheduler's filters, and topology spread."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from kube import scheduling, selectors
from kube.scheduling import HOSTNAME, ZONE, labels
from kube.values import Json, dicts, items, look_up, mapping, text

Alike = Callable[[Json], bool]


class Placement:
    """Finds a node for a pod among the nodes and the pods on them."""

    def __init__(self, nodes: Iterable[Json], pods: Iterable[Json]) -> None:
        self._nodes = list(nodes)
        self._pods = [pod for pod in pods if _node_of(pod)]

    def choose(self, pod: Json) -> tuple[Json | None, str]:
        """Return a pod's node, or None with why no node takes it."""
        obstacles = [self._obstacles(node, pod) for node in self._nodes]
        pairs = zip(self._nodes, obstacles, strict=True)
        fitting = [node for node, reasons in pairs if not reasons]
        if not fitting:
            reasons = Counter(itertools.chain(*obstacles))
            texts = sorted(f"{count} {reason}" for reason, count in reasons.items())
            words = f"0/{len(self._nodes)} nodes are available: {', '.join(texts)}."
            return None, words if self._nodes else "no nodes available to schedule pods"
        return min(fitting, key=lambda node: self._load(node, pod)), ""

    def add(self, pod: Json) -> None:
        """Count a pod that has just got its node."""
        self._pods.append(pod)

    def _obstacles(self, node: Json, pod: Json) -> Sequence[str]:
        spec = mapping(pod, "spec")
        if look_up(node, "spec", "unschedulable"):
            return ["node(s) were unschedulable"]
        if not _is_ready(node):
            return ["node(s) were not ready"]
        if not scheduling.is_selected(node, spec):
            return ["node(s) didn't match Pod's node affinity/selector"]
        if not scheduling.tolerates(spec, node):
            return ["node(s) had untolerated taint(s)"]
        spread = all(self._spreads(node, pod, each) for each in _spread_constraints(pod))
        crowded = [] if spread else ["node(s) didn't match pod topology spread constraints"]
        return scheduling.lacks(node, pod, self._on(node)) or crowded

    def _on(self, node: Json) -> list[Json]:
        name = look_up(node, "metadata", "name")
        return [pod for pod in self._pods if _node_of(pod) == name]

    def _spreads(self, node: Json, pod: Json, constraint: Json) -> bool:
        skew = constraint.get("maxSkew")
        if constraint.get("whenUnsatisfiable") != "DoNotSchedule" or not isinstance(skew, int):
            return True
        counts, domain = self._counts(pod, constraint), _domain(node, constraint)
        own = _alike(pod, constraint)(pod)
        return domain in counts and counts[domain] + own - min(counts.values()) <= skew

    def _counts(self, pod: Json, constraint: Json) -> Mapping[str, int]:
        """Return how many pods like this one each topology domain holds."""
        spec, alike = mapping(pod, "spec"), _alike(pod, constraint)
        honors_taints = constraint.get("nodeTaintsPolicy") == "Honor"
        counts: Counter[str] = Counter()
        for node in self._nodes:
            takes = not honors_taints or scheduling.tolerates(spec, node)
            domain = _domain(node, constraint)
            if domain and takes and scheduling.is_selected(node, spec):
                counts[domain] += sum(alike(each) for each in self._on(node))
        return counts

    def _load(self, node: Json, pod: Json) -> tuple[int, ...]:
        """Order nodes: those that meet the wishes of spread first, then the emptiest."""
        wishes: Sequence[Json] = _spread_constraints(pod) or [
            {"topologyKey": key, "labelSelector": {"matchLabels": labels(pod)}}
            for key in (ZONE, HOSTNAME)
        ]
        crowds = (self._counts(pod, wish).get(_domain(node, wish), 0) for wish in wishes)
        return (*crowds, len(self._on(node)))


def _node_of(pod: Json) -> str:
    return text(pod, "spec", "nodeName")


def _is_ready(node: Json) -> bool:
    conditions = dicts(node, "status", "conditions")
    return any((each.get("type"), each.get("status")) == ("Ready", "True") for each in conditions)


def _spread_constraints(pod: Json) -> Sequence[Json]:
    return dicts(pod, "spec", "topologySpreadConstraints")


def _domain(node: Json, constraint: Json) -> str:
    return text(labels(node), text(constraint, "topologyKey"))


def _alike(pod: Json, constraint: Json) -> Alike:
    """Return what tells whether another pod counts for a pod's spread."""
    own = labels(pod)
    keys = [text(key) for key in items(constraint, "matchLabelKeys")]
    same = {"matchLabels": {key: own[key] for key in keys if key in own}}

    def counts(other: Json) -> bool:
        return (
            not look_up(other, "metadata", "deletionTimestamp")
            and look_up(other, "metadata", "namespace") == look_up(pod, "metadata", "namespace")
            and selectors.matches(constraint.get("labelSelector"), labels(other))
            and selectors.matches(same, labels(other))
        )

    return counts
