from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local_aws.emulator.ordering import hostile_order

ADD_ON = "AWS::EKS::Addon"
OTHER = "AWS::IAM::Role"

CASES = json.loads(Path(__file__).with_name("ordering.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("case", "resources", "expected"), CASES)
def test_the_order_is_the_worst_that_the_edges_allow(
    case: str, resources: dict[str, tuple[str, list[str]]], expected: list[str]
) -> None:
    order = hostile_order(
        {name: kind for name, (kind, _) in resources.items()},
        {name: frozenset(needed) for name, (_, needed) in resources.items()},
    )
    assert order == expected, case


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="Circular dependency between resources: \\[A, B\\]"):
        hostile_order({"A": OTHER, "B": OTHER}, {"A": frozenset("B"), "B": frozenset("A")})


def test_stacks_are_created_and_deleted_in_this_order(cloud: Any, shared: str) -> None:  # noqa: ANN401
    """The add-on comes after the log group that stands behind it in the alphabet."""
    stack = cloud.deploy(
        {
            "Aaa": {
                "Type": ADD_ON,
                "Properties": {"ClusterName": shared, "AddonName": "snapshot-controller"},
            },
            "Zzz": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        }
    )
    stack.destroy()
    done = [
        (event["LogicalResourceId"], event["ResourceStatus"])
        for event in reversed(stack.events)
        if event["ResourceStatus"] in {"CREATE_COMPLETE", "DELETE_COMPLETE"}
        and event["LogicalResourceId"] in {"Aaa", "Zzz"}
    ]
    assert done == [
        ("Zzz", "CREATE_COMPLETE"),
        ("Aaa", "CREATE_COMPLETE"),
        ("Aaa", "DELETE_COMPLETE"),
        ("Zzz", "DELETE_COMPLETE"),
    ]
