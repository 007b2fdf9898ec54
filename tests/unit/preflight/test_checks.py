"""What each check asks, and what it makes of the answers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from preflight import identities, names, place, versions
from preflight.row import Check
from tests.unit.preflight.support import ACCOUNT, REGION, RESOURCES, Answer, rows, target

KEYS = {
    "AccessKeyId": "A" * 16,
    "SecretAccessKey": "secret",
    "SessionToken": "token",
    "Expiration": "2026-11-28T00:00:00Z",
}
ASSUMED: Answer = ("sts", "assume_role", {"Credentials": KEYS})
VERSION: Answer = ("ssm", "get_parameter", {"Parameter": {"Value": "28"}})


def role(name: str, *, path: str = "/", trusts: str = "") -> dict[str, Any]:
    """Return what IAM tells of a role."""
    trust = f'{{"Statement": [{{"Principal": {{"AWS": "{trusts}"}}}}]}}'
    return {
        "Role": {
            "Path": path,
            "RoleName": name,
            "RoleId": "A" * 16,
            "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
            "CreateDate": "2026-11-28T00:00:00Z",
            "AssumeRolePolicyDocument": trust,
        }
    }


def user(arn: str) -> dict[str, Any]:
    """Return what IAM tells of a user."""
    known = {
        "Path": "/",
        "UserName": "ada",
        "UserId": "A" * 16,
        "CreateDate": "2026-11-28T00:00:00Z",
    }
    return {"User": {**known, "Arn": arn}}


def zone(name: str, identity: str, state: str = "available") -> dict[str, str]:
    """Return what EC2 tells of a zone."""
    return {"ZoneName": name, "ZoneId": identity, "State": state}


def zones(*found: dict[str, str]) -> Answer:
    """Return what EC2 tells of all zones."""
    return "ec2", "describe_availability_zones", {"AvailabilityZones": list(found)}


def offers(*found: tuple[str, str]) -> Answer:
    """Return which zones offer which instance types."""
    listed = [{"Location": f"{REGION}{letter}", "InstanceType": name} for letter, name in found]
    return "ec2", "describe_instance_type_offerings", {"InstanceTypeOfferings": listed}


def stack(status: str, *, protected: bool = False) -> Answer:
    """Return what CloudFormation tells of a stack."""
    told = {
        "StackName": "Dev-Blue",
        "CreationTime": "2026-11-28T00:00:00Z",
        "StackStatus": status,
        "EnableTerminationProtection": protected,
    }
    return "cloudformation", "describe_stacks", {"Stacks": [told]}


def held(name: str, status: str = "CREATE_COMPLETE") -> Answer:
    """Return a stack that holds one resource."""
    resource = {
        "LogicalResourceId": "Any",
        "PhysicalResourceId": name,
        "ResourceType": "AWS::Any",
        "LastUpdatedTimestamp": "2026-11-28T00:00:00Z",
        "ResourceStatus": status,
    }
    return "cloudformation", "list_stack_resources", {"StackResourceSummaries": [resource]}


def offered(*found: tuple[str, str]) -> Answer:
    """Return the Kubernetes versions of EKS with their support."""
    listed = [{"clusterVersion": version, "versionStatus": status} for version, status in found]
    return "eks", "describe_cluster_versions", {"clusterVersions": listed}


def add_ons(*found: str) -> Answer:
    """Return the versions of an add-on."""
    listed = [{"addonVersion": version} for version in found]
    return "eks", "describe_addon_versions", {"addons": [{"addonVersions": listed}]}


CNI = partial(versions.add_on, name="vpc-cni")
ALL_TYPES = [(letter, name) for letter in "ab" for name in ("t4g.large", "m7g.large", "m6g.large")]
LOG = "/aws/eks/blue/cluster"
NO_ROLE: Answer = ("iam", "get_role", "NoSuchEntity")
NO_STACK: Answer = ("cloudformation", "describe_stacks", "ValidationError")
ADA = f"arn:aws:iam::{ACCOUNT}:user/team/ada"
ADA_IS_THERE: Answer = ("iam", "get_user", user(ADA))
POLICY: Answer = ("iam", "get_policy", {"Policy": {"PolicyName": "AmazonEKSClusterPolicy"}})


def region(status: str) -> Answer:
    """Return what EC2 tells of the region."""
    return "ec2", "describe_regions", {"Regions": [{"OptInStatus": status}]}


@pytest.mark.parametrize(
    ("check", "answers", "expected"),
    [
        (place.region, [region("opted-in")], [("passes", "opted-in", "")]),
        (place.region, [region("not-opted-in")], [("fails", "not-opted-in", "enable-region")]),
        (
            place.bootstrap,
            [VERSION, ASSUMED, ASSUMED, ("iam", "get_role", role("cdk-exec"))],
            [
                ("passes", "version 28, required 6", ""),
                ("passes", "all 2 can be assumed", ""),
                ("passes", "exists", ""),
            ],
        ),
        (
            place.bootstrap,
            [("ssm", "get_parameter", "ParameterNotFound")],
            [
                (
                    "fails",
                    "/cdk-bootstrap/x/version doesn't exist",
                    f"cdk bootstrap aws://{ACCOUNT}/{REGION}",
                )
            ],
        ),
        (
            place.bootstrap,
            [
                ("ssm", "get_parameter", {"Parameter": {"Value": "5"}}),
                ("sts", "assume_role", "AccessDenied"),
                ASSUMED,
                NO_ROLE,
            ],
            [
                ("fails", "version 5, required 6", "cdk bootstrap"),
                ("fails", "can't assume arn:aws:iam::", "allow sts:AssumeRole on arn:aws:iam::"),
                ("fails", "doesn't exist", "cdk bootstrap"),
            ],
        ),
        (
            place.zones,
            [zones(zone("eu-west-1a", "euw1-az1"), zone("eu-west-1b", "euw1-az2", "impaired"))],
            [
                ("passes", "euw1-az1 available", ""),
                ("fails", "euw1-az2 impaired", "you have eu-west-1a, eu-west-1b"),
            ],
        ),
        (
            place.zones,
            [zones(zone("eu-west-1a", "euw1-az1"))],
            [("passes", "", ""), ("fails", "doesn't exist in this account", "other zones")],
        ),
        (place.instance_types, [offers(*ALL_TYPES)], [("passes", "in all of its 2 zones", "")]),
        (
            place.instance_types,
            [offers(*ALL_TYPES[1:])],
            [("warns", "t4g.large not in eu-west-1a", "use types that every zone")],
        ),
        (
            place.instance_types,
            [offers(*ALL_TYPES[3:])],
            [("fails", "t4g.large not in eu-west-1a", "or other zones")],
        ),
        (
            versions.kubernetes_versions,
            [offered(("1.36", "STANDARD_SUPPORT"))],
            [("passes", "standard support until an unknown date"[:30], "")],
        ),
        (
            versions.kubernetes_versions,
            [offered(("1.36", "EXTENDED_SUPPORT"))],
            [("warns", "extended support, which costs more", "docs/upgrade.md")],
        ),
        (
            versions.kubernetes_versions,
            [offered(("1.35", "STANDARD_SUPPORT"), ("1.34", "EXTENDED_SUPPORT"))],
            [("fails", "EKS offers 1.34, 1.35", "docs/upgrade.md")],
        ),
        (CNI, [add_ons("v1.22.4-eksbuild.3")], [("passes", "v1.22.4-eksbuild.3", "")]),
        (CNI, [add_ons("v2", "v1")], [("fails", "not offered for Kubernetes 1.36", "v2, v1")]),
        (CNI, [add_ons()], [("fails", "not offered", "remove it")]),
        (names.stacks, [NO_STACK], [("passes", "doesn't exist yet", "")]),
        (names.stacks, [stack("UPDATE_COMPLETE")], [("passes", "UPDATE_COMPLETE", "")]),
        (names.stacks, [stack("CREATE_FAILED")], [("warns", "the last deploy failed", "")]),
        (names.stacks, [stack("ROLLBACK_COMPLETE")], [("warns", "the last deploy failed", "")]),
        (
            names.stacks,
            [stack("ROLLBACK_COMPLETE", protected=True)],
            [("fails", "ROLLBACK_COMPLETE", "--no-enable-termination-protection")],
        ),
        (
            names.stacks,
            [stack("ROLLBACK_FAILED")],
            [("fails", "ROLLBACK_FAILED", f"delete-stack --stack-name Dev-Blue --region {REGION}")],
        ),
        (
            names.stacks,
            [stack("UPDATE_ROLLBACK_FAILED", protected=True)],
            [("fails", "", "aws cloudformation continue-update-rollback")],
        ),
        (
            names.stacks,
            [stack("UPDATE_IN_PROGRESS")],
            [("warns", "", "wait until this operation ends")],
        ),
        (names.clusters, [("eks", "list_clusters", {"clusters": []})], [("passes", "free", "")]),
        (
            names.clusters,
            [("eks", "list_clusters", {"clusters": ["blue"]}), held("blue")],
            [("passes", "belongs to this environment", "")],
        ),
        (
            names.clusters,
            [("eks", "list_clusters", {"clusters": ["blue"]}), held("blue", "DELETE_SKIPPED")],
            [("fails", "taken", "aws eks delete-cluster --name blue --region eu-west-1")],
        ),
        (
            names.log_groups,
            [
                ("logs", "describe_log_groups", {"logGroups": [{"logGroupName": LOG}]}),
                ("cloudformation", "list_stack_resources", "ValidationError"),
            ],
            [("fails", "taken", f"aws logs delete-log-group --log-group-name {LOG}")],
        ),
        (
            names.log_groups,
            [("logs", "describe_log_groups", {"logGroups": [{"logGroupName": f"{LOG}-2"}]})],
            [("passes", "free", "")],
        ),
        (names.roles, [NO_ROLE], [("passes", "free", "")]),
        (
            names.roles,
            [("iam", "get_role", role("operator")), held("other")],
            [("fails", "taken", "delete the role operator")],
        ),
        (
            identities.principals,
            [("iam", "get_role", role("on-call")), ADA_IS_THERE],
            [("passes", "exists", ""), ("passes", "exists", "")],
        ),
        (
            identities.principals,
            [NO_ROLE, ("iam", "get_user", user(f"arn:aws:iam::{ACCOUNT}:user/ada"))],
            [
                ("fails", "is missing", "create it first"),
                ("fails", f"{ADA} is arn:aws:iam::{ACCOUNT}:user/ada", "change `access`"),
            ],
        ),
        (
            identities.principals,
            [("iam", "get_role", role("on-call", trusts="AROA" + "B" * 17)), ADA_IS_THERE],
            [("warns", "AROABBB", "update-assume-role-policy"), ("passes", "", "")],
        ),
        (
            identities.service_linked_roles,
            [("iam", "get_role", role("any"))] * 5,
            [("passes", "all exist", "")],
        ),
        (
            identities.service_linked_roles,
            [*[("iam", "get_role", role("any"))] * 3, NO_ROLE, ("iam", "get_role", role("any"))],
            [("warns", "AWSServiceRoleForEC2Spot", "for each of: spot.amazonaws.com")],
        ),
        (identities.managed_policies, [POLICY], [("passes", "all 1 exist", "")]),
        (
            identities.managed_policies,
            [("iam", "get_policy", "NoSuchEntity")],
            [("fails", "not found: arn:aws:iam::aws:policy/AmazonEKSClusterPolicy", "use others")],
        ),
    ],
)
def test_a_check(
    check: Check, answers: list[Answer], expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    """It passes, warns or fails, says what it found, and what to run where it does not pass."""
    found = rows(check, target(tmp_path), *answers)

    assert [row.result for row in found] == [result for result, _, _ in expected]
    for row, (_, told, run) in zip(found, expected, strict=True):
        assert told in row.found
        assert run in row.run
        assert run or row.result == "warns" or not row.run


def test_eks_places_no_control_plane_in_some_zones(tmp_path: Path) -> None:
    """The id decides: the letters differ by account."""
    about = replace(target(tmp_path), region="us-east-1")
    answer = zones(zone("eu-west-1a", "use1-az3"), zone("eu-west-1b", "use1-az1"))

    excluded, other = rows(place.zones, about, answer)

    assert (excluded.result, other.result) == ("fails", "passes")
    assert "use1-az3 doesn't support EKS control planes" in excluded.found


def test_a_principal_of_another_account(tmp_path: Path) -> None:
    """IAM tells nobody about the principals of others."""
    entry = {"PrincipalArn": "arn:aws:iam::999988887777:role/deploy/on-call"}
    about = target(tmp_path, {"Entry": {"Type": "AWS::EKS::AccessEntry", "Properties": entry}})

    (row,) = rows(identities.principals, about)

    assert (row.check, row.result) == ("principal on-call", "warns")
    assert "another account" in row.found


@pytest.mark.parametrize(
    "odd",
    [None, [], "text", {"Fn::GetAtt": 1}, {"Ref": "AWS::NoValue"}, [None], {"Version": None}],
    ids=str,
)
def test_odd_templates_ask_for_nothing(odd: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """Whatever a template holds, what is not known is not asked for."""
    broken = {
        name: {"Type": each["Type"], "Properties": odd} for name, each in RESOURCES.items()
    } | {
        f"{name}{field}": {"Type": each["Type"], "Properties": {field: odd}}
        for name, each in RESOURCES.items()
        for field in each.get("Properties", ())
    }
    about = target(tmp_path, broken)

    assert about.names("AWS::EKS::Cluster", "Name") in {(), ("text",)}
    assert set(about.principals) == set()
    assert set(about.managed_policies) <= {"text"}
