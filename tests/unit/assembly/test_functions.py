from __future__ import annotations

import base64
from typing import Any

import pytest

from assembly.references import Reference, references
from assembly.structured import structured
from kube.values import Unknown, known
from tests.unit.assembly.stacks import value_of

KNOWN = {
    "no function": ({"A": [1, None, True]}, {"A": [1, None, True]}),
    "a text with a number": ({"Fn::Join": ["-", ["a", 1, True]]}, "a-1-true"),
    "a list in a join": ({"Fn::Join": ["", ["a", {"Fn::Split": [",", "b,c"]}]]}, "ab,c"),
    "sub without variables": ({"Fn::Sub": "plain"}, "plain"),
    "sub of its own variable": ({"Fn::Sub": ["a ${B}", {"B": "c"}]}, "a c"),
    "sub of a literal": ({"Fn::Sub": "a ${!B}"}, "a ${B}"),
    "select": ({"Fn::Select": [1, ["a", "b"]]}, "b"),
    "select by a text": ({"Fn::Select": ["0", {"Fn::Split": ["/", "a/b"]}]}, "a"),
    "split": ({"Fn::Split": ["/", "a/b"]}, ["a", "b"]),
    "base64": ({"Fn::Base64": "text"}, base64.b64encode(b"text").decode()),
    "length": ({"Fn::Length": ["a", "b"]}, 2),
    "JSON": ({"Fn::ToJsonString": {"a": 1}}, '{"a": 1}'),
    "a map": ({"Fn::FindInMap": ["Map", "one", "two"]}, "found"),
    "a map by region": ({"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "two"]}, "in Ireland"),
    "a default": ({"Fn::FindInMap": ["Map", "no", "two", {"DefaultValue": "d"}]}, "d"),
    "nothing": ({"Ref": "AWS::NoValue"}, "NOTHING"),
    "nothing in a list": (["a", {"Ref": "AWS::NoValue"}], ["a"]),
    "nothing in a mapping": ({"A": {"Ref": "AWS::NoValue"}, "B": 1}, {"B": 1}),
    "a mapping that looks like a function": ({"Ref": "Vpc", "B": 1}, {"Ref": "Vpc", "B": 1}),
}
MAPPINGS = {"Map": {"one": {"two": "found"}, "eu-west-1": {"two": "in Ireland"}}}

UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "a reference": ({"Ref": "Vpc"}, "${Vpc}"),
    "an attribute": ({"Fn::GetAtt": ["Vpc", "Cidr"]}, "${Vpc.Cidr}"),
    "an attribute as text": ({"Fn::GetAtt": "Vpc.Cidr"}, "${Vpc.Cidr}"),
    "an attribute of several parts": ({"Fn::GetAtt": ["Vpc", "A.B"]}, "${Vpc.A.B}"),
    "a pseudo parameter": ({"Ref": "AWS::AccountId"}, "${AWS::AccountId}"),
    "what no template has": ({"Ref": "Nobody"}, "${Nobody}"),
    "a joined text": ({"Fn::Join": [":", ["arn", {"Ref": "Vpc"}]]}, "arn:${Vpc}"),
    "a sub": ({"Fn::Sub": "arn:${Vpc}:${Vpc.Cidr}"}, "arn:${Vpc}:${Vpc.Cidr}"),
    "a sub of a function": ({"Fn::Sub": ["${A}", {"A": {"Ref": "Vpc"}}]}, "${Vpc}"),
    "an import from elsewhere": ({"Fn::ImportValue": "Other"}, "${Other}"),
    "zones": ({"Fn::GetAZs": ""}, "${Fn::GetAZs}"),
    "a select of zones": ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "${Fn::Select}"),
    "a select beyond the end": ({"Fn::Select": [7, ["a"]]}, "${Fn::Select}"),
    "a select before the beginning": ({"Fn::Select": [-1, ["a"]]}, "${Fn::Select}"),
    "a region that only conditions know": ({"Ref": "AWS::Region"}, "${AWS::Region}"),
    "a transform": ({"Fn::Transform": {"Name": "x"}}, "${Fn::Transform}"),
    "a map of nobody": ({"Fn::FindInMap": ["No", "one", "two"]}, "${Fn::FindInMap}"),
    "a default of an unknown key": (
        {"Fn::FindInMap": ["Map", {"Ref": "Vpc"}, "two", {"DefaultValue": "d"}]},
        "${Fn::FindInMap}",
    ),
    "a function of tomorrow": ({"Fn::Tomorrow": [1]}, "${Fn::Tomorrow}"),
    "no argument": ({"Fn::Join": None}, "${Fn::Join}"),
    "too few arguments": ({"Fn::Join": ["-"]}, "${Fn::Join}"),
    "a text for a list": ({"Fn::Select": "a"}, "${Fn::Select}"),
    "a list for a name": ({"Ref": ["Vpc"]}, "${Ref}"),
    "no attribute": ({"Fn::GetAtt": []}, "${Fn::GetAtt}"),
}


