"""Which node takes which pod: selectors, affinity, taints, room and topology spread."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from local_aws.kubernetes import objects, quantities, selectors
from local_aws.kubernetes.objects import Json, look_up

COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"

_SELECTOR_WORDS = "didn't match Pod's node affinity/selector"
_TAINT_WORDS = "had untolerated taint(s)"
_SPREAD_WORDS = "didn't match pod topology spread constraints"


def is_fargate(node: Json) -> bool:
    """Tell whether a node is Fargate's, made for one pod."""
    return objects.labels(node).get(COMPUTE_TYPE) == "fargate"


def takes(node: Json, pod: Json) -> bool:
    """Tell whether a node's labels and taints let a pod in, room aside."""
    return is_selected(node, pod["spec"]) and tolerates(pod["spec"], node)


def is_selected(node: Json, spec: Json) -> bool:
    """Tell whether a pod's node selector and required node affinity take a node."""
    labels = objects.labels(node)
    if not selectors.matches(selectors.from_labels(spec.get("nodeSelector") or {}), labels):
        return False
    required = look_up(
        spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    if required is None:
        return True
    return any(_meets_term(node, term) for term in required["nodeSelectorTerms"])


def _meets_term(node: Json, term: Json) -> bool:
    fields = {"metadata.name": objects.name(node)}
    return all(
        _meets(one, values)
        for key, values in (("matchExpressions", objects.labels(node)), ("matchFields", fields))
        for one in term.get(key) or ()
    )


def _meets(expression: Json, values: dict[str, str]) -> bool:
    operator = expression["operator"]
    if operator in ("Gt", "Lt"):
        value, bound = values.get(expression["key"], ""), int(expression["values"][0])
        if not value.isdigit():
            return False
        return int(value) > bound if operator == "Gt" else int(value) < bound
    return selectors.matches(selectors.from_object({"matchExpressions": [expression]}), values)


def tolerates(spec: Json, node: Json) -> bool:
    """Tell whether a pod tolerates a node's taints."""
    taints = [t for t in look_up(node, "spec", "taints") or () if t["effect"] != "PreferNoSchedule"]
    return all(any(_tolerated(t, one) for one in spec.get("tolerations") or ()) for t in taints)


def _tolerated(taint: Json, toleration: Json) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if not toleration.get("key"):
        return toleration.get("operator") == "Exists"
    if toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator") == "Exists":
        return True
    return (toleration.get("value") or "") == (taint.get("value") or "")


def requests(pod: Json) -> dict[str, Decimal]:
    """Return what a pod asks for, and one place among the node's pods."""
    total: dict[str, Decimal] = {"pods": Decimal(1)}
    for container in pod["spec"].get("containers") or ():
        for name, quantity in (look_up(container, "resources", "requests") or {}).items():
            total[name] = total.get(name, Decimal(0)) + quantities.parse(quantity)
    return total


def lacks(node: Json, pod: Json, others: Iterable[Json]) -> str:
    """Return what a node has too little of for a pod beside the others on it; empty if nothing."""
    used: dict[str, Decimal] = defaultdict(Decimal)
    for other in others:
        for name, quantity in requests(other).items():
            used[name] += quantity
    allocatable = look_up(node, "status", "allocatable") or {}
    for name, wanted in requests(pod).items():
        if used[name] + wanted > quantities.parse(allocatable.get(name, "0")):
            return "Too many pods" if name == "pods" else f"Insufficient {name}"
    return ""


class Placement:
    """Finds a node for a pod among the nodes and the pods on them."""

    def __init__(self, nodes: Sequence[Json], pods: Sequence[Json]) -> None:
        self._nodes = list(nodes)
        self._pods = [pod for pod in pods if pod["spec"].get("nodeName")]

    def choose(self, pod: Json) -> tuple[Json | None, str]:
        """Return a pod's node, or None with why no node takes it."""
        reasons: Counter[str] = Counter()
        fitting = []
        for node in self._nodes:
            reason = self._obstacle(node, pod)
            if reason:
                reasons[reason] += 1
            else:
                fitting.append(node)
        if not fitting:
            return None, unschedulable(len(self._nodes), reasons)
        return min(fitting, key=lambda node: self._load(node, pod)), ""

    def add(self, pod: Json) -> None:
        """Count a pod that has just got its node."""
        self._pods.append(pod)

    def _obstacle(self, node: Json, pod: Json) -> str:
        if look_up(node, "spec", "unschedulable"):
            return "node(s) were unschedulable"
        if not objects.is_true(node, "Ready"):
            return "node(s) were not ready"
        if not is_selected(node, pod["spec"]):
            return f"node(s) {_SELECTOR_WORDS}"
        if not tolerates(pod["spec"], node):
            return f"node(s) {_TAINT_WORDS}"
        if lack := lacks(node, pod, self._on(node)):
            return lack
        if not all(self._spreads(node, pod, one) for one in _spread_constraints(pod)):
            return f"node(s) {_SPREAD_WORDS}"
        return ""

    def _on(self, node: Json) -> list[Json]:
        return [pod for pod in self._pods if pod["spec"]["nodeName"] == objects.name(node)]

    def _spreads(self, node: Json, pod: Json, constraint: Json) -> bool:
        if constraint["whenUnsatisfiable"] != "DoNotSchedule":
            return True
        counts = self._counts(pod, constraint)
        domain = objects.labels(node).get(constraint["topologyKey"])
        if domain is None or domain not in counts:
            return False
        own = _alike(pod, constraint)(pod)
        return counts[domain] + own - min(counts.values()) <= int(constraint["maxSkew"])

    def _counts(self, pod: Json, constraint: Json) -> dict[str, int]:
        """Return how many pods like this one each topology domain holds."""
        key = constraint["topologyKey"]
        honors_taints = constraint.get("nodeTaintsPolicy") == "Honor"
        alike = _alike(pod, constraint)
        counts: dict[str, int] = {}
        for node in self._nodes:
            domain = objects.labels(node).get(key)
            if domain is None or not is_selected(node, pod["spec"]):
                continue
            if honors_taints and not tolerates(pod["spec"], node):
                continue
            counts[domain] = counts.get(domain, 0) + sum(alike(one) for one in self._on(node))
        return counts

    def _load(self, node: Json, pod: Json) -> tuple[int, ...]:
        """Order nodes: those that meet the wishes of spread first, then the emptiest."""
        wishes = _spread_constraints(pod) or [
            {"topologyKey": key, "labelSelector": {"matchLabels": objects.labels(pod)}}
            for key in (ZONE, HOSTNAME)
        ]
        crowds = []
        for constraint in wishes:
            domain = objects.labels(node).get(constraint["topologyKey"], "")
            crowds.append(self._counts(pod, constraint).get(domain, 0))
        return (*crowds, len(self._on(node)))


def _spread_constraints(pod: Json) -> list[Json]:
    return pod["spec"].get("topologySpreadConstraints") or []


def _alike(pod: Json, constraint: Json) -> Callable[[Json], bool]:
    """Return what tells whether another pod counts for a pod's spread constraint."""
    selector = selectors.from_object(constraint.get("labelSelector") or {})
    labels = objects.labels(pod)
    keys = [key for key in constraint.get("matchLabelKeys") or () if key in labels]
    same = selectors.from_labels({key: labels[key] for key in keys})

    def counts(other: Json) -> bool:
        if objects.is_terminating(other) or objects.namespace(other) != objects.namespace(pod):
            return False
        return selectors.matches((*selector, *same), objects.labels(other))

    return counts


def unschedulable(nodes: int, reasons: Counter[str]) -> str:
    """Return the scheduler's words for a pod that no node takes."""
    if not nodes:
        return "no nodes available to schedule pods"
    texts = sorted(f"{count} {reason}" for reason, count in reasons.items())
    return f"0/{nodes} nodes are available: {', '.join(texts)}."
