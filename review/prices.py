"""Prices as data: prices.json, region_prices.csv, and instance_prices.csv for nodes; docs/cost.md has the sources."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from review import price_list, region_prices
from review.labels import plural_of
from review.model import read

DEAR = "on-demand"
"""What of a pool's markets costs more than the other."""


@dataclass(frozen=True)
class Amount:
    """USD, from the least to the most: both are the same unless a price varies."""

    low: float = 0
    high: float = 0

    @classmethod
    def of(cls, usd: float) -> Amount:
        """Return an amount that doesn't vary."""
        return cls(usd, usd)

    def __add__(self, other: Amount) -> Amount:
        """Return the sum."""
        return Amount(self.low + other.low, self.high + other.high)

    def __mul__(self, times: float) -> Amount:
        """Return a multiple, also of less than none."""
        return Amount(*sorted((self.low * times, self.high * times)))

    def __str__(self) -> str:
        """Return it in whole USD, such as "$25 to $64"."""
        return " to ".join(dict.fromkeys(f"${each:,.0f}" for each in (self.low, self.high)))

    def bound(self, sign: int) -> str:
        """Return what a difference is at least or at most, with something that costs more or less."""
        usd = self.low if sign > 0 else self.high
        how = "least" if (usd < 0) != (sign > 0) else "most"
        return f"at {how} ${abs(usd):,.0f} {'less' if usd < 0 else 'more'}" if sign else ""

    @property
    def signed(self) -> str:
        """Return a difference in whole USD, such as "+$25 to +$64"."""
        ends = [round(each) for each in (self.low, self.high)]
        return " to ".join(dict.fromkeys(f"{'-' if x < 0 else '+'}${abs(x):,}" for x in ends))


@dataclass(frozen=True)
class Line:
    """One kind of cost: how many of what, and what one of them costs in a month.

    Both are None where they aren't known. `of` says more of each than its noun. `most` is how many
    there may be when something scales them, `vcpus` how many all of them may have. `among` is what they
    are chosen from. `least` is what one costs without a part that has no price here, such as a licence.
    """

    what: str
    count: int | None
    each: Amount | None
    noun: str = ""
    of: str = ""
    most: int = 0
    vcpus: int = 0
    among: frozenset[str] = frozenset()
    least: Amount | None = None

    @property
    def month(self) -> Amount | None:
        """Return what all of them cost."""
        return None if self.each is None or self.count is None else self.each * self.count

    def ceiling(self, old: Line | None) -> str:
        """Return what the most of them cost, where that is more and not as before."""
        was = (old.most, old.each) if old else (0, None)
        changed = self.most > (self.count or 0) and (self.most, self.each) != was
        return f", at most {self.each * self.most} ({self.most})" if changed and self.each else ""

    @property
    def amount(self) -> str:
        """Return what all of them cost, in words."""
        return "no price known" if self.month is None else str(self.month)

    @property
    def counted(self) -> str:
        """Return what all of them cost, and how many they are."""
        of = self.of or (self.noun if self.count == 1 else plural_of(self.noun))
        if self.count == 1:
            of = of.replace("nodes", "node", 1)
        # With a most in USD, that is what is known of the price.
        bounded = self.count is None and "$" in of
        return f"some {of}" if bounded else f"{self.amount} ({self.count or 'some'} {of})"


class Prices(BaseModel):
    """List prices of one region: the fields of prices.json, and the prices of region_prices.csv.

    `borrowed` are those that are not known there, and those of `region` instead.
    """

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
    volume_iops_month: float
    volume_mib_second_month: float
    fargate_vcpu_hour: float
    fargate_gb_hour: float
    kms_key_month: float
    spot_source: str
    spot_of_on_demand: Mapping[str, tuple[float, float]]
    auto_mode_source: str
    auto_mode_of_on_demand: tuple[float, float]
    left_out: str
    borrowed: Sequence[str] = ()

    def where(self, name: str) -> str:
        """Return what a line says of its price, if it is that of another region."""
        return f", at the price of {self.region}" if name in self.borrowed else ""

    def month(self, hourly: float) -> Amount:
        """Return what an hourly price is in a month."""
        return Amount.of(hourly * self.hours_a_month)

    def node(self, kinds: Sequence[str], capacity: str, region: str) -> Amount | None:
        """Return what a node costs in a month, None if it isn't known.

        EKS takes On-Demand instances in the order of their types, and Spot instances of any type
        (EKS user guide, "Managed node group capacity types").
        """
        found = [price_list.hour(region, kind) for kind in kinds]
        if capacity == "ON_DEMAND" and found and found[0] is not None:
            return self.month(found[0])
        hours = [each for each in found if each is not None]
        if capacity != "SPOT" or not hours or len(hours) < len(kinds):
            return None
        low, high = self.spot_of_on_demand.get(region, self.spot_of_on_demand["any"])
        return Amount(self.month(min(hours)).low * low, self.month(max(hours)).high * high)

    @property
    def nodes_date(self) -> str:
        """Return the date of the oldest prices of nodes."""
        return min(region[price_list.DATE] for region in price_list.known().values())


@functools.cache
def prices(region: str = "") -> Prices:
    """Return the prices that the project knows, of a region where it knows them."""
    usual = read("prices")
    known = region_prices.known()
    own = known.get(region, {})
    elsewhere = region not in {"", usual["region"]}
    borrowed = [name for name in known[usual["region"]] if elsewhere and name not in own]
    return Prices.model_validate({**usual, **known[usual["region"]], **own, "borrowed": borrowed})


def total(costs: Iterable[Line]) -> Amount:
    """Return the sum of what has a price."""
    return sum((line.month for line in costs if line.month), Amount())


def difference(old: Iterable[Line], new: Iterable[Line]) -> Amount:
    """Return what is paid more, in whole USD: a price that varies is the same on both sides."""
    counts: Counter[tuple[str, Amount]] = Counter()
    for costs, sign in ((old, -1), (new, 1)):
        for line in costs:
            counts[line.of, line.each or Amount()] += sign * (line.count or 0)
    more = sum((each * count for (_, each), count in counts.items()), Amount())
    if round(more.high - more.low, 2) == 0:
        more = Amount.of(round(total(new).low) - round(total(old).low))
    return Amount(round(more.low), round(more.high))


def sign_of(old: Line | None, new: Line | None) -> int:
    """Tell whether what has no price costs more (1) or less (-1) than before, 0 where nobody knows."""
    # A pool makes as many as it may, and Spot costs less.
    sides = [(x.count or x.vcpus or 1, DEAR in x.among) if x else (0, False) for x in (old, new)]
    moves = {(now > was) - (now < was) for was, now in zip(*sides, strict=True)} - {0}
    among = {(x.among - {DEAR} or x.of, x.each, x.count is None) for x in (old, new) if x}
    return moves.pop() if len(among) == len(moves) == 1 else 0
