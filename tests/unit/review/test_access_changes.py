"""Who may now do what, in words."""

from __future__ import annotations

import pytest

from assembly.environment import Environment
from review.access import Grant, grants_of
from review.access_table import tables
from review.model import Risk
from tests.unit.review.foreign import manifest, of_resources, resource, trust
from tests.unit.review.templates import (
    ADMINISTRATOR,
    reviewed,
    sides,
    texts,
    with_property,
    with_resource,
    without,
)

ENTRY = "AWS::EKS::AccessEntry"


def test_the_grants_of_prod(prod: Environment) -> None:
    """An administrator, a reader and the kubectl handler, each of the whole cluster."""
    cluster = "the whole cluster"
    assert grants_of(prod) == {
        Grant(principal="role `Administrator`", what="do everything", where=cluster),
        Grant(
            principal="role `ReadOnly`", what="read most objects (except Secrets)", where=cluster
        ),
        Grant(principal="the kubectl handler", what="do everything", where=cluster, handler=True),
    }


def test_a_policy_that_nobody_knows_keeps_its_name(prod: Environment) -> None:
    """AWS adds policies."""
    policy = {
        "AccessScope": {"Type": "namespace", "Namespaces": ["a", "b"]},
        "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSNewPolicy",
    }
    properties = {"PrincipalArn": "arn:aws:iam::1:user/ann", "AccessPolicies": [policy]}
    after = with_resource(prod, "Cluster", "New", ENTRY, properties)

    assert texts(reviewed(prod, after)) == [
        (
            "exposes: User `ann` (`arn:aws:iam::1:user/ann`) may now do what `AmazonEKSNewPolicy` "
            "allows in namespace `a` and in namespace `b`."
        )
    ]


def test_another_administrator_keeps_the_door_open(prod: Environment) -> None:
    """The last one must have gone for a lock-out."""
    policy = {
        "AccessScope": {"Type": "cluster"},
        "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
    }
    properties = {"PrincipalArn": "arn:aws:iam::1:role/ops", "AccessPolicies": [policy]}
    after = with_resource(prod, "Cluster", "New", ENTRY, properties)

    review = reviewed(prod, without(after, "Cluster", ADMINISTRATOR))

    assert review.risk is Risk.EXPOSES
    assert not review.missing_consents


def test_a_demoted_last_administrator_locks_out(prod: Environment) -> None:
    """It is the policy that counts, not the entry."""
    policy = {
        "AccessScope": {"Type": "cluster"},
        "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
    }
    after = with_property(prod, "Cluster", ADMINISTRATOR, "AccessPolicies", [policy])

    review = reviewed(prod, after)

    assert review.risk is Risk.LOCKS_OUT
    assert [each.key for each in review.missing_consents] == ["Prod locks out"]
    given = reviewed(prod, after, consents={"Prod locks out": "it is deleted today"})
    assert not given.missing_consents


def test_nodes_that_may_join(prod: Environment) -> None:
    """An entry for nodes grants people nothing, and its principal still gets in."""
    properties = {"PrincipalArn": "arn:aws:iam::1:role/nodes", "Type": "EC2_LINUX"}
    after = with_resource(prod, "Cluster", "New", ENTRY, properties)

    assert texts(reviewed(prod, after)) == [
        (
            "exposes: Nodes with role `nodes` (`arn:aws:iam::1:role/nodes`) may now join the cluster "
            "(`EC2_LINUX`)."
        )
    ]


@pytest.mark.parametrize("there", [True, False])
def test_nodes_of_a_role_that_comes_with_them(*, there: bool) -> None:
    """EKS does the same for a managed group; with a role that was there, something else may join."""
    role = {
        "R": resource(
            "AWS::IAM::Role", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"})
        )
    }
    entry = resource(ENTRY, PrincipalArn={"Fn::GetAtt": ["R", "Arn"]}, Type="EC2_LINUX")
    review = reviewed(of_resources(role if there else {}), of_resources({**role, "E": entry}))
    said = "Nodes with role `R` may now join the cluster (`EC2_LINUX`)."
    assert f"{'exposes' if there else 'safe'}: {said}" in texts(review)


def test_nodes_that_may_no_longer_join(prod: Environment) -> None:
    """Those that run lose the API, so "Unchanged: access" would be false."""
    properties = {"PrincipalArn": "arn:aws:iam::1:role/nodes", "Type": "EC2_LINUX"}
    before = with_resource(prod, "Cluster", "New", ENTRY, properties)

    review = reviewed(before, prod)
    assert texts(review) == [
        (
            "interrupts: Nodes with role `nodes` (`arn:aws:iam::1:role/nodes`) **can't join the cluster any more** "
            "(`EC2_LINUX`): the API server refuses those that still run, and they become NotReady."
        )
    ]
    assert "access" not in review.environments[0].unchanged


