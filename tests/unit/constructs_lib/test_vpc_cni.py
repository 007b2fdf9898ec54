from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.specs.cluster import VpcCniSpec
from constructs_lib.vpc_cni import settings
from tests.support import Assembly, Template, joined
from tests.unit.constructs_lib.templates import add_on, managed_policies, one, properties
from tests.unit.constructs_lib.variants import Variants

STANDARD = {"NETWORK_POLICY_ENFORCING_MODE": "standard"}
SETTINGS: dict[str, tuple[VpcCniSpec, dict[str, Any]]] = {
    "defaults": (VpcCniSpec(), {"enableNetworkPolicy": "true", "env": STANDARD}),
    "nothing": (VpcCniSpec(network_policy=False), {"enableNetworkPolicy": "false"}),
    "prefixes": (
        VpcCniSpec(prefix_delegation=True, warm_prefix_target=2),
        {
            "enableNetworkPolicy": "true",
            "env": {
                **STANDARD,
                "ENABLE_PREFIX_DELEGATION": "true",
                "WARM_PREFIX_TARGET": "2",
            },
        },
    ),
    "warm interfaces": (
        VpcCniSpec(warm_eni_target=0),
        {"enableNetworkPolicy": "true", "env": {**STANDARD, "WARM_ENI_TARGET": "0"}},
    ),
    "warm addresses": (
        VpcCniSpec(warm_ip_target=5, minimum_ip_target=10),
        {
            "enableNetworkPolicy": "true",
            "env": {**STANDARD, "WARM_IP_TARGET": "5", "MINIMUM_IP_TARGET": "10"},
        },
    ),
    "strict network policies": (
        VpcCniSpec(network_policy_enforcing_mode="strict"),
        {"enableNetworkPolicy": "true", "env": {"NETWORK_POLICY_ENFORCING_MODE": "strict"}},
    ),
    "pod security groups": (
        VpcCniSpec(pod_security_groups=True),
        {
            "enableNetworkPolicy": "true",
            "env": {
                **STANDARD,
                "ENABLE_POD_ENI": "true",
                "POD_SECURITY_GROUP_ENFORCING_MODE": "standard",
            },
        },
    ),
    "strict pod security groups": (
        VpcCniSpec(
            pod_security_groups=True,
            pod_security_group_enforcing_mode="strict",
            network_policy=False,
        ),
        {
            "enableNetworkPolicy": "false",
            "env": {"ENABLE_POD_ENI": "true", "POD_SECURITY_GROUP_ENFORCING_MODE": "strict"},
            "init": {"env": {"DISABLE_TCP_EARLY_DEMUX": "true"}},
        },
    ),
    "custom networking": (
        VpcCniSpec(custom_networking=True),
        {
            "enableNetworkPolicy": "true",
            "env": {
                **STANDARD,
                "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
                "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
            },
        },
    ),
    "external SNAT": (
        VpcCniSpec(external_snat=True, network_policy=False),
        {"enableNetworkPolicy": "false", "env": {"AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"}},
    ),
}


def leaves(node: object) -> Iterator[object]:
    """Yield every value below a node."""
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    else:
        yield node


def configuration(template: Template) -> dict[str, Any]:
    """Return the add-on's configuration values."""
    found = properties(template, add_on(template, "vpc-cni"))["ConfigurationValues"]
    values: dict[str, Any] = json.loads(joined(found))
    return values


@pytest.mark.parametrize(("spec", "expected"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_becomes_a_configuration_value(
    spec: VpcCniSpec, expected: dict[str, Any]
) -> None:
    """Each setting has its place; what is at the CNI's own default is left out."""
    assert settings(spec) == expected


@pytest.mark.parametrize("spec", [spec for spec, _ in SETTINGS.values()], ids=SETTINGS)
def test_every_value_is_a_string(spec: VpcCniSpec) -> None:
    """The add-on's schema refuses numbers and booleans."""
    assert all(isinstance(value, str) for value in leaves(settings(spec)))


def test_each_zone_has_its_pod_subnet(variants: Variants) -> None:
    """Custom networking finds subnet and security group of a node's zone."""
    template = variants.platforms.templates["Existing/Cluster"]
    values = configuration(template)
    assert values["enableNetworkPolicy"] == "true"
    assert values["env"]["NETWORK_POLICY_ENFORCING_MODE"] == "standard"
    assert values["eniConfig"] == {
        "create": True,
        "region": "eu-central-1",
        "subnets": {
            "eu-central-1a": {"id": "subnet-000000da", "securityGroups": ["value"]},
            "eu-central-1b": {"id": "subnet-000000db", "securityGroups": ["value"]},
        },
    }


def test_pods_share_the_cluster_security_group(variants: Variants) -> None:
    """The VPC's default group is closed, so pods on interfaces of their own need another."""
    template = variants.platforms.templates["Closed/Cluster"]
    values = json.dumps(properties(template, add_on(template, "vpc-cni"))["ConfigurationValues"])
    group = json.dumps(
        {"Fn::GetAtt": [one(template, "AWS::EKS::Cluster"), "ClusterSecurityGroupId"]}
    )
    assert values.count(group) == 3
    for letter in "ABC":
        assert f"NetworkPods{letter}Subnet" in values


def test_settings_reach_the_add_on(variants: Variants, assembly: Assembly) -> None:
    """What the environment says is what the add-on gets."""
    closed = configuration(variants.platforms.templates["Closed/Cluster"])
    assert closed["env"]["WARM_IP_TARGET"] == "4"
    assert closed["env"]["AWS_VPC_K8S_CNI_EXTERNALSNAT"] == "true"
    assert closed["init"] == {"env": {"DISABLE_TCP_EARLY_DEMUX": "true"}}
    assert "eniConfig" not in configuration(assembly.templates["Dev/Cluster"])
    prod = configuration(assembly.templates["Prod/Cluster"])
    assert prod["env"]["ENABLE_PREFIX_DELEGATION"] == "true"


def test_the_cni_has_a_role_of_its_own(variants: Variants) -> None:
    """Its one policy comes to aws-node through Pod Identity."""
    template = variants.platforms.templates["Closed/Cluster"]
    role = one(template, "AWS::IAM::Role", "PodNetworkingVpcCni")
    assert managed_policies(template, role) == {"AmazonEKS_CNI_Policy"}
    assert "Policies" not in properties(template, role)
    assert properties(template, add_on(template, "vpc-cni"))["PodIdentityAssociations"] == [
        {"RoleArn": {"Fn::GetAtt": [role, "Arn"]}, "ServiceAccount": "aws-node"}
    ]
    (statement,) = properties(template, role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert set(statement["Action"]) == {"sts:AssumeRole", "sts:TagSession"}
