"""Lists as the tables that `kubectl get` prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server.columns import COLUMNS, Column, age
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json

_NAME = Column("Name", objects.name, format="name")
_AGE = Column("Age", lambda obj: age(obj["metadata"].get("creationTimestamp")))


def table(
    resource: Resource, items: Iterable[Json], *, include: str, revision: str, head: bool = True
) -> Json:
    """Return objects as a Table. `include` says what of each: Metadata, Object or None."""
    columns = _columns(resource)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": revision},
        "columnDefinitions": [column.definition() for column in columns] if head else [],
        "rows": [
            {
                "cells": [column.value(item) for column in columns],
                "object": _row_object(item, include),
            }
            for item in items
        ],
    }


def _columns(resource: Resource) -> Sequence[Column]:
    if resource.schema is not None:
        custom = [_custom_column(one) for one in resource.columns]
        has_age = any(one["name"].lower() == "age" for one in resource.columns)
        return [_NAME, *custom] if has_age else [_NAME, *custom, _AGE]
    normal, wide = COLUMNS.get(resource.group_resource, ((), ()))
    return [_NAME, *normal, _AGE, *wide]


def _custom_column(column: Json) -> Column:
    def value(obj: Json) -> Any:  # noqa: ANN401 - JSON holds anything
        found = _json_path(obj, column["jsonPath"])
        return age(found) if column["type"] == "date" else found

    return Column(column["name"], value, type=column["type"], priority=column.get("priority") or 0)


def _json_path(obj: Json, path: str) -> Any:  # noqa: ANN401 - JSON holds anything
    """Read the simple paths that printer columns have: .spec.a, .status.b[0].c."""
    found: Any = obj
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path):
        if name:
            found = found.get(name) if isinstance(found, dict) else None
        else:
            items = found if isinstance(found, list) else []
            found = items[int(index)] if int(index) < len(items) else None
    return found


def _row_object(item: Json, include: str) -> Json | None:
    match include:
        case "None":
            return None
        case "Object":
            return item
        case _:
            return partial(item)


def partial(item: Json) -> Json:
    """Return an object's metadata alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": item["metadata"],
    }
