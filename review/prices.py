"""Prices as data: prices.json, with its date and source."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from review.model import read

SIZES: Mapping[str, float] = {"small": 0.25, "medium": 0.5, "large": 1, "xlarge": 2}
"""Sizes of instances in units of a large one."""


class Prices(BaseModel):
    """List prices of one region; the fields of prices.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    date: date
    region: str
    currency: str
    hours_a_month: int
    control_plane_hour: Mapping[Literal["standard", "extended"], float]
    nat_gateway_hour: float
    public_address_hour: float
    interface_endpoint_hour_and_zone: float
    load_balancer_hour: float
    volume_gib_month: float
    fargate_vcpu_hour: float
    fargate_gb_hour: float
    kms_key_month: float
    instance_hour: Mapping[str, Mapping[str, float]]
    left_out: str

    def month(self, hourly: float | None) -> float | None:
        """Return what an hourly price is in a month, None where it isn't known."""
        return None if hourly is None else hourly * self.hours_a_month

    def instance(self, name: str, capacity: str) -> float | None:
        """Return the price of an instance type, from its own or another size of its family.

        AWS charges a family by its size; a Spot price is another market for each size, and is only
        scaled for want of a better number. None where the family isn't in the data, or is bought in
        another way.
        """
        known = self.instance_hour.get(capacity, {})
        family, _, size = name.partition(".")
        for other, price in known.items():
            its_family, _, its_size = other.partition(".")
            if its_family == family and units(size) and units(its_size):
                return price * units(size) / units(its_size)
        return None


def units(size: str) -> float:
    """Return an instance's size in units of a large one, 0 for a size that doesn't scale."""
    times = size.removesuffix("xlarge")
    return SIZES["xlarge"] * int(times) if times.isdigit() and times != size else SIZES.get(size, 0)


@functools.cache
def prices() -> Prices:
    """Return the prices that the project knows."""
    return Prices.model_validate(read("prices"))
