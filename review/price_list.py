"""Prices of nodes: instance_prices.csv, which commands/offers.py fills from the AWS Price List.

A column is a region, a row an instance type: USD an hour, Linux, On-Demand, shared tenancy. The first
row has the dates. An empty cell is a price that isn't known. The `xlarge` of a family stands for the
sizes that have no row.
"""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

DATA = Path(__file__).parent / "instance_prices.csv"
FIRST = "instance_type"
DATE = "date"
"""The row with the dates on which AWS published the prices of each region."""
WEIGHTS = {"nano": 0.25, "micro": 0.5, "small": 1, "medium": 2, "large": 4, "xlarge": 8}
"""EC2 user guide, "How Reserved Instances are applied", normalization factors; 2xlarge is 16, and so on.
On-Demand prices follow them in each family of the table that has an `xlarge`."""
Regions = dict[str, dict[str, str]]
"""By region: prices as AWS writes them, by instance type, and the date."""


def read(file: Path) -> Regions:
    """Return what is known of each region."""
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    regions = dict.fromkeys(name for row in rows for name in row if name != FIRST)
    return {name: {row[FIRST]: row[name] for row in rows if row[name]} for name in regions}


def write(file: Path, regions: Regions) -> None:
    """Write the table in the order of the names, so that a change shows only what changed."""
    names = sorted(regions)
    types = sorted({kind for prices in regions.values() for kind in prices} - {DATE})
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([FIRST, *names])
        writer.writerows(
            [kind, *(regions[name].get(kind, "") for name in names)] for kind in (DATE, *types)
        )


@functools.cache
def known() -> Regions:
    """Return the table of this project."""
    return read(DATA)


def hour(region: str, kind: str) -> float | None:
    """Return the hourly price of an instance type in a region, None if it isn't known."""
    prices, (family, _, size) = known().get(region, {}), kind.partition(".")
    if (found := prices.get(kind)) and kind != DATE:
        return float(found)
    one, weight = prices.get(f"{family}.xlarge"), _weight(size)
    return float(one) * weight / _weight("xlarge") if one and weight else None


def _weight(size: str) -> float:
    """Return what a size counts within its family, 0 for one without a weight, such as metal."""
    times = re.fullmatch(r"([1-9]\d*)xlarge", size)
    return 8 * int(times[1]) if times else WEIGHTS.get(size, 0)
