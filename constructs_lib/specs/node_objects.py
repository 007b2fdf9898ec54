"""The Kubernetes object of a node of a group, as the scheduler sees it."""

from __future__ import annotations

from collections.abc import Mapping

from constructs_lib.specs.node_pools import NodePoolSpec
from constructs_lib.specs.nodes import NodesSpec
from kube.scheduling import TAINT_EFFECTS
from kube.values import Json

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
