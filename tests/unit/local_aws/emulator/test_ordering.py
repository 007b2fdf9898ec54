from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_aws.emulator.ordering import hostile_order
from tests.unit.local_aws.emulator.cloud import Cloud
from tests.unit.local_aws.emulator.templates import resource

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


def test_stacks_are_created_and_deleted_in_this_order(cloud: Cloud, shared: str) -> None:
    """The add-on comes after the log group that stands behind it in the alphabet."""
    add_on = resource("EKS::Addon", ClusterName=shared, AddonName="snapshot-controller")
    stack = cloud.create({"Aaa": add_on, "Zzz": resource("Logs::LogGroup")}).destroy()
    done = [
        (event["LogicalResourceId"], event["ResourceStatus"].removesuffix("_COMPLETE"))
        for event in reversed(stack.events)
        if event["ResourceStatus"].endswith("COMPLETE") and len(event["LogicalResourceId"]) == 3
    ]
    assert done == [("Zzz", "CREATE"), ("Aaa", "CREATE"), ("Aaa", "DELETE"), ("Zzz", "DELETE")]
