from __future__ import annotations

import pytest

from constructs_lib.specs.access import (
    AccessEntrySpec,
    AccessPolicyName,
    AccessPolicySpec,
    AccessRoleSpec,
    AccessSpec,
)

CLUSTER_ADMIN = AccessPolicySpec(policy="AmazonEKSClusterAdminPolicy")
VIEW = AccessPolicySpec(policy="AmazonEKSViewPolicy")


@pytest.mark.parametrize(
    ("policy", "administers"),
    [
        ("AmazonEKSClusterAdminPolicy", True),
        ("AmazonEKSAdminPolicy", False),
        ("AmazonEKSViewPolicy", False),
    ],
)
def test_only_the_cluster_policy_makes_an_administrator(
    policy: AccessPolicyName, *, administers: bool
) -> None:
    """AmazonEKSAdminPolicy can't touch the cluster's own objects."""
    role = AccessRoleSpec(name="Platform", policies=(VIEW, AccessPolicySpec(policy=policy)))

    assert role.administers is administers


def test_by_default_somebody_administers_and_somebody_reads() -> None:
    """A cluster is never without a way in, and reading needs no administrator."""
    access = AccessSpec()

    assert not list(access.problems())
    assert [(role.name, role.administers) for role in access.roles] == [
        ("Administrator", True),
        ("ReadOnly", False),
    ]


def test_an_entry_can_be_the_only_administrator() -> None:
    """A principal that exists already is as good as a role of the stack."""
    entry = AccessEntrySpec(
        principal_arn="arn:aws:iam::111122223333:role/Platform", policies=(CLUSTER_ADMIN,)
    )

    assert not list(AccessSpec(roles=(), entries=(entry,)).problems())


def test_an_entry_for_nodes_needs_no_grant() -> None:
    """EKS gives nodes their rights."""
    entry = AccessEntrySpec(
        principal_arn="arn:aws-us-gov:iam::111122223333:role/teams/Node", type="EC2_LINUX"
    )

    assert not list(entry.problems())
