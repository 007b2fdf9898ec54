"""The label selectors of queries, such as `app=web,tier in (a, b),!old`."""

from __future__ import annotations

import re

from kube.values import Json

_SEPARATOR = re.compile(r",(?![^(]*\))")
_SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)")
_EQUALITY = re.compile(r"([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)")
_EXISTENCE = re.compile(r"(!?)\s*([^\s=!(),]+)")


def parse(query: str) -> Json:
    """Return the LabelSelector that a query's labelSelector stands for; raises ValueError."""
    parts = (part.strip() for part in _SEPARATOR.split(query))
    return {"matchExpressions": [_parse_requirement(part) for part in parts if part]}


def _parse_requirement(part: str) -> Json:
    if match := _SET.fullmatch(part):
        operator = "In" if match[2] == "in" else "NotIn"
        values = [value.strip() for value in match[3].split(",")]
        return {"key": match[1], "operator": operator, "values": values}
    if match := _EQUALITY.fullmatch(part):
        operator = "NotIn" if match[2] == "!=" else "In"
        return {"key": match[1], "operator": operator, "values": [match[3]]}
    if match := _EXISTENCE.fullmatch(part):
        return {"key": match[2], "operator": "DoesNotExist" if match[1] else "Exists"}
    raise ValueError(f"unable to parse requirement: {part!r}")
