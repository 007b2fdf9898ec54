"""Dates that people write into sentences."""

from __future__ import annotations

import calendar
import datetime as dt
import re

_MONTHS = [name.casefold() for name in calendar.month_name]
_END = re.compile(
    r"(?i)\b(?:until|till|expires(?: on| in)?)(?: the)?(?: end of)?\s+(?:"
    r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d))?"
    rf"|(?:(?P<of>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+)?(?P<name>{'|'.join(_MONTHS[1:])})\s+(?P<in>\d{{4}})"
    rf"|(?P<name2>{'|'.join(_MONTHS[1:])})\s+(?P<of2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<in2>\d{{4}}))\b"
)


def last_day(sentence: str) -> dt.date | None:
    """Return the day until which something holds by a sentence, the last of a month without a day."""
    if (match := _END.search(sentence)) is None:
        return None
    year = int(match["year"] or match["in"] or match["in2"])
    name = match["name"] or match["name2"]
    try:
        month = _MONTHS.index(name.casefold()) if name else int(match["month"])
        day = match["day"] or match["of"] or match["of2"] or calendar.monthrange(year, month)[1]
        return dt.date(year, month, int(day))
    except ValueError:
        return None
