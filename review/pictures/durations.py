"""How long AWS takes to make a resource: durations.json, estimates with their sources."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from assembly.resource import Resource

DATA = Path(__file__).with_name("durations.json")


class Duration(BaseModel):
    """Between how many minutes and how many, and who says so.

    It is that of a type, of those of its resources whose properties are as in `where`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = ""
    where: Mapping[str, str] = {}
    least: float = Field(gt=0)
    most: float = Field(gt=0)
    source: str

    @property
    def seconds(self) -> tuple[int, int, int]:
        """Return the least, the middle and the most, in seconds."""
        least, most = round(self.least * 60), round(self.most * 60)
        return least, (least + most) // 2, most


class Durations(BaseModel):
    """The fields of durations.json. `default` is for every type that isn't listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    note: str
    default: Duration
    left_out: str
    durations: tuple[Duration, ...]

    def of(self, resource: Resource) -> Duration:
        """Return how long a resource takes."""
        for each in self.durations:
            given = {name: resource.properties.get(name) for name in each.where}
            if resource.kind == each.type and given == each.where:
                return each
        return self.default


@functools.cache
def durations() -> Durations:
    """Return the durations that the project knows."""
    return Durations.model_validate_json(DATA.read_text(encoding="utf-8"))