def test_the_table_has_everybody_and_what_differs(prod: Environment) -> None:
    """It shows the whole, the kubectl handler aside: a reader wants to know who is left."""
    policy = {
        "AccessScope": {"Type": "namespace", "Namespaces": ["b", "a"]},
        "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
    }
    properties = {"PrincipalArn": "arn:aws:iam::1:user/ann", "AccessPolicies": [policy]}
    after = with_resource(prod, "Cluster", "New", ENTRY, properties)

    (found,) = tables(sides(prod, without(after, "Cluster", ADMINISTRATOR)))

    edit, read = "change most objects (including Secrets)", "read most objects (except Secrets)"
    assert found.rows == (
        ("Role `Administrator`, the whole cluster", "do everything", "-"),
        ("Role `ReadOnly`, the whole cluster", read, read),
        ("User `ann` (`arn:aws:iam::1:user/ann`), namespace `a`", "-", edit),
        ("User `ann` (`arn:aws:iam::1:user/ann`), namespace `b`", "-", edit),
    )


def test_the_table_joins_what_a_principal_may_do_in_one_place(prod: Environment) -> None:
    """A second grant adds to the first one."""
    policies = [
        {
            "AccessScope": {"Type": "cluster"},
            "PolicyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}",
        }
        for name in ("AmazonEKSClusterAdminPolicy", "AmazonEKSNewPolicy")
    ]
    after = with_property(prod, "Cluster", ADMINISTRATOR, "AccessPolicies", policies)

    (found,) = tables(sides(prod, after))

    assert found.rows[0][1:] == (
        "do everything",
        "do everything and do what `AmazonEKSNewPolicy` allows",
    )


def test_there_is_no_table_without_a_change_of_access(prod: Environment) -> None:
    """Other changes leave it out."""
    after = with_property(prod, "Cluster", ADMINISTRATOR, "Tags", [])
    assert not list(tables(sides(prod, after)))


def entry(cluster: str, *policies: str, **fields: object) -> dict[str, object]:
    """Return an access entry of a user with policies over the whole cluster."""
    return resource(
        ENTRY,
        ClusterName={"Ref": cluster},
        PrincipalArn="arn:aws:iam::1:user/ann",
        AccessPolicies=[
            {
                "AccessScope": {"Type": "cluster"},
                "PolicyArn": f"arn:aws:eks::aws:cluster-access-policy/{policy}",
            }
            for policy in policies
        ],
        **fields,
    )


def test_more_access_is_no_loss() -> None:
    """Who may do everything now may still do what was allowed before."""
    cluster = resource("AWS::EKS::Cluster")
    old, new = (
        of_resources({"Cluster": cluster, "Ann": entry("Cluster", policy)})
        for policy in ("AmazonEKSEditPolicy", "AmazonEKSClusterAdminPolicy")
    )
    who = "User `ann` (`arn:aws:iam::1:user/ann`)"

    assert texts(reviewed(old, new)) == [
        f"exposes: {who} may now do everything in the whole cluster."
    ]
    assert f"interrupts: {who} may no longer do everything in the whole cluster." in texts(
        reviewed(new, old)
    )


def test_each_of_several_clusters_has_its_administrators() -> None:
    """Who administers another cluster doesn't keep the door open."""
    clusters = {name: resource("AWS::EKS::Cluster", Name=name) for name in ("One", "Two")}
    admin = {name: entry(name, "AmazonEKSClusterAdminPolicy") for name in clusters}
    old = of_resources({**clusters, "AnnOne": admin["One"], "AnnTwo": admin["Two"]})
    new = of_resources({**clusters, "AnnOne": admin["One"]})

    said = texts(reviewed(old, new))

    assert said[0].startswith("locks out: **Cluster `Two` has no administrator left**")
    assert any("everything in the whole cluster of cluster `Two`." in each for each in said)
    assert not [each for each in said if "`One`" in each]


def test_a_binding_of_a_user_name_counts() -> None:
    """As much as one of a group."""
    cluster = resource("AWS::EKS::Cluster")
    binding = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "ann"},
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": "ann"}, None, {"kind": "Group"}],
    }
    found = grants_of(
        of_resources(
            {
                "Cluster": cluster,
                "Ann": entry("Cluster", Username="ann"),
                "Binding": manifest(binding),
            }
        )
    )
    assert [(each.what, each.where) for each in found] == [("do everything", "the whole cluster")]
