"""Who may do what where, as a picture shows it."""

from __future__ import annotations

from collections.abc import Mapping

from review.access import WHOLE_CLUSTER
from review.environment import Environment
from review.pictures.access_matrix import AccessMatrix, Row, matrix_of
from review.pictures.access_matrix_svg import access_matrix_svg
from review.pictures.marks import marks_after, marks_before
from tests.unit.review.templates import ADMINISTRATOR, CLUSTER, with_property, without

READ, CHANGE = "read most objects (no Secrets)", "change most objects (Secrets too)"


def row(matrix: AccessMatrix, name: str) -> Row:
    """Return the row of a principal."""
    return next(each for each in matrix.rows if each.name == name)


def test_roles_of_ours_say_who_may_assume_them(prod: Environment) -> None:
    """For the entry alone doesn't say who that is. The stacks' own principal comes last."""
    matrix = matrix_of(prod)
    assert [each.name for each in matrix.rows] == [
        "role Administrator",
        "role ReadOnly",
        "the kubectl handler",
    ]
    assert row(matrix, "role Administrator").by == ("anybody in this account whom IAM lets",)
    assert row(matrix, "role Administrator").may == {WHOLE_CLUSTER: ("do everything",)}
    assert [each.handler for each in matrix.rows] == [False, False, True]


def test_every_namespace_has_a_column(peers: Mapping[str, Environment]) -> None:
    """Those that the stacks make, and those that somebody has access to; patterns as they are."""
    matrix = matrix_of(peers["Closed"])
    assert matrix.places[0] == WHOLE_CLUSTER
    assert matrix.places[1:] == (
        *("aws-observability", "kube-public", "sample"),
        *("team-*", "team-a", "team-b"),
    )
    developers = row(matrix, "role Developers")
    assert developers.arn == "arn:aws:iam::111122223333:role/Developers"
    assert developers.may == {
        "kube-public": (CHANGE,),
        "team-*": (CHANGE,),
        "team-a": (CHANGE,),
        "team-b": (CHANGE,),
    }
    assert WHOLE_CLUSTER not in developers.may
    assert row(matrix, "role Administrator").by == ("role Operator", "role Deployer")


def test_the_picture_tells_what_holds_everywhere(peers: Mapping[str, Environment]) -> None:
    """A grant for the whole cluster is no dash in the column of a namespace."""
    text = access_matrix_svg(matrix_of(peers["Closed"]))
    matrix = matrix_of(peers["Closed"])
    inherited = sum(
        len(matrix.places) - len(each.may) for each in matrix.rows if WHOLE_CLUSTER in each.may
    )
    dashes = sum(
        len(matrix.places) - len(each.may) for each in matrix.rows if WHOLE_CLUSTER not in each.may
    )
    assert text.count(">as in the whole<") == inherited > 0
    assert text.count(">\N{EN DASH}<") == dashes > 0


def test_a_new_entry_marks_its_row_and_its_cells(
    changed: Mapping[str, tuple[Environment, Environment]],
) -> None:
    """And nothing else."""
    before, after = (matrix_of(each).facts for each in changed["access-entry-added"])
    new = "principal role Developers arn:aws:iam::111122223333:role/Developers"
    assert marks_after(before, after) == {
        new: "added",
        f"{new} in team-a": "added",
        f"{new} in {WHOLE_CLUSTER}": "added",
    }
    assert marks_before(before, after) == {}
    assert set(marks_before(after, before).values()) == {"removed"}


def test_the_way_in_is_said(prod: Environment) -> None:
    """Who creates the cluster is its administrator, unless the cluster says otherwise."""
    assert matrix_of(prod).authentication == (
        "Authentication mode API. Whoever creates the cluster gets no access by that."
    )
    quick = with_property(prod, "Cluster", CLUSTER, "AccessConfig", {})
    assert matrix_of(quick).authentication == (
        "Authentication mode CONFIG_MAP. Whoever creates the cluster administers it, too."
    )


def test_nobody_is_said(prod: Environment) -> None:
    """An empty table would look like a mistake of the picture."""
    entries = [each.logical_id for each in prod.of_type("AWS::EKS::AccessEntry")]
    assert ADMINISTRATOR in entries
    assert "Nobody has access." in access_matrix_svg(matrix_of(without(prod, "Cluster", *entries)))
