"""The three kinds of patch: JSON merge, strategic merge and JSON patch."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import jsonpatch
import jsonpointer

from kube.values import Json as Schema
from local_aws.kubernetes.api_server import errors
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.schemas import Schemas

_ORDER = "$setElementOrder/"
_DELETE_PRIMITIVE = "$deleteFromPrimitiveList/"


def json_merge(original: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON holds anything
    """Apply a merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(original) if isinstance(original, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = json_merge(merged.get(key), value)
    return merged


def json_patch(original: Json, operations: Sequence[Json]) -> Json:
    """Apply a JSON patch (RFC 6902)."""
    try:
        patched: Json = jsonpatch.JsonPatch(list(operations)).apply(copy.deepcopy(original))
    except jsonpatch.JsonPatchTestFailed as error:
        message = "the server rejected our request due to an error in our request"
        raise errors.ApiError(422, "Invalid", message) from error
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise errors.ApiError(
            422, "Invalid", f"the JSON patch can't be applied: {error}"
        ) from error
    return patched


def strategic_merge(original: Json, patch: Json, schema: Schema, schemas: Schemas) -> Json:
    """Apply a strategic merge patch, by the merge keys and strategies of the schema."""
    match patch.get("$patch"):
        case "replace":
            return {key: value for key, value in patch.items() if key != "$patch"}
        case "delete":
            return {}
    merged = dict(original)
    if (kept := patch.get("$retainKeys")) is not None:
        merged = {key: value for key, value in merged.items() if key in kept}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            merged.pop(key, None)
        else:
            inner = schemas.field(schema, key) or {}
            merged[key] = _merge_value(merged.get(key), value, inner, schemas)
    for key, value in patch.items():
        field = key.partition("/")[2]
        if key.startswith(_DELETE_PRIMITIVE):
            merged[field] = [one for one in merged.get(field) or () if one not in value]
        elif key.startswith(_ORDER) and merged.get(field):
            inner = schemas.field(schema, field) or {}
            merged[field] = _ordered(
                merged[field], value, inner.get("x-kubernetes-patch-merge-key")
            )
    return merged


def _merge_value(old: Any, new: Any, schema: Schema, schemas: Schemas) -> Any:  # noqa: ANN401 - JSON holds anything
    if isinstance(new, dict):
        return strategic_merge(old if isinstance(old, dict) else {}, new, schema, schemas)
    strategies = (schema.get("x-kubernetes-patch-strategy") or "").split(",")
    if not isinstance(new, list) or "merge" not in strategies:
        return new
    old = old if isinstance(old, list) else []
    key = schema.get("x-kubernetes-patch-merge-key")
    if key is None:
        return [*old, *(one for one in new if one not in old)]
    return _merge_lists(old, new, key, schemas.items(schema), schemas)


def _merge_lists(
    old: list[Json], new: list[Json], key: str, schema: Schema, schemas: Schemas
) -> list[Json]:
    if any(item == {"$patch": "replace"} for item in new):
        return [item for item in new if "$patch" not in item]
    merged = list(old)
    for item in new:
        if key not in item:
            message = f"map: {item} does not contain declared merge key: {key}"
            raise errors.bad_request(message)
        at = next((i for i, one in enumerate(merged) if one.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            merged = [one for one in merged if one.get(key) != item[key]]
        elif at is None:
            merged.append(strategic_merge({}, item, schema, schemas))
        else:
            merged[at] = strategic_merge(merged[at], item, schema, schemas)
    return merged


def _ordered(items: list[Any], order: list[Any], key: str | None) -> list[Any]:
    """Sort the named items as the patch wants them; each other one stays behind its neighbour."""

    def name(item: Any) -> Any:  # noqa: ANN401 - JSON holds anything
        return item.get(key) if key and isinstance(item, dict) else item

    places = {_hashable(name(item)): place for place, item in enumerate(order)}
    ranks: list[tuple[int, int]] = []
    for index, item in enumerate(items):
        before = ranks[-1][0] if ranks else -1
        ranks.append((places.get(_hashable(name(item)), before), index))
    return [items[index] for _, index in sorted(ranks)]


def _hashable(value: object) -> str:
    return repr(value)
