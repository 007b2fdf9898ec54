from __future__ import annotations

import pytest

from assembly.environment import Environment
from review.access import WHOLE_CLUSTER
from review.pictures.access_matrix import (
    AccessMatrix,
    Principal,
    access_matrix_of,
    paint_access,
)
from tests.unit.review.pictures.svg_checks import SVG, checked, tags, texts

LONG = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO"


def matrix(principals: int, namespaces: int) -> AccessMatrix:
    """Return a matrix in which everybody may do something in every namespace."""
    names = [f"team-{each:02}-with-a-name-of-sixty-three-letters" for each in range(namespaces)]
    return AccessMatrix(
        name="Prod",
        namespaces=tuple(names),
        principals=tuple(
            Principal(
                name=f"role `AWSReservedSSO_PlatformEngineering_{each:02}_0123456789abcdef`",
                arn=f"{LONG}_PlatformEngineering_{each:02}_0123456789abcdef",
                assumed_by=("role `Operator` (`arn:aws:iam::444455556666:role/Operator`)",),
                may=dict.fromkeys(names, ("do what `AmazonEKSSomePolicy` allows",))
                or {WHOLE_CLUSTER: ("do everything",)},
                platform=each == 1,
            )
            for each in range(principals)
        ),
    )


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_picture(name: str, request: pytest.FixtureRequest) -> None:
    """It is well-formed, nothing is outside of its frame, and it is the same each time."""
    environment: Environment = request.getfixturevalue(name)
    picture = paint_access(access_matrix_of(environment)).svg()

    checked(picture)
    assert picture == paint_access(access_matrix_of(environment)).svg()
    assert tags(picture) == []


@pytest.mark.parametrize("principals", [0, 1, 2, 15])
@pytest.mark.parametrize("namespaces", [0, 1, 12])
def test_few_and_many(principals: int, namespaces: int) -> None:
    """All of them are in the frame, and each cell is there."""
    picture = checked(paint_access(matrix(principals, namespaces)).svg())

    cells = [each for each in picture.iter(f"{SVG}rect") if each.attrib["class"] == "band"]
    people = principals - (principals > 1)
    assert len(cells) == people * max(1, namespaces)


def test_a_name_that_is_shortened_shows_whole_on_hover() -> None:
    """Who somebody is must not be guessed."""
    picture = checked(paint_access(matrix(1, 1)).svg())

    hints = {each.text for text in picture.iter(f"{SVG}text") for each in text}
    assert f"{LONG}_PlatformEngineering_00_0123456789abcdef" in hints


def test_namespaces_stay_apart() -> None:
    """Names that begin alike are wrapped, not cut to the same letters."""
    lines = texts(paint_access(matrix(1, 12)).svg())

    assert [each for each in lines if each.startswith("team-")] == [
        f"team-{each:02}-with-a-" for each in range(12)
    ]


def test_the_whole_cluster_goes_through_all_columns(prod: Environment) -> None:
    """What holds everywhere is not told once for each namespace."""
    picture = checked(paint_access(access_matrix_of(prod)).svg())
    boxes = [each.attrib for each in picture.iter(f"{SVG}rect") if "x" in each.attrib]
    columns = [each for each in boxes if each["y"] == boxes[0]["y"]]
    bars = [each for each in boxes if each["class"] == "band"]

    assert len(columns) == 3
    assert {each["x"] for each in bars} == {columns[0]["x"]}
    end = int(columns[-1]["x"]) + int(columns[-1]["width"])
    assert {int(each["x"]) + int(each["width"]) for each in bars} == {end}


def test_who_may_do_nothing_is_told() -> None:
    """An empty row would look like a mistake of the picture."""
    nobody = Principal(name="user `ann`", arn="", assumed_by=(), may={})
    empty = AccessMatrix(name="Prod", namespaces=(), principals=(nobody,))

    assert "No access from these stacks" in texts(paint_access(empty).svg())
    assert (
        "User ann may do nothing: these stacks grant no access." in paint_access(empty).description
    )


def test_the_same_in_words(prod: Environment) -> None:
    """Who doesn't see the picture reads all of it."""
    assert paint_access(access_matrix_of(prod)).description == (
        "2 principals besides the platform's own, 2 namespaces. Role Administrator, assumed by "
        "any principal in this account that IAM allows, may do everything in the whole cluster. "
        "Role ReadOnly, assumed by any principal in this account that IAM allows, may read most "
        "objects (except Secrets) in the whole cluster. The kubectl handler may do everything in the "
        "whole cluster."
    )


def test_words_for_several_places() -> None:
    """A namespace is called so."""
    said = paint_access(matrix(1, 2)).description
    assert said.endswith(
        "may do what AmazonEKSSomePolicy allows in namespace "
        "team-00-with-a-name-of-sixty-three-letters and do what AmazonEKSSomePolicy allows in "
        "namespace team-01-with-a-name-of-sixty-three-letters."
    )
