from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.environment import Environment
from guardrails.catalogue import RULES
from tests.unit.guardrails.environments import TODAY, of_resources

Json = dict[str, Any]


def cluster(
    name: str, instance_type: str, env: dict[str, str], **values: object
) -> dict[str, Json]:
    """Return a cluster, its vpc-cni and a node group."""
    here = {"Ref": name}
    configuration = json.dumps({"env": env, **values})
    return {
        name: {"Type": "AWS::EKS::Cluster", "Properties": {}},
        f"{name}Cni": {
            "Type": "AWS::EKS::Addon",
            "Properties": {
                "ClusterName": here,
                "AddonName": "vpc-cni",
                "ConfigurationValues": configuration,
            },
        },
        f"{name}Group": {
            "Type": "AWS::EKS::Nodegroup",
            "Properties": {"ClusterName": here, "InstanceTypes": [instance_type]},
        },
    }


def found(environment: Environment) -> list[tuple[str, str]]:
    """Return the rules that find something, and where."""
    return [
        (rule.id, finding.resource.logical_id)
        for rule in RULES
        if rule.family == "Do pods get addresses and a network?"
        for finding in rule.check(environment)
    ]


@pytest.mark.parametrize(
    ("env", "instance_type", "rules"),
    [
        ({}, "t3.large", []),
        ({"ENABLE_POD_ENI": "false"}, "t3.large", []),
        (
            {"ENABLE_POD_ENI": "true", "POD_SECURITY_GROUP_ENFORCING_MODE": "standard"},
            "m6i.large",
            [],
        ),
        (
            {"ENABLE_POD_ENI": "true", "POD_SECURITY_GROUP_ENFORCING_MODE": "standard"},
            "t3.large",
            ["CNI2"],
        ),
        # strict is the CNI's own default.
        ({"ENABLE_POD_ENI": "true"}, "m6i.large", ["CNI7"]),
        ({"ENABLE_PREFIX_DELEGATION": "true"}, "t3.large", []),
        ({"ENABLE_PREFIX_DELEGATION": "true"}, "t2.large", ["CNI3"]),
        ({"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}, "hpc6id.32xlarge", ["CNI4", "CNI5"]),
    ],
)
def test_a_setting_needs_instance_types(
    env: dict[str, str], instance_type: str, rules: list[str]
) -> None:
    """Branch interfaces, Nitro, a second interface."""
    environment = of_resources(TODAY, **cluster("Blue", instance_type, env))
    assert [rule for rule, _ in found(environment)] == rules


def test_the_settings_of_one_cluster_are_not_those_of_another() -> None:
    """Two clusters may stand in one stack."""
    environment = of_resources(
        TODAY,
        **cluster("Blue", "m6i.large", {"ENABLE_PREFIX_DELEGATION": "true"}),
        **cluster("Green", "t2.large", {}),
    )
    assert found(environment) == []


@pytest.mark.parametrize(
    ("image", "instance_type", "fits"),
    [
        ("AL2023_ARM_64_STANDARD", "m7g.large", True),
        ("AL2023_ARM_64_STANDARD", "m7i.large", False),
        ("BOTTLEROCKET_x86_64_NVIDIA", "g5.xlarge", True),
        ("WINDOWS_CORE_2022_x86_64", "m7g.large", False),
        ("CUSTOM", "m7g.large", True),
        (None, "m7g.large", True),
    ],
)
def test_an_image_is_of_the_architecture(
    image: str | None, instance_type: str, *, fits: bool
) -> None:
    """Of an image of somebody's own nothing is known."""
    group = {
        "Type": "AWS::EKS::Nodegroup",
        "Properties": {"AmiType": image, "InstanceTypes": [instance_type]},
    }
    assert found(of_resources(Group=group)) == ([] if fits else [("CNI8", "Group")])
