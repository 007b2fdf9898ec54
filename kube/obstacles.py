"""What keeps a pod out of the nodes that come nearest to taking it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kube.scheduling import REQUIRED, is_selected, tolerates
from kube.values import Json, dicts, known, look_up, mapping, text

SEVERAL = 3
"""So many kinds of node are worth reading."""


def nearest(nodes: Iterable[tuple[str, Json]], spec: Json) -> str:
    """Return what keeps a pod out of the nearest nodes, by their names; empty where nothing does.

    Nearest are nodes with the fewest labels and terms that it asks for and they lack; among those, the ones with
    the fewest taints that it doesn't tolerate.
    """
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name, node in nodes:
        here = [*unselected(node, spec)], [*taints(node, spec)]
        if any(here) and (name not in found or _far(here) < _far(found[name])):
            found[name] = here
    least = min(map(_far, found.values()), default=(0, 0))
    near = [
        f"{name} by {' and '.join([*labels, *tainted])}"
        for name, (labels, tainted) in found.items()
        if _far((labels, tainted)) == least
    ]
    words = ", ".join(near[:SEVERAL])
    return f"{words} keeps them out" if len(near) == 1 else f"{words} keep them out" * bool(near)


def _far(obstacles: tuple[list[str], list[str]]) -> tuple[int, int]:
    selection, tainted = obstacles
    return len(selection), len(tainted)


def unselected(node: Json, spec: Json) -> Iterator[str]:
    """Yield the labels and terms of an affinity that a pod asks for and a node doesn't have."""
    for key, value in mapping(spec, "nodeSelector").items():
        if not is_selected(node, {"nodeSelector": {key: value}}):
            has = look_up(node, "metadata", "labels", str(key))
            yield f"nodeSelector {key}={value}" + f" (its nodes have {has})" * bool(has)
    required = look_up(spec, "affinity", "nodeAffinity", REQUIRED)
    unmet = [
        [x for x in dicts(term, "matchExpressions") if not _meets(node, x)]
        for term in dicts(required, "nodeSelectorTerms")
    ]
    if unmet and not is_selected(node, {"affinity": look_up(spec, "affinity")}):
        nearest_term = min(unmet, key=len)
        for each in nearest_term:
            values = ", ".join(map(str, each.get("values") or ()))
            words = (text(each, "key"), text(each, "operator"), values)
            yield f"node affinity {' '.join(filter(None, words))}"
        if not nearest_term:
            # By the fields of a node, or by a term that matches none.
            yield "node affinity"


def taints(node: Json, spec: Json) -> Iterator[str]:
    """Yield the taints of a node that a pod doesn't tolerate."""
    for taint in dicts(node, "spec", "taints"):
        if not tolerates(spec, {"spec": {"taints": [taint]}}):
            value = f"={taint['value']}" if taint.get("value") and known(taint["value"]) else ""
            yield f"its taint {taint.get('key')}{value}:{taint.get('effect')}"


def _meets(node: Json, expression: Json) -> bool:
    term = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    return is_selected(node, {"affinity": {"nodeAffinity": {REQUIRED: term}}})
