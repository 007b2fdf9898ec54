from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Assembly, Template, joined, resources_of
from tests.unit.constructs_lib.templates import (
    Properties,
    depends_on,
    kubernetes_object,
    manifest,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import AUDITOR, CI, DEVELOPERS, NODES, OPERATOR, Variants

ENTRY = "AWS::EKS::AccessEntry"


@pytest.fixture(scope="module")
def closed(variants: Variants) -> Template:
    """Return a cluster with roles and existing principals, policies and groups."""
    return variants.platforms.templates["Closed/Cluster"]


def entry(template: Template, principal: str) -> Properties:
    """Return the entry of an existing principal."""
    (found,) = [
        resource["Properties"]
        for resource in resources_of(template, ENTRY).values()
        if resource["Properties"]["PrincipalArn"] == principal
    ]
    assert isinstance(found, dict)
    return found


def policies(found: Properties) -> list[tuple[str, str, list[str]]]:
    """Return name, scope and namespaces of an entry's access policies."""
    return [
        (
            joined(policy["PolicyArn"]).rpartition("/")[2],
            policy["AccessScope"]["Type"],
            policy["AccessScope"].get("Namespaces", []),
        )
        for policy in found.get("AccessPolicies", [])
    ]


def bindings(template: Template, name: str) -> list[dict[str, Any]]:
    """Return the objects that bind a Kubernetes group."""
    kind = "Custom::AWSCDK-EKS-KubernetesResource"
    return [
        item
        for resource in resources_of(template, kind).values()
        for item in json.loads(joined(resource["Properties"]["Manifest"]))
        if item["kind"].endswith("Binding") and item["subjects"][0]["name"] == name
    ]


@pytest.mark.parametrize("stack", ["Dev/Cluster", "Prod/Cluster"])
def test_people_enter_by_two_roles_unless_told_otherwise(stack: str, assembly: Assembly) -> None:
    """An administrator and a reader, each for the whole cluster."""
    template = assembly.templates[stack]
    found = {
        role: policies(properties(template, one(template, ENTRY, f"Access{role}Entry")))
        for role in ("Administrator", "ReadOnly")
    }
    assert found == {
        "Administrator": [("AmazonEKSClusterAdminPolicy", "cluster", [])],
        "ReadOnly": [("AmazonEKSViewPolicy", "cluster", [])],
    }
    # The third is the kubectl handler's.
    assert len(resources_of(template, ENTRY)) == 3


@pytest.mark.parametrize("role", ["Administrator", "ReadOnly"])
def test_a_role_is_open_to_the_account_by_default(role: str, assembly: Assembly) -> None:
    """Whoever of the account has sts:AssumeRole on it may take the role, for an hour."""
    template = assembly.templates["Dev/Cluster"]
    found = properties(template, one(template, "AWS::IAM::Role", f"Access{role}Role"))
    (statement,) = found["AssumeRolePolicyDocument"]["Statement"]
    assert joined(statement["Principal"]["AWS"]).endswith(":iam::value:root")
    assert found["MaxSessionDuration"] == 3600


def test_a_role_trusts_those_that_it_names(closed: Template) -> None:
    """Named principals only, for as long as the environment says."""
    found = properties(closed, one(closed, "AWS::IAM::Role", "AccessAdministratorRole"))
    (statement,) = found["AssumeRolePolicyDocument"]["Statement"]
    assert set(statement["Principal"]["AWS"]) == {CI, OPERATOR}
    assert found["MaxSessionDuration"] == 4 * 3600


def test_a_session_may_need_multi_factor_authentication(
    closed: Template, assembly: Assembly
) -> None:
    """Those of production's administrators do, where nobody is named; no other role does."""
    wanted = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    prod = assembly.templates["Prod/Cluster"]
    for template, role, condition in (
        (closed, "Support", wanted),
        (closed, "Administrator", None),
        (prod, "Administrator", wanted),
        (prod, "ReadOnly", None),
    ):
        found = properties(template, one(template, "AWS::IAM::Role", f"Access{role}Role"))
        (statement,) = found["AssumeRolePolicyDocument"]["Statement"]
        assert statement.get("Condition") == condition


@pytest.mark.parametrize("role", ["Administrator", "Support"])
def test_a_role_reads_the_endpoint_and_no_more(role: str, closed: Template) -> None:
    """What it may do in the cluster is the entry's matter."""
    logical_id = one(closed, "AWS::IAM::Role", f"Access{role}Role")
    policy = properties(closed, one(closed, "AWS::IAM::Policy", f"Access{role}Role"))
    assert policy["Roles"] == [{"Ref": logical_id}]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": {"Fn::GetAtt": [one(closed, "AWS::EKS::Cluster"), "Arn"]},
        }
    ]
    assert "ManagedPolicyArns" not in properties(closed, logical_id)


