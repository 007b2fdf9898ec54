from __future__ import annotations

import pytest

from kube.selectors import matches
from local_aws.kubernetes.label_queries import parse

LABELS = {"app": "web", "tier": "front", "empty": "", "cores": "4"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier=front", True),
        ("app=api", False),
        ("app!=api", True),
        ("app!=web", False),
        ("missing!=web", True),
        ("app in (api, web)", True),
        ("app notin (api,web)", False),
        ("missing notin (a)", True),
        ("app", True),
        ("missing", False),
        ("!missing", True),
        ("!app", False),
        ("empty=", True),
        ("app in (web),tier notin (back),!missing", True),
    ],
)
def test_query_selects(query: str, *, expected: bool) -> None:
    assert matches(parse(query), LABELS) is expected


def test_query_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="unable to parse requirement"):
        parse("a b c")
