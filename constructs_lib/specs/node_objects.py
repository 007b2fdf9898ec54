"""The Kubernetes object of a node of a group, as the scheduler sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from capacity.inputs import WINDOWS
from constructs_lib.specs.compute_protocol import Compute
from kube.pods import pod_template
from kube.scheduling import SYSTEM, TAINT_EFFECTS, takes
from kube.values import Json, Unknown, text


def node_of(group: Compute, more: Mapping[str, str]) -> Json:
    """Return a node with the labels and taints of its group or pool, and `more` labels."""
    labels = {**group.node_labels, **group.system_labels}
    taints = [
        {"key": each.key, "value": each.value, "effect": TAINT_EFFECTS.get(each.effect)}
        for each in group.node_taints
    ]
    return {"metadata": {"labels": {**labels, **more}}, "spec": {"taints": taints}}


def apart(group: Compute) -> str:
    """Return in words which nodes these are, where not every pod of Linux can run on them."""
    if group.system_labels[SYSTEM] != "linux":
        return WINDOWS
    keys = [each.key for each in group.node_taints if each.effect != "PREFER_NO_SCHEDULE"]
    return f"nodes with the taint {' and '.join(keys)}" if keys else ""


def on_each(objects: Iterable[Mapping[str, Any]], nodes: Iterable[tuple[Compute, int]]) -> int:
    """Return how many pods the DaemonSets among some objects have on so many nodes of groups and pools."""
    daemons = [each for each in objects if text(each, "kind") == "DaemonSet"]
    specs = [template.spec for template in map(pod_template, daemons) if template]
    return sum(
        count * takes(node_of(group, {Unknown("any label"): ""}), {"spec": spec})
        for group, count in nodes
        for spec in specs
    )
