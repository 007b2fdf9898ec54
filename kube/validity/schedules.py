"""How the schedule of a CronJob is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[int, int, Mapping[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, start=1)}),
    (0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
"""The lowest and the highest number of each field of a schedule, and the names for numbers."""
_DESCRIPTOR = re.compile(
    r"@(annually|daily|hourly|midnight|monthly|weekly|yearly"
    r"|every ([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+)"
)


def wrong_schedule(schedule: str) -> Sequence[str]:
    """Return what is wrong with a schedule in the format of cron: the first thing, or nothing."""
    if "TZ" in schedule:
        return ["cannot use TZ or CRON_TZ in schedule, use timeZone field instead"]
    if schedule.startswith("@"):
        right = _DESCRIPTOR.fullmatch(schedule)
        return [] if right else [f"unrecognized descriptor: {schedule}"]
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return [f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"]
    wrong = (
        _wrong_range(each, *rules)
        for field, rules in zip(fields, _FIELDS, strict=True)
        for each in field.split(",")
    )
    return [words for words in wrong if words][:1]


def _wrong_range(written: str, low: int, high: int, called: Mapping[str, int]) -> str | None:
    span, slash, step = written.partition("/")
    first, dash, last = span.partition("-")
    numbers = [str(called.get(each.lower(), each)) for each in (first, last if dash else first)]
    if slash and not re.fullmatch("[0-9]+", step):
        return f"failed to parse int from {step}: {written}"
    if slash and int(step) == 0:
        return f"step of range should be a positive number: {written}"
    if span in ("*", "?"):
        return None
    if not all(re.fullmatch("[0-9]+", each) for each in numbers):
        return f"failed to parse int from {span}: {written}"
    start, end = map(int, numbers)
    if start < low:
        return f"beginning of range ({start}) below minimum ({low}): {written}"
    if end > high:
        return f"end of range ({end}) above maximum ({high}): {written}"
    if start > end:
        return f"beginning of range ({start}) beyond end of range ({end}): {written}"
    return None
