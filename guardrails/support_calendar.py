"""How long EKS supports each Kubernetes version.

support_calendar.csv holds the dates of 23 November 2026, from https://endoflife.date/amazon-eks and
the EKS user guide, "Understand the Kubernetes version lifecycle on EKS". A new version is a new row
there; docs/upgrade.md says when. Where no source gives a date yet, it is derived: 14 and 26 months
after the earliest day on which EKS can have released the version.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kube.values import known

DATA = Path(__file__).parent / "support_calendar.csv"

EXTENDED_SUPPORT_PRICE = "$0.50 an hour"
"""What a cluster in extended support costs on top of $0.10 (https://aws.amazon.com/eks/pricing)."""


class Support(NamedTuple):
    """The days on which standard and extended support of a version end."""

    standard_until: dt.date
    extended_until: dt.date
    derived: bool = False

    @property
    def standard(self) -> str:
        """Return the end of standard support for people."""
        return f"{self.standard_until}{' (estimated)' * self.derived}"

    @property
    def extended(self) -> str:
        """Return the end of extended support for people."""
        return f"{self.extended_until}{' (estimated)' * self.derived}"


@functools.cache
def calendar() -> Mapping[int, Support]:
    """Return the support of each version by its minor number."""
    _, *rows = csv.reader(DATA.read_text(encoding="utf-8").splitlines())
    day = dt.date.fromisoformat
    return {
        minor: Support(day(standard), day(extended), derived=derived == "yes")
        for version, standard, extended, derived in rows
        if (minor := minor_of(version)) is not None
    }


def support_of(version: object) -> Support | None:
    """Return the support of a version such as 1.35, None where the calendar doesn't have it."""
    minor = minor_of(version)
    return None if minor is None else calendar().get(minor)


def minor_of(version: object) -> int | None:
    """Return the minor number of a version such as 1.35 or v1.35.3, if it is one."""
    readable = isinstance(version, str) and known(version)
    match = re.match(r"v?1\.(\d+)(?!\d)", str(version)) if readable else None
    return int(match[1]) if match else None