@pytest.mark.parametrize("role", ["Administrator", "Support"])
def test_an_output_says_how_to_use_a_role(role: str, closed: Template) -> None:
    """The command can be pasted as it is."""
    value = closed["Outputs"][f"{role}Kubeconfig"]["Value"]
    logical_id = one(closed, "AWS::IAM::Role", f"Access{role}Role")
    assert value["Fn::Join"][1] == [
        "aws eks update-kubeconfig --name groundwork-closed --region eu-central-1 --role-arn ",
        {"Fn::GetAtt": [logical_id, "Arn"]},
    ]


def test_a_policy_may_cover_some_namespaces(closed: Template) -> None:
    """The scope is the namespaces of the environment, wildcards included."""
    found = entry(closed, DEVELOPERS)
    assert policies(found) == [("AmazonEKSEditPolicy", "namespace", ["team-a", "team-*"])]
    assert found["Type"] == "STANDARD"


def test_an_entry_carries_its_kubernetes_groups(closed: Template) -> None:
    """Groups come from entries of roles and of existing principals."""
    assert entry(closed, DEVELOPERS)["KubernetesGroups"] == ["team:developers"]
    assert entry(closed, AUDITOR)["KubernetesGroups"] == ["platform:viewers", "team:developers"]
    assert policies(entry(closed, AUDITOR)) == []
    support = properties(closed, one(closed, ENTRY, "AccessSupportEntry"))
    assert support["KubernetesGroups"] == ["platform:viewers"]


def test_an_entry_of_nodes_carries_nothing(closed: Template) -> None:
    """EKS refuses policies and groups there."""
    found = entry(closed, NODES)
    assert found["Type"] == "EC2_LINUX"
    assert "AccessPolicies" not in found
    assert "KubernetesGroups" not in found


def test_a_group_is_bound_in_the_whole_cluster(closed: Template) -> None:
    """Without namespaces there is one ClusterRoleBinding, however many principals have the group."""
    (found,) = bindings(closed, "platform:viewers")
    assert found["kind"] == "ClusterRoleBinding"
    assert found["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "view",
    }
    assert found["subjects"] == [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "platform:viewers"}
    ]


def test_a_group_is_bound_in_every_namespace_that_somebody_names(closed: Template) -> None:
    """Two principals name the same group with different namespaces: it has its role in all."""
    found = bindings(closed, "team:developers")
    assert {item["kind"] for item in found} == {"RoleBinding"}
    assert [item["metadata"]["namespace"] for item in found] == ["kube-public", "team-a", "team-b"]
    assert {item["roleRef"]["name"] for item in found} == {"edit"}


def test_a_binding_names_the_role_that_it_gives(closed: Template) -> None:
    """RBAC refuses to change the role of a binding: another role must be another name."""
    names = {item["metadata"]["name"] for item in bindings(closed, "team:developers")}
    assert names == {"team:developers:edit"}


def test_bindings_come_after_the_namespaces_of_the_environment(closed: Template) -> None:
    """A RoleBinding can't be made in a namespace that is not there yet."""
    binding = manifest(closed, "ClusterRoleBinding", "platform:viewers:view")
    assert kubernetes_object(closed, "Namespace", "team-a")
    namespaces = {manifest(closed, "Namespace", name) for name in ("team-a", "team-b")}
    assert namespaces <= depends_on(closed, binding)
    (group,) = {
        logical_id
        for logical_id in resources_of(closed, "Custom::AWSCDK-EKS-KubernetesResource")
        if "team:developers" in str(properties(closed, logical_id)["Manifest"])
    }
    assert namespaces <= depends_on(closed, group)


def test_an_entrys_id_does_not_come_from_its_position(variants: Variants) -> None:
    """The same principals in another order, one fewer, keep their entries, roles and bindings."""
    closed, existing = (
        variants.platforms.templates[stack] for stack in ("Closed/Cluster", "Existing/Cluster")
    )
    for kind in (ENTRY, "AWS::IAM::Role", "Custom::AWSCDK-EKS-KubernetesResource"):
        before = {name for name in resources_of(closed, kind) if name.startswith("Access")}
        after = {name for name in resources_of(existing, kind) if name.startswith("Access")}
        assert after
        assert after <= before
    for name, resource in resources_of(existing, ENTRY).items():
        assert resource["Properties"]["PrincipalArn"] == properties(closed, name)["PrincipalArn"]


def test_every_entry_is_of_this_cluster(closed: Template) -> None:
    """Entries and cluster are made and deleted together."""
    cluster = one(closed, "AWS::EKS::Cluster")
    entries = resources_of(closed, ENTRY)
    assert len(entries) == 6
    assert all(cluster in depends_on(closed, logical_id) for logical_id in entries)
