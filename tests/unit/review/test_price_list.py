"""The table of prices of nodes."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from capacity.instance_types import DATA as LIMITS
from review import price_list
from review.price_list import (
    DATA,
    DATE,
    hour,
    known,
    read,
    write,
)


def test_a_table_comes_back_as_it_was(tmp_path: Path) -> None:
    """Also one with types that only one region has."""
    regions = {
        "b": {DATE: "2026-11-01", "x9.large": "0.1"},
        "a": {DATE: "2026-11-02", "x9.xlarge": "0.2"},
    }
    file = tmp_path / "prices.csv"
    write(file, regions)
    assert read(file) == regions
    assert file.read_text(encoding="utf-8") == (
        "instance_type,a,b\ndate,2026-11-02,2026-11-01\nx9.large,,0.1\nx9.xlarge,0.2,\n"
    )
    write(file, read(DATA))
    assert file.read_bytes() == DATA.read_bytes()


@pytest.mark.parametrize("region", known())
def test_every_region_has_a_date_and_prices_that_are_none_of_0(region: str) -> None:
    """And each is a number of a real type."""
    assert re.fullmatch(r"[a-z]{2}(-gov)?-[a-z]+-\d", region)
    assert date.fromisoformat(known()[region][DATE]) >= date(2026, 7, 5)
    prices = [float(price) for kind, price in known()[region].items() if kind != DATE]
    assert len(prices) > 80
    assert all(0 < price < 500 for price in prices)


@pytest.mark.parametrize("region", known())
def test_types_of_the_capacity_plan_have_a_price(region: str) -> None:
    """Of those that EC2 counts as the current generation."""
    with LIMITS.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["current_generation"] == "true"]
    priced = [row for row in rows if hour(region, row["instance_type"]) is not None]
    assert len(priced) > len(rows) / 4


@pytest.mark.parametrize(
    ("kind", "price"),
    [
        ("x9.large", 0.3),
        ("x9.xlarge", 0.1),
        ("x9.nano", 0.003125),
        ("x9.48xlarge", 4.8),
        ("x9.metal", None),
        ("x9.0xlarge", None),
        ("x9", None),
        ("y9.xlarge", None),
        ("y9.2xlarge", None),
    ],
)
def test_a_size_without_a_row_costs_in_proportion(
    kind: str, price: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the `xlarge` of its family; a row of its own comes first."""
    table = {"a": {DATE: "2026-11-01", "x9.large": "0.3", "x9.xlarge": "0.1", "y9.large": "1"}}
    monkeypatch.setattr(price_list, "known", lambda: table)
    assert hour("a", kind) == (price if price is None else pytest.approx(price))
    assert hour("b", kind) is None


@pytest.mark.parametrize(
    ("region", "kind", "price"),
    [
        ("eu-west-1", "m7g.xlarge", 0.1819),
        ("eu-west-1", "m7i.xlarge", 0.2247),
        ("eu-west-1", "t4g.large", 0.0736),
        ("us-east-1", "m7i.xlarge", 0.2016),
        ("us-east-1", "c7g.medium", 0.0363),
        ("ap-northeast-1", "g6.xlarge", 1.1672),
    ],
)
def test_a_second_source_has_the_same_prices(region: str, kind: str, price: float) -> None:
    """The price lists of September and October 2026."""
    assert hour(region, kind) == pytest.approx(price, rel=0.002)
