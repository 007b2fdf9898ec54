from __future__ import annotations

import pytest

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
    assert versions(assembly.templates[stack]) == dict(RELEASES[release].add_ons)


def test_an_environment_may_choose_another_version(variants: Variants) -> None:
    """An override wins over the pin, and None leaves the choice to EKS."""
    found = versions(variants.platforms.templates["Closed/Cluster"])
    expected = {
        **RELEASES["1.35"].add_ons,
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
