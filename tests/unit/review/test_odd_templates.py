"""A review is made of any templates: those of others, and ours with anything in any place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.html.page import html
from review.markdown import markdown
from review.model import Review, Risk
from tests.support import examples
from tests.unit.review.foreign import FOREIGN, PLAIN, of_resources
from tests.unit.review.templates import reviewed

ODD: tuple[Any, ...] = (
    *(None, [], "", 1, {}, True, [None], [[]], "text"),
    {"Ref": "Nobody"},
    {"Fn::If": ["C", {"Ref": "Nobody"}, [1]]},
    {"a": {"b": []}},
)
GONE = object()


def is_whole(review: Review) -> bool:
    """Tell whether no section failed, and the review can be read."""
    assert markdown(review).startswith("Verdict: ")
    return review.risk is not Risk.UNKNOWN


@pytest.mark.parametrize("before", [None, *FOREIGN])
@pytest.mark.parametrize("after", FOREIGN)
def test_templates_of_others_have_a_review(before: str | None, after: str) -> None:
    """On either side, and as a new environment."""
    assert is_whole(reviewed(FOREIGN[before] if before else None, FOREIGN[after]))


def test_templates_of_others_have_a_page() -> None:
    """The page is for whoever reads more than the comment."""
    assert "<h1>" in html(reviewed(FOREIGN["plain"], FOREIGN["two clusters"]))


def paths(value: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside a value."""
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in pairs:
        yield (*above, key)
        yield from paths(inner, (*above, key))


PATHS = list(paths(dict(PLAIN)))


@settings(max_examples=examples(60), deadline=None, derandomize=True)
@given(path=st.sampled_from(PATHS), odd=st.sampled_from((*ODD, GONE)), new=st.booleans())
def test_anything_may_stand_anywhere(path: tuple[Any, ...], odd: object, *, new: bool) -> None:
    """No section fails, whichever side it stands on."""
    resources = copy.deepcopy(dict(PLAIN))
    *above, last = path
    inside: Any = resources
    for key in above:
        inside = inside[key]
    if odd is GONE:
        del inside[last]
    else:
        inside[last] = odd
    usual, other = of_resources(PLAIN), of_resources(resources)

    assert is_whole(reviewed(usual, other) if new else reviewed(other, usual))
