from __future__ import annotations

from typing import Any

import pytest

from assembly.kinds import NODE_GROUP
from guardrails.rules.pod_networking import instance_types, zones
from tests.unit.guardrails.environments import of_resources

TEMPLATE = {
    "Type": "AWS::EC2::LaunchTemplate",
    "Properties": {"LaunchTemplateData": {"InstanceType": "m7g.large"}},
}


@pytest.mark.parametrize(
    ("properties", "names"),
    [
        pytest.param(
            {"InstanceTypes": ["m6i.large", "m7i.large"]}, ["m6i.large", "m7i.large"], id="named"
        ),
        pytest.param(
            {"InstanceTypes": ["x99.large", "m6i.large"]}, ["m6i.large"], id="one too new"
        ),
        pytest.param({}, ["t3.medium"], id="EKS's default"),
        pytest.param(
            {"LaunchTemplate": {"Id": {"Ref": "Template"}}}, ["m7g.large"], id="templated"
        ),
        pytest.param({"LaunchTemplate": {"Id": "lt-0123456789"}}, [], id="a template of elsewhere"),
    ],
)
def test_a_group_has_instance_types(properties: dict[str, Any], names: list[str]) -> None:
    """Its own, or those of its launch template."""
    environment = of_resources(
        Group={"Type": NODE_GROUP, "Properties": properties}, Template=TEMPLATE
    )
    (group,) = environment.resources(NODE_GROUP)
    assert [kind.name for kind in instance_types(group)] == names


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        ([{"Ref": "A"}, {"Ref": "B"}, "subnet-0123456789"], {"eu-west-1a"}),
        ({"Fn::Split": [",", {"Ref": "Ids"}]}, set()),
    ],
)
def test_a_group_has_the_zones_of_its_subnets(subnets: object, expected: set[str]) -> None:
    """As far as the templates name them."""

    def subnet(zone: object) -> dict[str, Any]:
        return {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": zone}}

    environment = of_resources(
        Group={"Type": NODE_GROUP, "Properties": {"Subnets": subnets}},
        A=subnet("eu-west-1a"),
        B=subnet({"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
    )
    (group,) = environment.resources(NODE_GROUP)
    assert zones(environment, group) == expected
