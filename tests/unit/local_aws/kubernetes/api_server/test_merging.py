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
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": "text"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
    ],
)
def test_json_merge(original: Json, patch: Json, expected: Json) -> None:
    assert merging.json_merge(original, patch) == expected


def test_json_patch_changes_a_copy_or_is_refused() -> None:
    original = {"a": {"b": [1]}}
    operations = [{"op": "add", "path": "/a/b/-", "value": 2}]
    assert merging.json_patch(original, operations) == {"a": {"b": [1, 2]}}
    assert original == {"a": {"b": [1]}}
    for operation in ("test", "remove", "nonsense"):
        with pytest.raises(ApiError, match="can't be applied"):
            merging.json_patch(original, [{"op": operation, "path": "/missing", "value": 2}])


def containers(*names: str, **values: Any) -> Json:  # noqa: ANN401 - a container's fields are of all kinds
    return {"containers": [{"name": name, **values} for name in names]}


ORDER = {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]}
VOLUME, SECRET = {"name": "v", "emptyDir": {}}, {"name": "v", "secret": {"secretName": "s"}}
STRATEGIC = {
    "containers merge by name": (
        containers("a", "b", image="1"), containers("b", image="2"),
        {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]},
    ),
    "an item is deleted by its key": (
        containers("a", "b"), {"containers": [{"$patch": "delete", "name": "a"}]}, containers("b"),
    ),
    "a list is replaced": (
        containers("a", "b"), {"containers": [{"name": "c"}, {"$patch": "replace"}]},
        containers("c"),
    ),
    "a list without a merge key is replaced": (
        containers("a", args=["x", "y"]), containers("a", args=["z"]), containers("a", args=["z"]),
    ),
    "the order of items is set": (
        containers("a", "b", "c"), {**ORDER, **containers("a")}, containers("c", "a", "b"),
    ),
    "only named keys are retained": (
        {"volumes": [VOLUME]}, {"volumes": [{"$retainKeys": ["name", "secret"], **SECRET}]},
        {"volumes": [SECRET]},
    ),
    "maps merge": (
        {"nodeSelector": {"a": "1", "b": "2"}}, {"nodeSelector": {"a": None, "c": "3"}},
        {"nodeSelector": {"b": "2", "c": "3"}},
    ),
    "a map is replaced": (
        {"securityContext": {"fsGroup": 2}},
        {"securityContext": {"$patch": "replace", "runAsUser": 3}},
        {"securityContext": {"runAsUser": 3}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("original", "patch", "expected"), STRATEGIC.values(), ids=STRATEGIC.keys()
)
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


HTTP, HTTPS = {"port": 80, "protocol": "TCP"}, {"port": 443, "protocol": "TCP"}
# What is there, what the manager applied before, what it applies now, and what comes of it.
APPLIED = {
    "what the manager leaves out goes, the rest stays": (
        {"type": "ClusterIP", "externalName": "a"}, {"externalName": "a"}, {},
        {"type": "ClusterIP"},
    ),
    "items are the same by their keys and the keys' defaults": (
        {"ports": [HTTP, HTTPS]}, {"ports": [{"port": 80}, {"port": 443}]},
        {"ports": [{"port": 443, "name": "https"}]}, {"ports": [{**HTTPS, "name": "https"}]},
    ),
    "an atomic map is replaced": (
        {"selector": {"a": "1", "b": "2"}}, {}, {"selector": {"c": "3"}}, {"selector": {"c": "3"}},
    ),
    "what another manager has applied stays": (
        {"sessionAffinity": "None"}, {"sessionAffinity": "None"}, {}, {"sessionAffinity": "None"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("live", "before", "config", "expected"), APPLIED.values(), ids=APPLIED.keys()
)
def test_server_side_apply(live: Json, before: Json, config: Json, expected: Json) -> None:
    other = {"sessionAffinity": "None"}
    configs = [{"spec": spec} for spec in (config, before, other)]
    assert merging.apply({"spec": live}, configs, SERVICE, SCHEMAS) == {"spec": expected}
