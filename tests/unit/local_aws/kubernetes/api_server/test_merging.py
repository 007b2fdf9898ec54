from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_aws.kubernetes.api_server import merging
from local_aws.kubernetes.objects import Json

SCHEMAS = merging.Schemas("1.36")
POD, SERVICE = SCHEMAS.of("v1", "Pod"), SCHEMAS.of("v1", "Service")
CASES = yaml.safe_load(Path(__file__).with_name("merging.yaml").read_text(encoding="utf-8"))


def cases(name: str) -> list[Any]:
    return [pytest.param(*values, id=title) for title, values in CASES[name].items()]


@pytest.mark.parametrize(
    ("original", "patch", "expected"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": "text"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
    ],
)
def test_json_merge(original: Json, patch: Json, expected: Json) -> None:
    assert merging.json_merge(original, patch) == expected


@pytest.mark.parametrize(("original", "patch", "expected"), cases("strategic"))
def test_strategic_merge(original: Json, patch: Json, expected: Json) -> None:
    """Lists merge by the keys of the kind's schema, and directives are followed."""
    before = copy.deepcopy(original)
    merged = merging.strategic_merge({"spec": original}, {"spec": patch}, POD, SCHEMAS)
    assert merged == {"spec": expected}
    assert original == before


def test_primitive_lists_merge_and_lose_named_values() -> None:
    lists = {"$deleteFromPrimitiveList/finalizers": ["x/a"], "finalizers": ["x/c"]}
    original = {"metadata": {"finalizers": ["x/a", "x/b"]}}
    merged = merging.strategic_merge(original, {"metadata": lists}, POD, SCHEMAS)
    assert merged == {"metadata": {"finalizers": ["x/b", "x/c"]}}


@pytest.mark.parametrize(("live", "before", "config", "expected"), cases("applied"))
def test_server_side_apply(live: Json, before: Json, config: Json, expected: Json) -> None:
    configs = [{"spec": spec} for spec in (config, before, {"sessionAffinity": "None"})]
    assert merging.apply({"spec": live}, configs, SERVICE, SCHEMAS) == {"spec": expected}
