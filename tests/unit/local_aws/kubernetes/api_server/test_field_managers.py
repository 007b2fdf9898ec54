from __future__ import annotations

import pytest

from local_aws.kubernetes.api_server import field_managers
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.api_server.field_managers import Manager
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.schemas import Schemas

SCHEMAS = Schemas("1.36")
SCHEMA = SCHEMAS.of("v1", "ConfigMap")
ALICE = Manager(name="alice", operation="Apply")
BOB = Manager(name="bob", operation="Apply")
EDITOR = Manager(name="kubectl-edit", operation="Update")


def config_map(**data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}


def apply(live: Json, config: Json, manager: Manager, *, force: bool = False) -> Json:
    return field_managers.apply(
        live, config, manager=manager, force=force, schema=SCHEMA, schemas=SCHEMAS
    )


def empty() -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}


def managers(obj: Json) -> dict[str, set[str]]:
    """Return which data each manager has."""
    return {
        entry["manager"]: {key.removeprefix("f:") for key in entry["fieldsV1"]["f:data"]}
        for entry in obj["metadata"]["managedFields"]
    }


def test_what_a_manager_leaves_out_goes() -> None:
    first = apply(empty(), config_map(a="1", b="1"), ALICE)
    second = apply(first, config_map(a="2"), ALICE)
    assert second["data"] == {"a": "2"}
    assert managers(second) == {"alice": {"a"}}


def test_field_of_two_managers_stays_until_both_leave_it() -> None:
    shared = apply(apply(empty(), config_map(a="1"), ALICE), config_map(a="1", b="1"), BOB)
    assert managers(shared) == {"alice": {"a"}, "bob": {"a", "b"}}
    assert apply(shared, config_map(b="1"), BOB)["data"] == {"a": "1", "b": "1"}


def test_conflict_names_manager_and_field() -> None:
    live = apply(empty(), config_map(a="1"), ALICE)
    with pytest.raises(ApiError) as conflict:
        apply(live, config_map(a="2"), BOB)
    assert (conflict.value.code, conflict.value.reason) == (409, "Conflict")
    expected = 'Apply failed with 1 conflict: conflict with "alice" using v1: .data.a'
    assert str(conflict.value) == expected


def test_force_takes_the_field() -> None:
    live = apply(empty(), config_map(a="1", b="1"), ALICE)
    forced = apply(live, config_map(a="2"), BOB, force=True)
    assert forced["data"] == {"a": "2", "b": "1"}
    assert managers(forced) == {"alice": {"b"}, "bob": {"a"}}


def test_other_writes_take_what_they_change() -> None:
    """An edit owns the changed field from then on, and removed fields belong to nobody."""
    live = apply(empty(), config_map(a="1", b="1", c="1"), ALICE)
    edited: Json = {**live, "data": {"a": "2", "b": "1"}}
    field_managers.track(live, edited, manager=EDITOR, schema=SCHEMA, schemas=SCHEMAS)
    assert managers(edited) == {"alice": {"b"}, "kubectl-edit": {"a"}}
    with pytest.raises(ApiError, match='conflict with "kubectl-edit"'):
        apply(edited, config_map(a="1"), ALICE)
