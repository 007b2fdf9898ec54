"""How many runs of a schedule in the format of cron go on at a time.

Source: robfig/cron v3, parser.go, which the CronJob controller reads schedules with.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right

_EVERY = re.compile(r"@every (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_HOUR, _DAY = 60, 24 * 60


def at_once(schedule: str, seconds: float) -> int:
    """Return how many runs of so many seconds go on at most, of those that start within a day.

    It is 1 where the schedule can't be read.
    """
    if every := _EVERY.fullmatch(schedule):
        hours, minutes, rest = (int(each or 0) for each in every.groups())
        return max(1, math.ceil(seconds / max(hours * 3600 + minutes * 60 + rest, 1)))
    fields = "0 * * * *" if schedule == "@hourly" else schedule
    try:
        minute, hour, *_ = fields.split()
        starts = sorted(
            at * _HOUR + each for at in _values(hour, 24) for each in _values(minute, _HOUR)
        )
    except ValueError:
        return 1
    window = min(seconds / 60, _DAY)
    before = [each - _DAY for each in starts] + starts
    first = len(starts)
    return max(
        (first + x + 1 - bisect_right(before, at - window) for x, at in enumerate(starts)),
        default=1,
    )


def _values(field: str, size: int) -> set[int]:
    found: set[int] = set()
    for each in filter(None, field.split(",")):
        span, _, step = each.partition("/")
        first, _, last = span.partition("-")
        whole = span in {"*", "?"}
        start = 0 if whole else int(first)
        end = size - 1 if whole or (step and not last) else int(last or first)
        found.update(range(start, min(end, size - 1) + 1, int(step or 1)))
    return found
