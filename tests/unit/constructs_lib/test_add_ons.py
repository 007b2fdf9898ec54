from __future__ import annotations

import json

import pytest

from constructs_lib.specs.add_ons import ADD_ON_NAMES
from constructs_lib.specs.kubernetes_versions import RELEASES
from tests.support import Assembly, Template, resources_of
from tests.unit.constructs_lib.templates import add_on, managed_policies, one, properties
from tests.unit.constructs_lib.variants import Variants

ROLES = {
    "vpc-cni": ("PodNetworkingVpcCni", "aws-node", "AmazonEKS_CNI_Policy"),
    "aws-ebs-csi-driver": (
        "AddOnsEbsCsiDriver",
        "ebs-csi-controller-sa",
        "AmazonEBSCSIDriverEKSClusterScopedPolicy",
    ),
}


def pins(release: str) -> dict[str, str | None]:
    """Return the pins of the platform's add-ons."""
    return {name: RELEASES[release].add_ons.get(name) for name in ADD_ON_NAMES}


def versions(template: Template) -> dict[str, str | None]:
    """Return the version of each add-on; None where EKS chooses."""
    return {
        resource["Properties"]["AddonName"]: resource["Properties"].get("AddonVersion")
        for resource in resources_of(template, "AWS::EKS::Addon").values()
    }


@pytest.mark.parametrize(("stack", "release"), [("Dev/Cluster", "1.36"), ("Prod/Cluster", "1.35")])
def test_add_ons_are_those_of_the_kubernetes_version(
    stack: str, release: str, assembly: Assembly
) -> None:
    """Each environment gets the set that was seen running on its version."""
    assert versions(assembly.templates[stack]) == pins(release)


def test_an_environment_may_choose_another_version(variants: Variants) -> None:
    """An override wins over the pin, and None leaves the choice to EKS."""
    found = versions(variants.platforms.templates["Closed/Cluster"])
    expected = {
        **pins("1.35"),
        "coredns": "v1.14.2-eksbuild.5",
        "metrics-server": None,
    }
    assert found == expected


@pytest.mark.parametrize("name", ROLES)
def test_an_add_on_has_a_role_of_its_own(name: str, assembly: Assembly) -> None:
    """One policy, for one service account, through Pod Identity."""
    template = assembly.templates["Prod/Cluster"]
    prefix, account, policy = ROLES[name]
    role = one(template, "AWS::IAM::Role", prefix)
    assert managed_policies(template, role) == {policy}
    assert properties(template, add_on(template, name))["PodIdentityAssociations"] == [
        {"RoleArn": {"Fn::GetAtt": [role, "Arn"]}, "ServiceAccount": account}
    ]


def test_add_ons_that_call_no_aws_service_have_no_role(assembly: Assembly) -> None:
    """What is not given can't be misused."""
    template = assembly.templates["Prod/Cluster"]
    for name in versions(template).keys() - ROLES.keys():
        found = properties(template, add_on(template, name))
        assert "PodIdentityAssociations" not in found
        assert "ServiceAccountRoleArn" not in found


def test_changes_by_hand_are_overwritten(assembly: Assembly) -> None:
    """The template is the truth, and an add-on that goes takes its software with it."""
    for resource in resources_of(assembly.templates["Dev/Cluster"], "AWS::EKS::Addon").values():
        assert resource["Properties"]["ResolveConflicts"] == "OVERWRITE"
        assert resource["Properties"]["PreserveOnDelete"] is False


@pytest.fixture
def existing(variants: Variants) -> Template:
    """Return the cluster with additional add-ons."""
    return variants.platforms.templates["Existing/Cluster"]


def test_any_add_on_of_eks_is_a_line(existing: Template) -> None:
    """Its version is the environment's, or EKS's default; its configuration travels as it is."""
    installed = versions(existing)
    assert installed["aws-efs-csi-driver"] == "v2.1.10-eksbuild.1"
    assert installed["kubecost_kubecost"] is None
    driver = properties(existing, add_on(existing, "aws-efs-csi-driver"))
    assert json.loads(driver["ConfigurationValues"]) == {"a": {"b": 1}}
    certificates = properties(existing, add_on(existing, "cert-manager"))
    assert certificates["NamespaceConfig"] == {"Namespace": "certificates"}
    assert "ConfigurationValues" not in certificates


def test_a_known_add_on_brings_its_policy(existing: Template) -> None:
    """The policy that AWS recommends, for its own service account."""
    role = one(existing, "AWS::IAM::Role", "AddOnsAdditionalawsefscsidriver")
    assert managed_policies(existing, role) == {"AmazonEFSCSIDriverPolicy"}
    assert properties(existing, add_on(existing, "aws-efs-csi-driver"))[
        "PodIdentityAssociations"
    ] == [{"RoleArn": {"Fn::GetAtt": [role, "Arn"]}, "ServiceAccount": "efs-csi-controller-sa"}]


def test_permissions_are_those_of_the_environment(existing: Template) -> None:
    """Managed policies and statements, conditions included."""
    role = one(existing, "AWS::IAM::Role", "AddOnsAdditionalawsmountpoint")
    assert managed_policies(existing, role) == {"CloudWatchAgentServerPolicy"}
    name = one(existing, "AWS::IAM::Policy", "AddOnsAdditionalawsmountpoint")
    policy = properties(existing, name)
    installed = existing["Resources"][add_on(existing, "aws-mountpoint-s3-csi-driver")]
    assert name in installed["DependsOn"]
    assert policy["Roles"] == [{"Ref": role}]
    waits = existing["Resources"][add_on(existing, "aws-mountpoint-s3-csi-driver")]["DependsOn"]
    assert one(existing, "AWS::IAM::Policy", "AddOnsAdditionalawsmountpoint") in waits
    assert policy["PolicyDocument"]["Statement"] == [
        {"Action": "s3:ListBucket", "Effect": "Allow", "Resource": "arn:aws:s3:::data"},
        {
            "Action": "s3:GetObject",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            "Effect": "Allow",
            "Resource": "arn:aws:s3:::data/*",
        },
    ]


def test_an_add_on_comes_after_what_it_needs(existing: Template) -> None:
    """The collector's operator wants certificates; all want nodes."""
    resources = existing["Resources"]
    needed = resources[add_on(existing, "adot")]["DependsOn"]
    assert add_on(existing, "cert-manager") in needed
    nodes = resources_of(existing, "AWS::EKS::Nodegroup")
    assert set(nodes) <= set(resources[add_on(existing, "kubecost_kubecost")]["DependsOn"])


def test_a_synth_says_which_configuration_is_not_checked(variants: Variants) -> None:
    """Where no schema is at hand, EKS is the first to look at it."""
    (stack,) = [each for each in variants.platforms.stacks if each.path == "Existing/Cluster"]
    infos = [
        entry["data"]
        for entries in stack.metadata.values()
        for entry in entries
        if entry["type"] == "aws:cdk:warning" and "not checked" in entry["data"]
    ]
    (info,) = infos
    assert info.startswith("The configuration of aws-efs-csi-driver is not checked:")
