from __future__ import annotations

from typing import Any

import pytest

from local_aws.kubernetes.api_server import patches
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.schemas import Schemas

SCHEMAS = Schemas("1.36")
POD = SCHEMAS.of("v1", "Pod")


@pytest.mark.parametrize(
    ("original", "patch", "expected"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": None}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": "text"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
    ],
)
def test_json_merge(original: Json, patch: Json, expected: Json) -> None:
    assert patches.json_merge(original, patch) == expected


def test_json_patch_applies_operations_in_order() -> None:
    original = {"a": {"b": [1]}}
    operations: list[Json] = [
        {"op": "test", "path": "/a/b/0", "value": 1},
        {"op": "add", "path": "/a/b/-", "value": 2},
        {"op": "remove", "path": "/a/b/0"},
    ]
    assert patches.json_patch(original, operations) == {"a": {"b": [2]}}
    assert original == {"a": {"b": [1]}}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": 2},
        {"op": "remove", "path": "/missing"},
        {"op": "nonsense", "path": "/a"},
    ],
)
def test_json_patch_that_does_not_fit_is_refused(operation: Json) -> None:
    with pytest.raises(ApiError) as refusal:
        patches.json_patch({"a": 1}, [operation])
    assert (refusal.value.code, refusal.value.reason) == (422, "Invalid")


def container(name: str, **values: Any) -> Json:  # noqa: ANN401 - a container's fields are of all kinds
    return {"name": name, **values}


@pytest.mark.parametrize(
    ("original", "patch", "expected"),
    [
        pytest.param(
            {"containers": [container("a", image="1"), container("b", image="1")]},
            {"containers": [container("b", image="2")]},
            {"containers": [container("a", image="1"), container("b", image="2")]},
            id="containers merge by name",
        ),
        pytest.param(
            {"containers": [container("a"), container("b")]},
            {"containers": [{"$patch": "delete", "name": "a"}]},
            {"containers": [container("b")]},
            id="an item is deleted by its key",
        ),
        pytest.param(
            {"containers": [container("a"), container("b")]},
            {"containers": [container("c"), {"$patch": "replace"}]},
            {"containers": [container("c")]},
            id="a list is replaced",
        ),
        pytest.param(
            {"containers": [container("a", ports=[{"containerPort": 80}])]},
            {"containers": [container("a", ports=[{"containerPort": 81}])]},
            {"containers": [container("a", ports=[{"containerPort": 80}, {"containerPort": 81}])]},
            id="ports merge by number",
        ),
        pytest.param(
            {"containers": [container("a", args=["x", "y"])]},
            {"containers": [container("a", args=["z"])]},
            {"containers": [container("a", args=["z"])]},
            id="a list without a merge key is replaced",
        ),
        pytest.param(
            {"containers": [container("a"), container("b"), container("c")]},
            {
                "$setElementOrder/containers": [{"name": "c"}, {"name": "a"}],
                "containers": [container("a", image="2")],
            },
            {"containers": [container("c"), container("a", image="2"), container("b")]},
            id="the order of items is set",
        ),
        pytest.param(
            {"volumes": [{"name": "v", "emptyDir": {}}]},
            {
                "volumes": [
                    {"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}
                ]
            },
            {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]},
            id="only named keys are retained",
        ),
        pytest.param(
            {"nodeSelector": {"a": "1", "b": "2"}},
            {"nodeSelector": {"a": None, "c": "3"}},
            {"nodeSelector": {"b": "2", "c": "3"}},
            id="maps merge",
        ),
        pytest.param(
            {"securityContext": {"runAsUser": 1, "fsGroup": 2}},
            {"securityContext": {"$patch": "replace", "runAsUser": 3}},
            {"securityContext": {"runAsUser": 3}},
            id="a map is replaced",
        ),
        pytest.param(
            {"tolerations": [{"key": "a"}]},
            {"tolerations": [{"key": "b"}]},
            {"tolerations": [{"key": "b"}]},
            id="tolerations have no merge key",
        ),
    ],
)
def test_strategic_merge(original: Json, patch: Json, expected: Json) -> None:
    """Lists merge by the keys of the kind's schema, and directives are followed."""
    merged = patches.strategic_merge({"spec": original}, {"spec": patch}, POD, SCHEMAS)
    assert merged == {"spec": expected}


def test_primitive_lists_merge_and_lose_named_values() -> None:
    original = {"metadata": {"finalizers": ["example.com/a", "example.com/b"]}}
    patch = {
        "metadata": {
            "$deleteFromPrimitiveList/finalizers": ["example.com/a"],
            "finalizers": ["example.com/c"],
        }
    }
    merged = patches.strategic_merge(original, patch, POD, SCHEMAS)
    assert merged == {"metadata": {"finalizers": ["example.com/b", "example.com/c"]}}


def test_item_without_its_merge_key_is_refused() -> None:
    with pytest.raises(ApiError, match="does not contain declared merge key: name"):
        patches.strategic_merge({}, {"spec": {"containers": [{"image": "1"}]}}, POD, SCHEMAS)
