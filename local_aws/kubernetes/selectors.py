"""Label selectors, written as a query string or as a LabelSelector object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SEPARATOR = re.compile(r",(?![^(]*\))")
_SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)")
_EQUALITY = re.compile(r"([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)")
_EXISTENCE = re.compile(r"(!?)\s*([^\s=!(),]+)")


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What one label must be. `operator` is In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet the requirement."""
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value in self.values
            case "NotIn":
                return value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case _:
                raise ValueError(f'"{self.operator}" is not a valid label selector operator')


Selector = tuple[Requirement, ...]


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Tell whether labels meet every requirement; an empty selector takes everything."""
    return all(requirement.matches(labels) for requirement in selector)


def parse(text: str) -> Selector:
    """Read a query's labelSelector such as `app=web,tier in (a, b),!old`."""
    return tuple(
        _parse_requirement(part.strip()) for part in _SEPARATOR.split(text) if part.strip()
    )


def _parse_requirement(text: str) -> Requirement:
    if match := _SET.fullmatch(text):
        values = frozenset(value.strip() for value in match[3].split(","))
        operator = "In" if match[2] == "in" else "NotIn"
        return Requirement(key=match[1], operator=operator, values=values)
    if match := _EQUALITY.fullmatch(text):
        operator = "NotIn" if match[2] == "!=" else "In"
        return Requirement(key=match[1], operator=operator, values=frozenset({match[3]}))
    if match := _EXISTENCE.fullmatch(text):
        return Requirement(key=match[2], operator="DoesNotExist" if match[1] else "Exists")
    raise ValueError(f"unable to parse requirement: {text!r}")


def from_labels(labels: Mapping[str, str]) -> Selector:
    """Return the selector that wants exactly these labels, among others."""
    return tuple(
        Requirement(key=key, operator="In", values=frozenset({value}))
        for key, value in labels.items()
    )


def from_object(selector: Mapping[str, Any]) -> Selector:
    """Read a LabelSelector with matchLabels and matchExpressions."""
    expressions = (
        Requirement(
            key=expression["key"],
            operator=expression["operator"],
            values=frozenset(expression.get("values") or ()),
        )
        for expression in selector.get("matchExpressions") or ()
    )
    return (*from_labels(selector.get("matchLabels") or {}), *expressions)
