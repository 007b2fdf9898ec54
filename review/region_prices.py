"""What a region costs besides its nodes: region_prices.csv, which commands/offers.py fills from the AWS Price List.

A row is a price in USD by its name in prices.py, with the date on which AWS published it, or on which
whoever quotes it looked it up. A price without a row isn't known.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "region_prices.csv"
FIRST = ("region", "price", "usd", "date")


class Price(NamedTuple):
    """USD as AWS writes them, and the date."""

    usd: str
    date: str


Table = dict[str, dict[str, Price]]
"""By region, prices by name."""


def read(file: Path) -> Table:
    """Return what is known of each region."""
    table: Table = {}
    with file.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            table.setdefault(row["region"], {})[row["price"]] = Price(row["usd"], row["date"])
    return table


def write(file: Path, table: Table) -> None:
    """Write the table in the order of the names, so that a change shows only what changed."""
    rows = [
        (region, name, *price)
        for region, prices in sorted(table.items())
        for name, price in sorted(prices.items())
    ]
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([FIRST, *rows])


@functools.cache
def known() -> Mapping[str, Mapping[str, float]]:
    """Return the table of this project, without the dates."""
    return {
        region: {name: float(price.usd) for name, price in prices.items()}
        for region, prices in read(DATA).items()
    }