@pytest.mark.parametrize("case", KNOWN)
def test_what_can_be_known_is_a_plain_value(case: str) -> None:
    value, expected = KNOWN[case]
    found = value_of(value, Mappings=MAPPINGS)
    assert found == expected
    assert known(found)


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_cannot_be_known_carries_its_text_and_its_path(case: str) -> None:
    """Whatever CloudFormation would say of it, reading goes on."""
    value, expected = UNKNOWN[case]
    found = value_of({"Inside": [value]})["Inside"][0]
    assert isinstance(found, Unknown)
    assert found == expected
    if not isinstance(value.get("Fn::Sub"), list):
        assert found.path == "Test/One It.Properties.Value.Inside[0]"


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Vpc"},
        {"Fn::GetAtt": "Vpc.Cidr"},
        {"Fn::Sub": "a ${Vpc} b"},
        {"Fn::Join": ["", ["a", {"Fn::Sub": "${Vpc}"}]]},
        {"Fn::Select": [0, [{"Ref": "Vpc"}]]},
        {"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "Vpc"}]}]},
        {"Fn::Base64": {"Ref": "Vpc"}},
        {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 1, 8]},
        {"Fn::If": ["Whatever", {"Ref": "Vpc"}, "b"]},
        {"Deep": [{"Ref": "Vpc"}]},
    ],
    ids=str,
)
def test_a_reference_is_followed_through_every_function(value: object) -> None:
    found = list(references(value_of(value)))
    assert {each.node for each in found} == {("Test/One", "Vpc")}


def test_a_reference_tells_its_attribute() -> None:
    found = value_of({"Fn::GetAtt": ["Vpc", "CidrBlock"]})
    assert isinstance(found, Reference)
    assert found.attribute == "CidrBlock"
    assert value_of({"Ref": "Vpc"}).attribute == ""


SSM = "{{resolve:ssm:/a}}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SSM, [True]),
        (f"a {SSM} b", [True]),
        (
            {"Fn::Split": ["|", {"Fn::Join": ["|", [{"Ref": "Vpc"}, "b", "c"]]}]},
            [True, False, False],
        ),
        ({"Fn::Split": ["|", {"Ref": "Vpc"}]}, [True]),
        ({"Fn::ToJsonString": {"a": {"Ref": "Vpc"}}}, [True]),
    ],
    ids=str,
)
def test_parts_of_a_value_are_known_or_not(value: object, expected: list[bool]) -> None:
    """Dynamic references are filled in at deploy; a text is split where its separators are known."""
    found = value_of(value)
    parts = found if isinstance(found, list) else [found]
    assert [isinstance(part, Unknown) for part in parts] == expected


def test_json_with_an_unknown_value_is_read_around_it() -> None:
    found = structured(value_of({"Fn::ToJsonString": [{"a": {"Ref": "Vpc"}, "b": 'x"'}]}))
    assert found == [{"a": "${Vpc}", "b": 'x"'}]
    assert isinstance(found[0]["a"], Reference)


def test_a_logical_id_may_be_a_function() -> None:
    """AWS::LanguageExtensions allows it."""
    found = value_of({"Fn::GetAtt": [{"Fn::Sub": "Vpc"}, "Arn"]})
    assert isinstance(found, Reference)
    assert found.node == ("Test/One", "Vpc")
