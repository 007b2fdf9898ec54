from __future__ import annotations

import pytest

from guardrails.environment import Resource
from guardrails.targets import cluster_of, target
from tests.unit.guardrails.environments import TODAY, of_resources, of_templates

KEY = {"Type": "AWS::KMS::Key"}
CLUSTER = {"Type": "AWS::EKS::Cluster", "Properties": {}}
ACROSS = of_templates(
    Keys={
        "Resources": {"Key": KEY},
        "Outputs": {
            "Unnamed": {"Value": "x"},
            "Arn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": "Keys:Arn"}},
        },
    },
    Users={"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}},
)


@pytest.mark.parametrize(
    ("stack", "value", "logical_id"),
    [
        ("Keys", {"Ref": "Key"}, "Key"),
        ("Keys", {"Fn::GetAtt": ["Key", "Arn"]}, "Key"),
        ("Keys", {"Fn::GetAtt": "Key.Arn"}, "Key"),
        ("Users", {"Fn::ImportValue": "Keys:Arn"}, "Key"),
        ("Users", {"Fn::ImportValue": "Keys:Id"}, None),
        ("Users", {"Ref": "Key"}, None),
        ("Users", {"Fn::Join": ["", []]}, None),
        ("Users", "Key", None),
        ("Users", None, None),
    ],
)
def test_a_value_points_to_a_resource(stack: str, value: object, logical_id: str | None) -> None:
    """Within a stack by its logical id, across stacks by an export."""
    found = target(ACROSS, stack, value)
    assert (found.logical_id if found else None) == logical_id


@pytest.mark.parametrize(
    ("name", "clusters", "expected"),
    [
        ({"Ref": "One"}, ["One", "Two"], "One"),
        ("two", ["One", "Two"], None),
        ("one", ["One"], "One"),
        (None, [], None),
    ],
)
def test_a_resource_has_a_cluster(name: object, clusters: list[str], expected: str | None) -> None:
    """A name that can't be followed is that of the only one."""
    environment = of_resources(TODAY, **dict.fromkeys(clusters, CLUSTER))
    group = Resource(
        stack="Stack",
        logical_id="Group",
        kind="AWS::EKS::Nodegroup",
        body={"Properties": {"ClusterName": name}},
    )
    found = cluster_of(environment, group)
    assert (found.logical_id if found else None) == expected
