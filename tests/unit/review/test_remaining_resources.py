"""What no other section tells is told once, and briefly."""

from __future__ import annotations

from review.remaining_resources import sentences
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import sides


def test_tags_of_many_resources_are_one_sentence() -> None:
    """Fifty lines of them would hide what counts."""
    keys = {
        f"Key{number}": {"Tags": [{"Key": "team", "Value": "a"}], "Description": f"{number}"}
        for number in range(3)
    }
    old = of_resources({name: resource("AWS::KMS::Key", **each) for name, each in keys.items()})
    tagged = {
        name: {**each, "Tags": [{"Key": "team", "Value": "b"}]} for name, each in keys.items()
    }
    tagged["Key0"]["Description"] = "7"
    new = of_resources({name: resource("AWS::KMS::Key", **each) for name, each in tagged.items()})

    assert [(each.text, each.details) for each in sentences(sides(old, new))] == [
        ("Tag-only change of 2 KMS keys: `Tags.team` `a` → `b`.", ()),
        (
            "Updated in place: KMS key `Key0`.",
            ("KMS key `Key0`: `Tags.team` `a` → `b`; `Description` `0` → `7` (no interruption).",),
        ),
    ]


def test_what_is_no_property_is_said_to_be_none() -> None:
    """A deploy of a new output touches no resource."""
    key = {"Key": resource("AWS::KMS::Key")}
    old, new = of_resources(key), of_resources(key, Outputs={"A": {"Value": 1}})
    assert [each.text for each in sentences(sides(old, new))] == ["New outputs: `Main.A`."]
    described = of_resources(key, Description="Keys")
    (sentence,) = sentences(sides(old, described))
    assert sentence.text.startswith("No resource property changes")
