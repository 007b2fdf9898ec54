"""How long AWS takes to make a resource: durations.json, estimates with their sources."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from review.environment import Resource

DATA = Path(__file__).with_name("durations.json")


class Duration(BaseModel):
    """Between how many minutes and how many, and who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least: float = Field(gt=0)
    most: float = Field(gt=0)
    source: str

    @property
    def seconds(self) -> tuple[int, int, int]:
        """Return the least, the middle and the most, in seconds."""
        least, most = round(self.least * 60), round(self.most * 60)
        return least, (least + most) // 2, most


class DurationOfType(Duration):
    """The duration of a type, of those of its resources whose properties are as in `where`."""

    type: str
    where: Mapping[str, str] = {}

    def is_of(self, resource: Resource) -> bool:
        """Tell whether a resource is one of those."""
        return resource.type == self.type and all(
            resource.properties.get(name) == value for name, value in self.where.items()
        )


class Durations(BaseModel):
    """The fields of durations.json. `default` is for every type that isn't listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    note: str
    default: Duration
    left_out: str
    durations: tuple[DurationOfType, ...]

    def of(self, resource: Resource) -> Duration:
        """Return how long a resource takes."""
        return next((each for each in self.durations if each.is_of(resource)), self.default)


@functools.cache
def durations() -> Durations:
    """Return the durations that the project knows."""
    return Durations.model_validate_json(DATA.read_text(encoding="utf-8"))
