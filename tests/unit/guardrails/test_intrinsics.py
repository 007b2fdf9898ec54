from __future__ import annotations

import pytest

from guardrails.intrinsics import imports, parsed_json, references, text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        (443, "443"),
        ({"Ref": "Vpc"}, "${Vpc}"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, "${Role.Arn}"),
        ({"Fn::GetAtt": "Role.Arn"}, "${Role.Arn}"),
        ({"Fn::Sub": "arn:${AWS::Partition}:x"}, "arn:${AWS::Partition}:x"),
        ({"Fn::Sub": ["${a}-b", {"a": "x"}]}, "${a}-b"),
        (
            {"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, "iam"]]},
            "arn:${AWS::Partition}:iam",
        ),
        ({"Fn::ImportValue": "Network:Vpc"}, "${Fn::ImportValue}"),
        (["a", "b"], "a,b"),
        ({}, "${nothing}"),
    ],
)
def test_text_shows_what_is_filled_in_later(value: object, written: str) -> None:
    """What CloudFormation fills in has a place in the text, and a name."""
    assert text(value) == written


@pytest.mark.parametrize(
    ("value", "parsed"),
    [
        ('{"a":1}', {"a": 1}),
        ({"Fn::Join": ["", ['{"a":"', {"Ref": "A"}, '"}']]}, {"a": "value"}),
        ({"Fn::Join": ["", ['{"a":', {"Ref": "A"}, "}"]]}, {"a": 0}),
        ({"Fn::Join": ["", ['{"a\\"":"', {"Ref": "A"}, '"}']]}, {'a"': "value"}),
        ({"Fn::Join": ["", ['{"a":"\\\\","b":', {"Ref": "A"}, "}"]]}, {"a": "\\", "b": 0}),
        ({"Fn::Sub": '{"image":"x/${Image}"}'}, {"image": "x/value"}),
        ('{"literal":"${HOME}"}', {"literal": "${HOME}"}),
        ({"Ref": "Parameter"}, 0),
        ("no json", None),
    ],
)
def test_json_is_read_around_what_is_filled_in_later(value: object, parsed: object) -> None:
    """The CDK quotes a text that is filled in, and not a number."""
    assert parsed_json(value) == parsed


def test_references_are_found_at_any_depth() -> None:
    """In lists, in functions, in functions of functions."""
    value = {
        "List": [{"Ref": "A"}, {"Fn::Join": ["", [{"Fn::GetAtt": ["B", "Arn"]}]]}],
        "Sub": {"Fn::Sub": ["${C}-${x}", {"x": {"Ref": "D"}}]},
    }

    assert list(references(value)) == ["A", "B", "C", "D"]


def test_imports_are_found_at_any_depth() -> None:
    """Also where the export's name is put together."""
    value = [{"a": {"Fn::ImportValue": {"Fn::Sub": "${Stage}:Vpc"}}}, {"Fn::ImportValue": "Net:B"}]

    assert list(imports(value)) == ["${Stage}:Vpc", "Net:B"]
