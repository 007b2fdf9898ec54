"""The tables that `kubectl get` prints: columns.json has what each column shows, as JMESPath."""

from __future__ import annotations

from collections.abc import Iterable

import jmespath
from jmespath.exceptions import JMESPathError

from kube import values
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.objects import Json

_COLUMNS: Json = values.table(__file__, "columns.json")


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
            for title, _, *priority in columns
        ],
        "rows": [
            {"cells": [_cell(item, one[1]) for one in columns], "object": item} for item in items
        ],
    }


def _cell(obj: Json, expression: str) -> object:
    try:
        found = jmespath.search(expression, obj)
    except JMESPathError:
        # Nobody checks a status.
        found = None
    return "<none>" if found is None else found
