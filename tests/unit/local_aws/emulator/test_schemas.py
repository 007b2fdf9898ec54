from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local_aws.emulator import schemas
from local_aws.emulator.registry import ROWS as TYPES

GROUP = "AWS::EKS::Nodegroup"
NODE_GROUP = {"ClusterName": "c", "NodeRole": "arn:aws:iam::111122223333:role/r", "Subnets": ["s"]}
ROWS = json.loads(Path(__file__).with_name("schemas.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("kind", "properties", "words"), ROWS["invalid"], ids=lambda one: str(one)[:50]
)
def test_what_breaks_the_schema_is_refused_in_cloudformations_words(
    kind: str, properties: dict[str, Any], words: str
) -> None:
    expected = "Properties validation failed for resource Mine with message: ["
    with pytest.raises(ValueError, match=re.escape(expected) + ".*" + re.escape(words)):
        schemas.check(kind, "Mine", properties)


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (GROUP, {"ScalingConfig": {"MinSize": "1", "MaxSize": 2, "DesiredSize": "1"}}),
        (GROUP, {"ForceUpdateEnabled": "false", "Version": 1.35}),
        (GROUP, {"DiskSize": "20", "Tags": {"mine": "1"}}),
        ("Custom::Anything", {"Whatever": [1]}),
    ],
)
def test_scalars_are_coerced_and_no_schema_is_none(kind: str, properties: dict[str, Any]) -> None:
    schemas.check(kind, "Mine", {**NODE_GROUP, **properties})


@pytest.mark.parametrize(("kind", "old", "new", "expected"), ROWS["replacing"])
def test_the_registry_says_what_replaces(
    kind: str, old: dict[str, Any], new: dict[str, Any], *, expected: bool
) -> None:
    assert schemas.replaces(kind, old, new) is expected


@pytest.mark.parametrize(("kind", "expected"), ROWS["tagged"])
def test_the_registry_names_the_tag_property(kind: str, expected: list[str] | None) -> None:
    assert schemas.tag_property(kind) == (expected and tuple(expected))


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_has_a_row_and_a_schema(kind: str) -> None:
    """A type that the registry doesn't know would be validated by nobody."""
    properties = schemas.schema(kind)["properties"]
    assert set(TYPES[kind].get("readable", ())) <= properties.keys()
