"""LabelSelector objects.

A label or a value may be unknown until the deploy, so there are two questions: `matches` asks what
is certain, `may_match` what is possible. A rule that says "selects nothing" asks `may_match`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from kube.values import Json, Unknown, dicts, items, known, look_up, mapping, text, unsure

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_UNKNOWN = Unknown("a label")


def matches(selector: object, labels: object) -> bool:
    """Tell whether a LabelSelector certainly takes labels; an empty one takes all, a missing none."""
    return _verdict(selector, labels) is True


def may_match(selector: object, labels: object) -> bool:
    """Tell whether a LabelSelector takes labels once every unknown value is filled in, or may."""
    return _verdict(selector, labels) is not False


def all_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Return False if one verdict is, else None if one can't be told, else True."""
    found = list(verdicts)
    if False in found:
        return False
    return None if None in found else True


def meets(expression: Json, labels: object) -> bool | None:
    """Tell whether labels meet one requirement, Gt and Lt included; None if it can't be told."""
    operator, values = look_up(expression, "operator"), look_up(expression, "values")
    value = _label(labels, look_up(expression, "key"))
    if unsure(operator) or value is _UNKNOWN:
        return None
    match operator:
        case "In" | "NotIn":
            found = _is_one_of(value, values)
            return found if found is None else found is (operator == "In")
        case "Exists" | "DoesNotExist":
            return (value is not None) is (operator == "Exists")
        case "Gt" | "Lt":
            return _compare(operator, value, items(values))
    return False


def _verdict(selector: object, labels: object) -> bool | None:
    if unsure(*(look_up(selector, name) for name in ("matchLabels", "matchExpressions"))):
        return None
    if not isinstance(selector, Mapping):
        return False
    equal = [
        {"key": key, "operator": "In", "values": [value]}
        for key, value in mapping(selector, "matchLabels").items()
    ]
    return all_of(meets(each, labels) for each in (*equal, *dicts(selector, "matchExpressions")))


def _label(labels: object, key: object) -> object:
    """Return a label's value, None if there is none, _UNKNOWN if nobody knows whether there is."""
    value = mapping(labels).get(key) if isinstance(key, str) else None
    may_exist = value is None and unsure(*mapping(labels))
    return _UNKNOWN if unsure(labels, key) or may_exist else value


def _is_one_of(value: object, values: object) -> bool | None:
    if value is None:
        return False
    if unsure(value):
        return None
    words = [each for each in items(values) if not unsure(each)]
    return True if value in words else False if known(values) else None


def _compare(operator: str, value: object, values: Sequence[object]) -> bool | None:
    if not known([value, *values]):
        return None
    numbers = [int(text(each)) for each in (value, *values) if _INTEGER.fullmatch(text(each))]
    if len(numbers) != 2:  # noqa: PLR2004  # the label's and one bound
        return False
    return numbers[0] > numbers[1] if operator == "Gt" else numbers[0] < numbers[1]
