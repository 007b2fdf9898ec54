"""For how long resources keep what they hold, and what is deleted when that is shortened."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardrails.step.change import values_at
from kube.values import Json, dicts, table, text

KEEPS: Mapping[str, Mapping[str, Any]] = table(__file__, "durations.json")
"""The properties that say how long data is kept: by type and path, what, the unit, for how long without
a number, and the property that such data needs; null is forever (CloudFormation template reference; SQS,
RDS and Kinesis APIs)."""


def shortened(kind: str, was: Json, now: Json) -> str:
    """Return what a resource keeps for less time than before, in words; empty where nothing is."""
    said = " and ".join(f"keeps {each}" for each in shorter(kind, was, now))
    return f"{said}: older ones are deleted" if said else ""


def shorter(kind: str, was: Json, now: Json) -> Iterator[str]:
    """Yield of what a resource has less than before, and for how long."""
    for what, unit, (before, after) in _times(kind, was, now):
        if before is not None and after is not None and after < before:
            past = "forever" if before == math.inf else f"{before:,}"
            yield f"{what} for {after:,} {_unit(unit, after)} instead of {past}"


def keeps(kind: str, now: Json) -> str:
    """Return for how long a resource keeps what it holds, in words; empty where that isn't known."""
    said = list[str]()
    for what, unit, (time,) in _times(kind, now):
        if time is not None:
            are = "" if said else " are kept"
            said.append(
                f"{what}{are} {'forever' if time == math.inf else f'for {time:,} {_unit(unit, time)}'}"
            )
    return " and ".join(said)


def _times(kind: str, *sides: Json) -> Iterator[tuple[str, str, Sequence[float | None]]]:
    """Yield what a resource keeps, the unit, and for how long on each side, None where that isn't known."""
    for path, (what, unit, default, *without) in KEEPS.get(kind, {}).items():
        hidden = path.endswith("/ExpirationInDays") and hides(sides[-1])
        if not hidden and all(values_at(sides[0], needed) for needed in without):
            yield what, unit, [_least(values_at(side, path), default) for side in sides]


def hides(bucket: Json) -> bool:
    """Tell whether objects that expire in a bucket stay, as earlier versions (S3 user guide, "Expiring objects")."""
    rules = dicts(bucket, "LifecycleConfiguration", "Rules")
    ends = (x for x in rules if any(name.startswith("NoncurrentVersionExp") for name in x))
    ended = any(text(each, "Status") == "Enabled" for each in ends)
    return text(bucket, "VersioningConfiguration", "Status") == "Enabled" and not ended


def _least(values: Sequence[object], default: int | None) -> float | None:
    """Return the smallest number, None where one isn't known."""
    values = [each for each in values if each is not None]
    numbers = [int(text(each)) for each in values if text(each).isdecimal()]
    usual = math.inf if default is None else default
    return min(numbers, default=usual) if len(numbers) == len(values) else None


def _unit(unit: str, time: float) -> str:
    return unit if time != 1 else unit[:-1]
