"""Who may now do what, in words."""

from __future__ import annotations

from assembly.environment import Environment
from review.access import Grant, grants_of
from review.access_changes import table
from review.model import Risk
from tests.unit.review.templates import (
    ADMINISTRATOR,
    reviewed,
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
        Grant(principal="role `ReadOnly`", what="read most objects (no Secrets)", where=cluster),
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


def test_the_table_has_everybody_and_what_differs(prod: Environment) -> None:
    """It shows the whole, the kubectl handler aside: a reader wants to know who is left."""
    policy = {
        "AccessScope": {"Type": "namespace", "Namespaces": ["b", "a"]},
        "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
    }
    properties = {"PrincipalArn": "arn:aws:iam::1:user/ann", "AccessPolicies": [policy]}
    after = with_resource(prod, "Cluster", "New", ENTRY, properties)

    found = table(prod, without(after, "Cluster", ADMINISTRATOR))

    assert found is not None
    edit, read = "change most objects (Secrets too)", "read most objects (no Secrets)"
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

    found = table(prod, after)

    assert found is not None
    assert found.rows[0][1:] == (
        "do everything",
        "do everything and do what `AmazonEKSNewPolicy` allows",
    )


def test_there_is_no_table_without_a_change_of_access(prod: Environment) -> None:
    """Other changes leave it out."""
    assert table(prod, with_property(prod, "Cluster", ADMINISTRATOR, "Tags", [])) is None
