"""Who manages which field: server-side apply, and what other writes do to the owners."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from kube.values import Json as Schema
from local_aws.kubernetes.api_server import fields
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.api_server.fields import FieldSet
from local_aws.kubernetes.objects import Json, timestamp
from local_aws.kubernetes.schemas import Schemas


@dataclass(frozen=True, kw_only=True)
class Manager:
    """One writer of an object. `operation` is Apply or Update."""

    name: str
    operation: str
    subresource: str = ""


@dataclass(frozen=True, kw_only=True)
class _Entry:
    fields: FieldSet
    api_version: str
    time: str


Owners = dict[Manager, _Entry]


def apply(
    live: Json, config: Json, *, manager: Manager, force: bool, schema: Schema, schemas: Schemas
) -> Json:
    """Merge an applied configuration into an object, by the rules of server-side apply.

    What the manager applied before and leaves out now goes, unless somebody else manages it too.
    A field that another manager holds at another value is a conflict, unless `force`d.
    """
    owners = _owners(live)
    wanted = fields.field_values(config, schema, schemas)
    present = fields.field_values(live, schema, schemas)
    lost = {path for path, value in wanted.items() if path in present and present[path] != value}
    others = {one: entry for one, entry in owners.items() if one != manager}
    contested = {one: entry.fields & lost for one, entry in others.items() if entry.fields & lost}
    if contested and not force:
        raise _conflict(contested, owners)
    merged: Json = _merge(copy.deepcopy(live), config, schema, schemas)
    others = {one: _without(entry, lost) for one, entry in others.items()}
    before = owners[manager].fields if manager in owners else frozenset()
    kept = frozenset().union(*(entry.fields for entry in others.values()))
    for path in sorted(before - wanted.keys() - kept):
        fields.remove(merged, path, schema, schemas)
    mine = _Entry(fields=frozenset(wanted), api_version=config["apiVersion"], time=timestamp())
    _write_owners(merged, {**others, manager: mine})
    return merged


def track(old: Json, new: Json, *, manager: Manager, schema: Schema, schemas: Schemas) -> None:
    """Give the fields that a write changed to its manager, and take them from the others."""
    metadata = new["metadata"]
    owners = _owners(new if metadata.get("managedFields") is not None else old)
    before = fields.field_values(old, schema, schemas) if old else {}
    after = fields.field_values(new, schema, schemas)
    changed = {path for path, value in after.items() if path not in before or before[path] != value}
    gone = before.keys() - after.keys()
    if changed or gone:
        owners = {
            one: entry if one == manager else _without(entry, changed)
            for one, entry in owners.items()
        }
    mine = owners[manager].fields if manager in owners else frozenset()
    if changed:
        owners[manager] = _Entry(
            fields=mine | changed, api_version=new["apiVersion"], time=timestamp()
        )
    _write_owners(new, {one: _without(entry, set(gone)) for one, entry in owners.items()})


def _merge(live: Any, config: Any, schema: Schema, schemas: Schemas) -> Any:  # noqa: ANN401 - JSON holds anything
    if isinstance(config, dict) and isinstance(live, dict) and not fields.is_atomic_map(schema):
        for key, value in config.items():
            inner = schemas.field(schema, key) or {}
            live[key] = _merge(live.get(key), value, inner, schemas)
        return live
    if isinstance(config, list) and isinstance(live, list):
        match schema.get("x-kubernetes-list-type"):
            case "set":
                return [*live, *(item for item in config if item not in live)]
            case "map":
                return _merge_items(live, config, schema, schemas)
    return copy.deepcopy(config)


def _merge_items(live: list[Any], config: list[Any], schema: Schema, schemas: Schemas) -> list[Any]:
    places = {fields.item_step(item, schema): index for index, item in enumerate(live)}
    for item in config:
        at = places.get(fields.item_step(item, schema))
        if at is None:
            live.append(copy.deepcopy(item))
        else:
            live[at] = _merge(live[at], item, schemas.items(schema), schemas)
    return live


def _without(entry: _Entry, paths: set[fields.Path]) -> _Entry:
    return _Entry(fields=entry.fields - paths, api_version=entry.api_version, time=entry.time)


def _conflict(contested: dict[Manager, FieldSet], owners: Owners) -> ApiError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{manager.name}" using {owners[manager].api_version}',
            "field": fields.words(path),
        }
        for manager, paths in contested.items()
        for path in sorted(paths)
    ]
    many = "conflict" if len(causes) == 1 else "conflicts"
    texts = "; ".join(f"{cause['message']}: {cause['field']}" for cause in causes)
    message = f"Apply failed with {len(causes)} {many}: {texts}"
    return ApiError(409, "Conflict", message, details={"causes": causes})


def _owners(obj: Json) -> Owners:
    return {
        Manager(
            name=entry.get("manager", ""),
            operation=entry.get("operation", "Update"),
            subresource=entry.get("subresource", ""),
        ): _Entry(
            fields=fields.decode(entry.get("fieldsV1") or {}),
            api_version=entry.get("apiVersion", ""),
            time=entry.get("time", ""),
        )
        for entry in obj.get("metadata", {}).get("managedFields") or ()
        if entry
    }


def _write_owners(obj: Json, owners: Owners) -> None:
    obj["metadata"]["managedFields"] = [
        {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": entry.api_version,
            "time": entry.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields.encode(entry.fields),
            **({"subresource": manager.subresource} if manager.subresource else {}),
        }
        for manager, entry in owners.items()
        if entry.fields
    ]
