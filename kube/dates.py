"""Dates that people write into sentences."""

from __future__ import annotations

import calendar
import datetime as dt
import re

_MONTHS = [name.casefold()[:3] for name in calendar.month_name]
_NAMES = rf"(?P<month>{'|'.join([*calendar.month_name[1:], *calendar.month_abbr[1:], 'Sept'])})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_UNTIL = re.compile(r"(?i)\b(?:until|till|expires(?: on| in)?)(?: the)?(?: end of)?\s+")
_FORMS = [
    re.compile(rf"(?i){form}\b")
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d))?",
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})",
        rf"(?:{_DAY}\.?\s+(?:of\s+)?)?{_NAMES}\s+(?P<year>\d{{4}})",
        rf"{_NAMES}\s+{_DAY},?\s+(?P<year>\d{{4}})",
        r"(?<=end of )(?P<year>\d{4})",
    )
]


def last_day(sentence: str) -> dt.date | None:
    """Return the day until which something holds by a sentence, the last of a month or a year without a day."""
    ends = [each.end() for each in _UNTIL.finditer(sentence)]
    match = next(filter(None, (form.match(sentence, end) for end in ends for form in _FORMS)), None)
    if match is None:
        return None
    said = match.groupdict()
    month = said.get("month") or "12"
    try:
        year, day = int(said["year"]), said.get("day")
        number = int(month) if month.isdigit() else _MONTHS.index(month.casefold()[:3])
        return dt.date(year, number, int(day or calendar.monthrange(year, number)[1]))
    except ValueError:
        return None
