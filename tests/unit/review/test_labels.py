"""Values in words."""

from __future__ import annotations

import pytest

from assembly.references import Text
from kube.values import Unknown
from review.labels import duration, label, listed, plural_of, role_name, words
from tests.unit.review.foreign import of_resources, resource

UNKNOWN = Unknown("${AWS::Partition}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain ${HOME}", "plain ${HOME}"),
        (UNKNOWN, "{AWS::Partition}"),
        (
            Text("a ${HOME} ${AWS::Partition}", parts=("a ${HOME} ", UNKNOWN)),
            "a ${HOME} {AWS::Partition}",
        ),
        (Text("${Fn::GetAZs}", parts=("x",)), "{Fn::GetAZs}"),
        ({"b": [UNKNOWN, 1], "a": None}, '{"a": null, "b": ["{AWS::Partition}", 1]}'),
        (True, "true"),
        (None, "null"),
    ],
)
def test_what_is_filled_in_stands_in_braces(value: object, text: str) -> None:
    """A variable of somebody's script is no such thing."""
    assert words(value) == text


@pytest.mark.parametrize(
    ("noun", "plural"),
    [("address", "addresses"), ("IAM policy", "IAM policies"), ("VPC endpoint", "VPC endpoints")],
)
def test_plurals(noun: str, plural: str) -> None:
    """As English has them."""
    assert plural_of(noun) == plural


def test_a_list_of_nothing() -> None:
    """It is no error."""
    assert [listed([]), listed(["a"]), listed("abc")] == ["", "a", "a, b and c"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ("3600", "1 hour"),
        ("43200", "12 hours"),
        ("5400", "90 minutes"),
        ("61", "61 seconds"),
        ("0", "0 seconds"),
        ("{Seconds}", "{Seconds} seconds"),
    ],
)
def test_a_duration_is_said_in_the_largest_unit(seconds: str, text: str) -> None:
    """Nobody counts a session in seconds."""
    assert duration(seconds) == text


def test_a_role_has_one_name() -> None:
    """Whoever searches for it finds every sentence about it."""
    (role,) = of_resources({"AutoModeNodeRole": resource("AWS::IAM::Role")}).resources()
    assert label(role) == f"IAM role `{role_name(role)}`"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("al2023/standard/eks-node-1.36-v20261105/image_id", "eks-node-1.36-v20261105"),
        ("al2023/standard/recommended/image_id", None),
        ("al2023/standard/eks-node-1.36-v20261105/image_name", None),
    ],
)
def test_an_image_by_its_parameter_has_the_name_of_its_release(path: str, said: str | None) -> None:
    """What is the same for every release says too little."""
    value = f"{{{{resolve:ssm:/aws/service/eks/optimized-ami/1.36/{path}}}}}"
    assert words(value) == (said or value)
