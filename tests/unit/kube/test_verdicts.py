"""Whether we say of an object what a real API server said: see `format` in verdicts.json."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kube.validity import problems
from tests.unit.kube.objects import VERDICTS, patched

CASES = VERDICTS["cases"]
TAKEN, UNREADABLE, NOT_FOUND, INVALID, BY_POLICY = 201, 400, 404, 422, 403

NOT_OURS = {
    "clusterIP outside the range": "the range is the cluster's, which an object doesn't show",
}
"""Refusals that no look at one object can find."""

SPELLINGS = {
    "annotations.kubernetes.io/ingress.class": "metadata.annotations[kubernetes.io/ingress.class]",
    "spec.LoadBalancerSourceRanges": "spec.loadBalancerSourceRanges",
    "spec.template.labels": "spec.template.metadata.labels",
    "spec.template.annotations": "spec.template.metadata.annotations",
    "spec.resources[storage]": "spec.resources.requests[storage]",
    "spec.volumeClaimTemplates[0].spec.resources[storage]": (
        "spec.volumeClaimTemplates[0].spec.resources.requests[storage]"
    ),
}
"""Paths as the server writes them, where no field has that path."""
FIELD = re.compile(r"(?:is invalid: \[?|, )([A-Za-z][^: ]*): [A-Z]")
READABLE_FIELDS = {
    "cpu 0,5": "spec.template.spec.containers[0].resources.requests[cpu]",
    "emptyDir sizeLimit 1Gigs": "spec.template.spec.volumes[0].emptyDir.sizeLimit",
    'port as text "80"': "spec.ports[0].port",
    "PodSecurityPolicy policy/v1beta1": "apiVersion",
}
"""Where the server's message names no path: what is wrong."""


def of_status(*statuses: int) -> list[dict[str, Any]]:
    return [case for case in CASES if case["status"] in statuses]


@pytest.mark.parametrize("case", of_status(TAKEN, BY_POLICY), ids=lambda case: case["name"])
def test_what_the_server_takes_has_no_problem(case: dict[str, Any]) -> None:
    """Pod Security (403) is a policy of the namespace: test_pod_security.py has those."""
    assert [str(problem) for problem in problems(patched(case), "1.36")] == []


@pytest.mark.parametrize(
    "case", of_status(UNREADABLE, NOT_FOUND, INVALID), ids=lambda case: case["name"]
)
def test_what_the_server_refuses_is_refused_at_the_same_field(case: dict[str, Any]) -> None:
    """One of the fields that the server names is among ours."""
    found = [problem.field for problem in problems(patched(case), "1.36")]
    if case["name"] in NOT_OURS:
        assert found == []
        return
    stated = [READABLE_FIELDS[case["name"]]] if case["name"] in READABLE_FIELDS else fields(case)
    assert any(ours == theirs or is_within(ours, theirs) for ours in found for theirs in stated)


def fields(case: dict[str, Any]) -> list[str]:
    named = FIELD.findall(case["message"])
    assert named
    return [spelled(each) for each in named]


def spelled(field: str) -> str:
    for theirs, right in SPELLINGS.items():
        if field.startswith(theirs):
            return field.replace(theirs, right, 1)
    return field


def is_within(ours: str, theirs: str) -> bool:
    """Tell whether we name the item or the word where the server names the list or the whole."""
    return ours.startswith(f"{theirs}[") or ours in (f"{theirs}.type", f"{theirs}.resourceName")


def test_nearly_all_refusals_are_found() -> None:
    refused = of_status(UNREADABLE, NOT_FOUND, INVALID)
    assert len(NOT_OURS) / len(refused) < 0.05
