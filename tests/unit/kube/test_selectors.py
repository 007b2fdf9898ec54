from __future__ import annotations

from typing import Any

import pytest

from kube import selectors
from kube.values import Unknown

LABELS = {"app": "web", "tier": "front", "empty": "", "cores": "4"}
HOLE = Unknown("${Name}")


def wanting(key: object, operator: object, *values: object) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        ({"matchLabels": None, "matchExpressions": None}, True),
        (None, False),
        ([], False),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "api"}}, False),
        (wanting("app", "In", "web"), True),
        (wanting("app", "NotIn", "web"), False),
        (wanting("missing", "NotIn", "web"), True),
        (wanting("missing", "Exists"), False),
        (wanting("missing", "DoesNotExist"), True),
        (wanting("app", "Near", "web"), False),
        (wanting(["app"], "In", "web"), False),
        ({"matchLabels": {"app": "web"}, **wanting("tier", "In", "back")}, False),
        (wanting("cores", "Gt", "3"), True),
        (wanting("cores", "Gt", "4"), False),
        (wanting("cores", "Lt", "5"), True),
        (wanting("cores", "Lt", "4"), False),
        (wanting("cores", "Lt", "3"), False),
        (wanting("app", "Gt", "3"), False),
        (wanting("cores", "Gt", "9" * 5000), False),
    ],
)
def test_object_selects(selector: object, *, expected: bool) -> None:
    """A missing selector takes nothing, an empty one everything; what is malformed takes nothing."""
    assert selectors.matches(selector, LABELS) is expected
    assert selectors.may_match(selector, LABELS) is expected


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        (HOLE, LABELS),
        ({"matchLabels": HOLE}, LABELS),
        ({"matchLabels": {"app": HOLE}}, LABELS),
        ({"matchLabels": {"app": "api"}}, HOLE),
        ({"matchLabels": {"app": "api"}}, {"app": HOLE}),
        ({"matchLabels": {"app": "api"}}, {HOLE: "api"}),
        ({"matchLabels": {HOLE: "api"}}, LABELS),
        (wanting("app", HOLE, "web"), LABELS),
        (wanting("app", "In", "api", HOLE), LABELS),
        (wanting("app", "NotIn", HOLE), LABELS),
        # It stands for a text; it isn't one.
        (wanting("app", "In", HOLE), {"app": str(HOLE)}),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": HOLE}]}, LABELS),
        (wanting("app", "NotIn", "web"), {"app": HOLE}),
        (wanting("cores", "Gt", HOLE), LABELS),
        (wanting("missing", "DoesNotExist"), {HOLE: "x"}),
    ],
)
def test_what_depends_on_the_deploy_may_match(selector: object, labels: object) -> None:
    """A rule that something selects nothing has to stay silent then."""
    assert not selectors.matches(selector, labels)
    assert selectors.may_match(selector, labels)


@pytest.mark.parametrize(
    ("selector", "labels", "expected"),
    [
        (wanting("app", "Exists"), {"app": HOLE}, True),
        (wanting("app", "DoesNotExist"), {"app": HOLE}, False),
        ({"matchLabels": {"app": "web", "tier": HOLE}}, {"app": "api", "tier": "x"}, False),
        ({"matchLabels": {"app": HOLE}}, {}, False),
        (wanting("app", "In", "web", HOLE), LABELS, True),
    ],
)
def test_an_unknown_value_may_decide_nothing(
    selector: object, labels: object, *, expected: bool
) -> None:
    assert selectors.matches(selector, labels) is expected
    assert selectors.may_match(selector, labels) is expected
