"""The Kubernetes object of a node of a group, as the scheduler sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from constructs_lib.specs.node_pools import NodePoolSpec
from constructs_lib.specs.nodes import NodesSpec
from kube.pods import pod_template
from kube.scheduling import TAINT_EFFECTS, takes
from kube.values import Json, Unknown, text

ARCHITECTURE = "kubernetes.io/arch"
SYSTEM = "kubernetes.io/os"


def node_of(group: NodesSpec | NodePoolSpec, more: Mapping[str, str]) -> Json:
    """Return a node with the labels and taints of its group or pool, and `more` labels.

    A pool may have nodes of several architectures: the one meant is among `more`.
    """
    labels = {**group.node_labels, SYSTEM: "linux"}
    if isinstance(group, NodesSpec):
        labels[ARCHITECTURE] = group.kubernetes_architecture
        labels[SYSTEM] = "windows" if group.is_windows else "linux"
    taints = [
        {"key": each.key, "value": each.value, "effect": TAINT_EFFECTS.get(each.effect)}
        for each in group.node_taints
    ]
    return {"metadata": {"labels": {**labels, **more}}, "spec": {"taints": taints}}


def on_each(
    objects: Iterable[Mapping[str, Any]], nodes: Iterable[tuple[NodesSpec | NodePoolSpec, int]]
) -> int:
    """Return how many pods the DaemonSets among some objects have on so many nodes of groups and pools."""
    daemons = [each for each in objects if text(each, "kind") == "DaemonSet"]
    specs = [template.spec for template in map(pod_template, daemons) if template]
    return sum(
        count * takes(node_of(group, {Unknown("any label"): ""}), {"spec": spec})
        for group, count in nodes
        for spec in specs
    )
