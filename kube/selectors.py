"""LabelSelector objects.

A label or a value may be unknown until the deploy, so there are two questions: `matches` asks what
is certain, `may_match` what is possible. A rule that says "selects nothing" asks `may_match`.
`unknown` is the answer where nobody knows.
"""

from __future__ import annotations

import re
from functools import partial

from kube.values import Json, dicts, items, known, look_up, mapping, text, unsure

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def meets(expression: Json, labels: object, *, unknown: bool) -> bool:
    """Tell whether labels meet one requirement, Gt and Lt included."""
    operator, key, values = (look_up(expression, name) for name in ("operator", "key", "values"))
    value = mapping(labels).get(key) if isinstance(key, str) else None
    if unsure(operator, key, labels, value) or (value is None and unsure(*mapping(labels))):
        exists = value is not None and operator in ("Exists", "DoesNotExist")
        return operator == "Exists" if exists else unknown
    match operator:
        case "In" | "NotIn":
            found = value in [each for each in items(values) if not unsure(each)]
            sure = found or value is None or known(values)
            return (found and value is not None) is (operator == "In") if sure else unknown
        case "Exists" | "DoesNotExist":
            return (value is not None) is (operator == "Exists")
        case "Gt" | "Lt":
            numbers = [text(each) for each in (value, *items(values))]
            if not known([*items(values)]):
                return unknown
            if len(numbers) != 2 or not all(map(_INTEGER.fullmatch, numbers)):  # noqa: PLR2004  # the label's and one bound
                return False
            left, right = map(int, numbers)
            return left > right if operator == "Gt" else left < right
    return False


def _takes(selector: object, labels: object, *, unknown: bool) -> bool:
    if unsure(*(look_up(selector, name) for name in ("matchLabels", "matchExpressions"))):
        return unknown
    wanted: list[Json] = [
        {"key": key, "operator": "In", "values": [value]}
        for key, value in mapping(selector, "matchLabels").items()
    ]
    wanted += dicts(selector, "matchExpressions")
    return isinstance(selector, dict) and all(
        meets(each, labels, unknown=unknown) for each in wanted
    )


matches = partial(_takes, unknown=False)
"""Tell whether a LabelSelector certainly takes labels; an empty one takes all, a missing none."""
may_match = partial(_takes, unknown=True)
"""Tell whether a LabelSelector takes labels once every unknown value is filled in, or may."""
