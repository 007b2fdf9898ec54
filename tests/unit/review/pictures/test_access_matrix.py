from __future__ import annotations

from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from review.access import WHOLE_CLUSTER
from review.pictures.access_matrix import AccessMatrix, Principal, access_matrix_of
from review.pictures.gallery import pictures
from tests.unit.review.pictures.svg_checks import tags
from tests.unit.review.templates import ADMINISTRATOR, with_property, with_resource, without

ENTRY = "AWS::EKS::AccessEntry"
ANN = "arn:aws:iam::111122223333:user/ann"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"


def entry(name: str, *namespaces: str, arn: str = ANN) -> dict[str, object]:
    """Return an access entry with one policy."""
    scope = (
        {"Type": "namespace", "Namespaces": [*namespaces]} if namespaces else {"Type": "cluster"}
    )
    policies = [{"PolicyArn": POLICY + name, "AccessScope": scope}]
    return {"PrincipalArn": arn, "AccessPolicies": policies}


def named(matrix: AccessMatrix, name: str) -> Principal:
    """Return a principal by its name."""
    return next(each for each in matrix.principals if name in each.name)


def test_the_matrix_of_prod(prod: Environment) -> None:
    """Two roles that AWS names, each for those whom IAM lets, and the platform's own last."""
    matrix = access_matrix_of(prod)
    anybody = ("any principal in this account that IAM allows",)

    assert matrix.namespaces == ("aws-observability", "sample")
    assert matrix.principals == (
        Principal(
            name="role `Administrator`",
            arn="",
            assumed_by=anybody,
            may={WHOLE_CLUSTER: ("do everything",)},
        ),
        Principal(
            name="role `ReadOnly`",
            arn="",
            assumed_by=anybody,
            may={WHOLE_CLUSTER: ("read most objects (except Secrets)",)},
        ),
        Principal(
            name="the kubectl handler",
            arn="",
            assumed_by=(),
            may={WHOLE_CLUSTER: ("do everything",)},
            platform=True,
        ),
    )
    assert [each.name for each in matrix.people] == ["role `Administrator`", "role `ReadOnly`"]


def test_policies_and_bindings_meet_in_one_row(heads: Path) -> None:
    """An access policy in a namespace, and RBAC by a group in the whole cluster."""
    matrix = access_matrix_of(assembly_at(heads / "access-entry-added").environments()["Prod"])

    developers = named(matrix, "Developers")
    assert developers.name == "role `Developers`"
    assert developers.arn == "arn:aws:iam::111122223333:role/Developers"
    assert developers.assumed_by == ()
    assert developers.may == {
        WHOLE_CLUSTER: ("read most objects (except Secrets)",),
        "team-a": ("change most objects (including Secrets)",),
    }
    assert "team-a" in matrix.namespaces


def test_namespaces_are_those_of_the_grants_too(prod: Environment) -> None:
    """Somebody else may make them, and a pattern is a column of its own."""
    after = with_resource(
        prod, "Cluster", "New", ENTRY, entry("AmazonEKSViewPolicy", "web", "dev-*")
    )

    assert access_matrix_of(after).namespaces == ("aws-observability", "dev-*", "sample", "web")


def test_those_of_the_whole_cluster_come_first(prod: Environment) -> None:
    """What matters most is on top."""
    arn = "arn:aws:iam::1:role/A"
    after = with_resource(
        prod, "Cluster", "New", ENTRY, entry("AmazonEKSViewPolicy", "web", arn=arn)
    )

    names = [each.name for each in access_matrix_of(after).people]
    assert names == ["role `Administrator`", "role `ReadOnly`", "role `A`"]


def test_an_entry_may_allow_nothing(prod: Environment) -> None:
    """Its group is bound by nobody here; the row stays."""
    properties = {"PrincipalArn": ANN, "KubernetesGroups": ["unbound"]}
    after = with_resource(prod, "Cluster", "New", ENTRY, properties)

    assert named(access_matrix_of(after), "ann").may == {}


def test_nodes_belong_to_the_platform(prod: Environment) -> None:
    """Their entry lets nobody do anything but join."""
    properties = {"PrincipalArn": "arn:aws:iam::1:role/nodes", "Type": "EC2_LINUX"}
    after = with_resource(prod, "Cluster", "New", ENTRY, properties)

    nodes = named(access_matrix_of(after), "nodes")
    assert nodes.platform
    assert nodes.may == {WHOLE_CLUSTER: ("join as a node (`EC2_LINUX`)",)}


def test_two_principals_of_one_name_are_two_rows(prod: Environment) -> None:
    """Accounts have roles of the same name."""
    first = entry("AmazonEKSViewPolicy", arn="arn:aws:iam::1:role/Ops")
    after = with_resource(prod, "Cluster", "New1", ENTRY, first)
    second = entry("AmazonEKSEditPolicy", arn="arn:aws:iam::2:role/Ops")
    after = with_resource(after, "Cluster", "New2", ENTRY, second)

    assert len({each.key for each in access_matrix_of(after).principals}) == 5


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        # The principal as a whole, and the namespace.
        pytest.param("access-entry-added", [], ["added", "added"], id="a new principal"),
        pytest.param("administrator-trusts-one", ["changed"], ["changed"], id="who may assume"),
        pytest.param("sample-service-gone", ["removed"], [], id="a namespace less"),
        pytest.param("endpoint-opened", [], [], id="no access of IAM"),
        pytest.param("maximum-nodes", [], [], id="a number"),
    ],
)
def test_what_differs_is_marked(
    change: str, before: list[str], after: list[str], heads: Path, prod: Environment
) -> None:
    """Nothing is marked that is as it was."""
    head = assembly_at(heads / change).environments()["Prod"]

    picture = next(each for each in pictures(prod, head) if each.key == "access")

    assert tags(picture.before) == before
    assert tags(picture.after) == after
    assert picture.changed is bool(before or after)


def test_a_changed_grant_is_marked_in_its_cell(prod: Environment) -> None:
    """The row is as it was; a cell that goes is marked before, one that comes after."""
    policies = [
        {"PolicyArn": POLICY + "AmazonEKSViewPolicy", "AccessScope": scope}
        for scope in ({"Type": "cluster"}, {"Type": "namespace", "Namespaces": ["sample"]})
    ]
    head = with_property(prod, "Cluster", ADMINISTRATOR, "AccessPolicies", policies)

    picture = next(each for each in pictures(prod, head) if each.key == "access")

    assert tags(picture.before) == ["changed"]
    assert tags(picture.after) == ["changed", "added"]


def test_a_principal_that_goes_is_marked_before(prod: Environment) -> None:
    """As one, not cell by cell."""
    head = without(prod, "Cluster", ADMINISTRATOR)

    picture = next(each for each in pictures(prod, head) if each.key == "access")

    assert tags(picture.before) == ["removed"]
    assert tags(picture.after) == []
