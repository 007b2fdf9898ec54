"""The tables that `kubectl get` prints: columns.json has what each column shows, as JMESPath."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import jmespath
from jmespath.exceptions import JMESPathError

from kube import values
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.objects import Json

_COLUMNS: Json = values.table(__file__, "columns.json")
_UNITS = (("s", 1, 120), ("m", 60, 180), ("h", 3600, 48), ("d", 86400, float("inf")))
"""Units of an age with their seconds, and from how many on the next one is taken."""


def table(resource: Resource, items: Iterable[Json], revision: str) -> Json:
    """Return objects as a Table."""
    columns = [["Name", "metadata.name"], *_COLUMNS.get(resource.group_resource, ())]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": revision},
        "columnDefinitions": [
            # By this format kubectl knows where to put the kind: deployment.apps/web.
            {"name": title, "type": "string", "format": title.lower(), "priority": sum(priority)}
            for title, _, *priority in (*columns, ("Age", ""))
        ],
        "rows": [
            {"cells": [*(_cell(item, one[1]) for one in columns), age(item)], "object": item}
            for item in items
        ],
    }


def _cell(obj: Json, expression: str) -> object:
    try:
        found = jmespath.search(expression, obj)
    except JMESPathError:
        # Nobody checks a status.
        found = None
    return "<none>" if found is None else found


def age(obj: Json) -> str:
    """Return how long ago an object was made, in one unit: 42s, 7m, 5h, 12d."""
    made = dt.datetime.fromisoformat(obj["metadata"]["creationTimestamp"])
    seconds = max(0, int((dt.datetime.now(dt.UTC) - made).total_seconds()))
    return next(f"{seconds // of}{unit}" for unit, of, most in _UNITS if seconds < of * most)
