"""Times in a NodePool: durations as Go counts them, schedules as cron does."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from constructs_lib.specs.base import refused
from constructs_lib.specs.types import shaped
from kube.validity.formats import FORMATS

LONGEST = "2562047h"
"""The most whole hours of a Go duration, which counts nanoseconds in 64 bits."""
_SECONDS = {"h": 3_600, "m": 60, "s": 1}
# Ten digits are enough for LONGEST in seconds.
_COUNT = "[0-9]{1,10}"


def seconds(duration: str) -> int:
    """Return how long a duration such as 1h30m is."""
    parts = re.findall(r"(\d+)([hms])", duration)
    return sum(int(count) * _SECONDS[unit] for count, unit in parts)


def _not_too_long(value: str) -> str:
    if seconds(value) > seconds(LONGEST):
        raise refused(f"at most {LONGEST}", "write a shorter time, such as 336h")
    return value


def _some_time(value: str) -> str:
    if not seconds(value):
        raise refused("more than no time: nodes would expire at once", "write it like 336h")
    return value


def _readable_by_cron(value: str) -> str:
    if "TZ" in value:
        raise refused(
            "a schedule in UTC: budgets have no time zone, and read neither TZ nor CRON_TZ",
            "write minute, hour, day, month and day of the week alone, the hour as it is in UTC: 9:00 in "
            "New York is 13 or 14",
        )
    for wrong in FORMATS["schedule"](value):
        raise refused(
            f"a schedule that cron can read, in UTC; in this one, {wrong}",
            "write minute 0-59, hour 0-23, day 1-31, month 1-12 and day of the week 0-6",
        )
    return value


Duration = Annotated[
    str,
    shaped(
        f"({_COUNT}(s|m|h))+",
        f"hours, minutes and seconds, such as 336h or 1h30m, and at most {LONGEST}",
        "write it like 336h; a day is 24h",
    ),
    AfterValidator(_not_too_long),
]
Age = Annotated[Duration, AfterValidator(_some_time)]
BudgetDuration = Annotated[
    str,
    shaped(
        f"{_COUNT}h({_COUNT}m)?(0s)?|{_COUNT}m(0s)?",
        "hours and minutes, such as 8h or 1h30m",
        "write it like 8h; cron knows no seconds",
    ),
    AfterValidator(_not_too_long),
]
# Karpenter puts TZ=UTC before it (pkg/apis/v1/nodepool.go), so it can't have a zone of its own.
Schedule = Annotated[
    str,
    shaped(
        r"@(annually|yearly|monthly|weekly|daily|midnight|hourly)"
        r"|((CRON_)?TZ=\S{1,99} )?\S{1,300}( \S{1,300}){4}",
        "five fields of cron in UTC, such as 0 9 * * mon-fri, or a word such as @daily",
        "write minute, hour, day, month and day of the week",
    ),
    AfterValidator(_readable_by_cron),
]
