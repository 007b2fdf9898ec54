from __future__ import annotations

import copy
from typing import Any

import pytest

from kube.schemas import Schemas
from local_aws.kubernetes.api_server import merging
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json

SCHEMAS = Schemas("1.36")
POD, SERVICE = SCHEMAS.of("v1", "Pod"), SCHEMAS.of("v1", "Service")


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
    assert merging.json_merge(original, patch) == expected


def test_json_patch_applies_operations_in_order() -> None:
    original = {"a": {"b": [1]}}
    operations: list[Json] = [
        {"op": "test", "path": "/a/b/0", "value": 1},
        {"op": "add", "path": "/a/b/-", "value": 2},
        {"op": "remove", "path": "/a/b/0"},
    ]
    assert merging.json_patch(original, operations) == {"a": {"b": [2]}}
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
        merging.json_patch({"a": 1}, [operation])
    assert (refusal.value.code, refusal.value.reason) == (422, "Invalid")


def containers(*names: str, **values: Any) -> Json:  # noqa: ANN401 - a container's fields are of all kinds
    return {"containers": [{"name": name, **values} for name in names]}


@pytest.mark.parametrize(
    ("original", "patch", "expected"),
    [
        pytest.param(
            containers("a", "b", image="1"),
            containers("b", image="2"),
            {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]},
            id="containers merge by name",
        ),
        pytest.param(
            containers("a", "b"),
            {"containers": [{"$patch": "delete", "name": "a"}]},
            containers("b"),
            id="an item is deleted by its key",
        ),
        pytest.param(
            containers("a", "b"),
            {"containers": [{"name": "c"}, {"$patch": "replace"}]},
            containers("c"),
            id="a list is replaced",
        ),
        pytest.param(
            containers("a", ports=[{"containerPort": 80}]),
            containers("a", ports=[{"containerPort": 81}]),
            containers("a", ports=[{"containerPort": 80}, {"containerPort": 81}]),
            id="ports merge by number",
        ),
        pytest.param(
            containers("a", args=["x", "y"]),
            containers("a", args=["z"]),
            containers("a", args=["z"]),
            id="a list without a merge key is replaced",
        ),
        pytest.param(
            containers("a", "b", "c"),
            {
                "$setElementOrder/containers": [{"name": "c"}, {"name": "a"}],
                "containers": [{"name": "a"}],
            },
            containers("c", "a", "b"),
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
    before = copy.deepcopy(original)
    merged = merging.strategic_merge({"spec": original}, {"spec": patch}, POD, SCHEMAS)
    assert merged == {"spec": expected}
    assert original == before


def test_primitive_lists_merge_and_lose_named_values() -> None:
    original = {"metadata": {"finalizers": ["example.com/a", "example.com/b"]}}
    patch = {
        "metadata": {
            "$deleteFromPrimitiveList/finalizers": ["example.com/a"],
            "finalizers": ["example.com/c"],
        }
    }
    merged = merging.strategic_merge(original, patch, POD, SCHEMAS)
    assert merged == {"metadata": {"finalizers": ["example.com/b", "example.com/c"]}}


HTTP, HTTPS = {"port": 80, "protocol": "TCP"}, {"port": 443, "protocol": "TCP"}


@pytest.mark.parametrize(
    ("live", "before", "config", "expected"),
    [
        pytest.param(
            {"type": "ClusterIP", "externalName": "a"},
            {"externalName": "a"},
            {},
            {"type": "ClusterIP"},
            id="what the manager leaves out goes, the rest stays",
        ),
        pytest.param(
            {"ports": [HTTP, HTTPS]},
            {"ports": [{"port": 80}, {"port": 443}]},
            {"ports": [{"port": 443, "name": "https"}]},
            {"ports": [{**HTTPS, "name": "https"}]},
            id="items are the same by their keys and the keys' defaults",
        ),
        pytest.param(
            {"selector": {"a": "1", "b": "2"}},
            {},
            {"selector": {"c": "3"}},
            {"selector": {"c": "3"}},
            id="an atomic map is replaced",
        ),
        pytest.param(
            {"externalIPs": ["10.0.0.1", "10.0.0.2"]},
            {"externalIPs": ["10.0.0.1"]},
            {"externalIPs": ["10.0.0.3"]},
            {"externalIPs": ["10.0.0.3"]},
            id="an atomic list is replaced",
        ),
        pytest.param(
            {"sessionAffinity": "None"},
            {"sessionAffinity": "None"},
            {"type": "ClusterIP"},
            {"sessionAffinity": "None", "type": "ClusterIP"},
            id="what another manager has applied stays",
        ),
    ],
)
def test_server_side_apply(live: Json, before: Json, config: Json, expected: Json) -> None:
    merged = merging.apply(
        {"spec": live},
        {"spec": config},
        SERVICE,
        SCHEMAS,
        before={"spec": before},
        others=[{"spec": {"sessionAffinity": "None"}}],
    )
    assert merged == {"spec": expected}
