"""Which node takes which pod: node selector, required node affinity, taints and room.

Where the answer depends on an unknown value, a node takes the pod.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from kube import pods, selectors
from kube.values import Json, Unknown, dicts, items, look_up, mapping

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def labels(obj: object) -> Json:
    """Return the labels of a node or a pod."""
    found = look_up(obj, "metadata", "labels")
    return {found: ""} if isinstance(found, Unknown) else mapping(found)


def takes(node: object, pod: object) -> bool:
    """Tell whether a node's labels and taints let a pod in, room aside."""
    spec = mapping(pod, "spec")
    return is_selected(node, spec) and tolerates(spec, node)


def is_selected(node: object, spec: object) -> bool:
    """Tell whether a pod's node selector and required node affinity take a node."""
    wanted = look_up(spec, "nodeSelector")
    if wanted and not selectors.may_match({"matchLabels": wanted}, labels(node)):
        return False
    required = look_up(spec, "affinity", "nodeAffinity", _REQUIRED)
    terms = look_up(required, "nodeSelectorTerms")
    if required is None or isinstance(terms, Unknown):
        return True
    return any(isinstance(term, Unknown) or _meets(node, term) for term in items(terms))


def _meets(node: object, term: object) -> bool:
    fields = {"metadata.name": look_up(node, "metadata", "name")}
    wanted = [(each, labels(node)) for each in dicts(term, "matchExpressions")]
    wanted += [(each, fields) for each in dicts(term, "matchFields")]
    # A term that says nothing takes no node.
    return bool(wanted) and selectors.all_of(selectors.meets(*each) for each in wanted) is not False


def tolerates(spec: object, node: object) -> bool:
    """Tell whether a pod tolerates the taints that would keep it out of a node."""
    tolerations = look_up(spec, "tolerations")
    if isinstance(tolerations, Unknown):
        return True
    return all(
        any(_is_tolerated(taint, one) for one in items(tolerations))
        for taint in dicts(node, "spec", "taints")
        if taint.get("effect") in ("NoSchedule", "NoExecute")
    )


def _is_tolerated(taint: Json, toleration: object) -> bool:
    if isinstance(toleration, Unknown):
        return True
    said = mapping(toleration)
    key, exists = said.get("key"), _agrees(said.get("operator"), "Exists")
    same_value = _agrees(said.get("value") or "", taint.get("value") or "")
    same_effect = _agrees(said.get("effect") or taint["effect"], taint["effect"])
    same_key = _agrees(key, taint.get("key")) if key else exists
    return same_effect and same_key and (exists or same_value)


def _agrees(left: object, right: object) -> bool:
    return left == right or isinstance(left, Unknown) or isinstance(right, Unknown)


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
