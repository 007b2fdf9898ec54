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
        ("One pod will do till the 5th of May 2026.", dt.date(2026, 5, 5)),
        ("One pod will do until 30 Jun 2026.", dt.date(2026, 6, 30)),
        ("One pod will do until Sept. 3, 2026.", dt.date(2026, 9, 3)),
        ("One pod will do until 31.12.2026.", dt.date(2026, 12, 31)),
        ("One pod will do until 31. 12. 2026.", dt.date(2026, 12, 31)),
        ("One pod will do until the end of 2026.", dt.date(2026, 12, 31)),
        ("Until then, that is until 2026-06-30, one pod will do.", dt.date(2026, 6, 30)),
        # It tells a story, or no date.
        ("AWS has changed this in June 2024 for everybody.", None),
        ("One pod will do until version 2026.", None),
        ("One pod will do until 2026.", None),
        ("One pod will do until 2026-13-01.", None),
        ("One pod will do until the end of 2026-13.", None),
        ("One pod will do until 31 June 2026.", None),
    ],
)
def test_a_sentence_says_when_it_ends(sentence: str, day: dt.date | None) -> None:
    """A month lasts to its end."""
    assert last_day(sentence) == day
