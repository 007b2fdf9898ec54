from __future__ import annotations

from typing import Any

import pytest

from kube.obstacles import nearest
from kube.scheduling import REQUIRED
from tests.unit.kube.pod_specs import node

TAINT = {"key": "os", "value": "windows", "effect": "NoSchedule"}
NODES = [
    ("General", node("a", labels={"os": "linux", "arch": "arm64"})),
    ("Windows", node("b", labels={"os": "windows", "arch": "amd64"}, taints=[TAINT])),
]
LETS_IN = {"tolerations": [{"key": "os", "operator": "Exists"}]}


def wants(*expressions: dict[str, Any]) -> dict[str, Any]:
    """Return the affinity for one term."""
    terms = {"nodeSelectorTerms": [{"matchExpressions": [*expressions]}]}
    return {"affinity": {"nodeAffinity": {REQUIRED: terms}}}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"nodeSelector": {"os": "windows"}} | LETS_IN,
            "General by nodeSelector os=windows (its nodes have linux) keeps them out",
        ),
        (
            {"nodeSelector": {"os": "windows", "arch": "amd64"}},
            "Windows by its taint os=windows:NoSchedule keeps them out",
        ),
        (
            {"nodeSelector": {"os": "windows"}},
            "Windows by its taint os=windows:NoSchedule keeps them out",
        ),
        ({"nodeSelector": {"team": "b"}}, "General by nodeSelector team=b keeps them out"),
        (
            wants({"key": "arch", "operator": "In", "values": ["s390x", "ppc64"]}),
            "General by node affinity arch In s390x, ppc64 keeps them out",
        ),
        # A term by the fields of a node.
        (
            wants() | {"tolerations": []},
            "General by node affinity keeps them out",
        ),
        (
            wants({"key": "team", "operator": "Exists"}),
            "General by node affinity team Exists keeps them out",
        ),
    ],
)
def test_the_nearest_nodes_are_told_with_what_keeps_pods_out(
    spec: dict[str, Any], words: str
) -> None:
    assert nearest(NODES, spec) == words


def test_several_may_be_as_near() -> None:
    both = [("A", NODES[0][1]), ("B", NODES[0][1]), NODES[1]]
    words = "A by nodeSelector team=b, B by nodeSelector team=b keep them out"
    assert nearest(both, {"nodeSelector": {"team": "b"}}) == words


def test_nothing_keeps_out_what_all_nodes_take() -> None:
    assert nearest(NODES[:1], {}) == ""
    assert nearest([], {"nodeSelector": {"os": "windows"}}) == ""
