from __future__ import annotations

import datetime as dt

import pytest

from kube.dates import last_day


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("Until 2026-06-30 one pod will do.", dt.date(2026, 6, 30)),
        ("One pod will do until the end of June 2026.", dt.date(2026, 6, 30)),
        ("One pod will do till 3rd February 2028, then two.", dt.date(2028, 2, 3)),
        ("One pod will do until February 3, 2028.", dt.date(2028, 2, 3)),
        ("This expires on 2027-02.", dt.date(2027, 2, 28)),
        # It tells a story, or no date.
        ("AWS has changed this in June 2024 for everybody.", None),
        ("One pod will do until version 2026.", None),
        ("One pod will do until 2026-13-01.", None),
        ("One pod will do until 31 June 2026.", None),
    ],
)
def test_a_sentence_says_when_it_ends(sentence: str, day: dt.date | None) -> None:
    """A month lasts to its end."""
    assert last_day(sentence) == day
