"""How long AWS takes to make a resource; durations.json names the sources."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).with_name("durations.json")


@dataclass(frozen=True, kw_only=True)
class Duration:
    """From the shortest to the longest that was seen, in minutes."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """Return what an estimate counts with."""
        return (self.low + self.high) / 2


def duration_of(kind: str) -> Duration:
    """Return how long a resource of a CloudFormation type takes; most take seconds."""
    known, other = _durations()
    return known.get(kind, other)


@functools.cache
def _durations() -> tuple[dict[str, Duration], Duration]:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    known = {
        kind: Duration(low=each["low"], high=each["high"]) for kind, each in data["types"].items()
    }
    return known, Duration(low=data["other"]["low"], high=data["other"]["high"])
