"""What the server fills in where an object says nothing, as far as somebody reads it.

In the paths of defaults.json `[]` stands for every item, and `?` for a field that is there already.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterable
from typing import Any

from kube.pods import pod_template
from kube.values import dicts, items, look_up, mapping, table, text
from local_aws.kubernetes.objects import Json

_TABLE: Json = table(__file__)


def fill(obj: Json) -> None:
    """Fill an object's defaults in."""
    _apply(obj, _TABLE.get(obj["kind"], ()))
    if template := pod_template(obj):
        _apply(template.spec, _TABLE["pod"])
    match obj["kind"]:
        case "Service" if text(obj, "spec", "type") != "ExternalName":
            for port in dicts(obj, "spec", "ports"):
                _set(port, ["targetPort"], port.get("port"))
        case "Secret":
            for key, value in mapping(obj.pop("stringData", None)).items():
                encoded = base64.b64encode(text(value).encode()).decode()
                obj["data"] = {**mapping(obj, "data"), key: encoded}
        case "Namespace":
            _set(
                obj, ["metadata", "labels", "kubernetes.io/metadata.name"], obj["metadata"]["name"]
            )


def _apply(obj: object, rows: Iterable[list[Any]]) -> None:
    for path, value, *conditions in rows:
        if all(
            look_up(obj, *field.split(".")) in words
            for condition in conditions
            for field, words in condition.items()
        ):
            _set(obj, path.split("."), value)


def _set(at: object, path: list[str], value: object) -> None:
    name, *rest = path
    if not isinstance(at, dict):
        return
    if name.endswith("[]"):
        for item in items(at, name[:-2]):
            _set(item, rest, value)
    elif name.endswith("?"):
        _set(at.get(name[:-1]), rest, value)
    elif rest:
        _set(at.setdefault(name, {}), rest, value)
    elif at.get(name) is None:
        at[name] = copy.deepcopy(value)
