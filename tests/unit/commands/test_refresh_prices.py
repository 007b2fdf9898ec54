"""A refresh of the prices from offer files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from commands.refresh_prices import main
from review import price_list, region_prices
from review.price_list import DATE
from review.region_prices import Price
from tests.unit.commands.offers import GATEWAY, VOLUMES, offer, small_offer

OTHER = {DATE: "2026-07-05", "x8.large": "0.3"}
OLD = "2026-09-29"
BALANCER = {"usageType": "EU-LoadBalancerUsage", "operation": "LoadBalancing:Network"}


class Tables:
    """The two files of a test, and the arguments that name them."""

    def __init__(self, folder: Path) -> None:
        """Fill them with what two regions cost."""
        self.nodes, self.regions = folder / "nodes.csv", folder / "regions.csv"
        self.arguments = ["--nodes", str(self.nodes), "--regions", str(self.regions)]
        prices = {DATE: "2026-07-05", "x8.large": "0.1", "x9.large": "0.2"}
        price_list.write(self.nodes, {"eu-west-1": prices, "us-east-1": OTHER})
        known = {"nat_gateway_hour": Price("0.045", OLD), "load_balancer_hour": Price("0.02", OLD)}
        region_prices.write(self.regions, {"eu-west-1": known, "us-east-1": known})

    def save(self, name: str, lines: list[str]) -> str:
        """Save an offer file, and return its path."""
        file = self.nodes.with_name(name)
        file.write_text("".join(lines), encoding="utf-8")
        return str(file)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Return files of two regions."""
    return Tables(tmp_path)


@pytest.mark.parametrize("piped", [True, False])
def test_a_refresh_replaces_the_prices_of_its_region(
    tables: Tables,
    *,
    piped: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another region stays; a type that AWS no longer sells there goes."""
    lines = offer({}, {"Instance Type": "x9.xlarge"}, GATEWAY, *VOLUMES[:2])
    saved = tables.save("index.csv", lines)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(lines)))
    untouched = region_prices.read(tables.regions)["us-east-1"]

    assert main([*tables.arguments, "-" if piped else saved]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "eu-west-1: 2 types: 1 new, 1 changed, 1 gone.",
        "eu-west-1: nat_gateway_hour 0.045 → 0.048.",
        "eu-west-1: volume_gib_month none → 0.088.",
        "eu-west-1: volume_iops_month none → 0.0055.",
        "eu-west-1: volume_mib_second_month stays none: AmazonEC2 has none.",
    ]
    assert price_list.read(tables.nodes) == {
        "eu-west-1": {DATE: "2026-11-01", "x9.large": "0.1819", "x9.xlarge": "0.1819"},
        "us-east-1": OTHER,
    }
    assert region_prices.read(tables.regions) == {
        "eu-west-1": {
            "load_balancer_hour": Price("0.02", OLD),
            "nat_gateway_hour": Price("0.048", "2026-11-01"),
            "volume_gib_month": Price("0.088", "2026-11-01"),
            "volume_iops_month": Price("0.0055", "2026-11-01"),
        },
        "us-east-1": untouched,
    }


def test_a_price_that_stayed_has_the_new_date(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    """AWS published it again; the nodes stay as they are."""
    nodes = tables.nodes.read_bytes()
    row = {**BALANCER, "PricePerUnit": "0.0200000000"}
    assert main([*tables.arguments, tables.save("elb.csv", small_offer("AWSELB", row))]) == 0
    assert capsys.readouterr().out == "eu-west-1: load_balancer_hour stays 0.02.\n"
    found = region_prices.read(tables.regions)["eu-west-1"]
    assert found["load_balancer_hour"] == Price("0.02", "2026-11-01")
    assert found["nat_gateway_hour"] == Price("0.045", OLD)
    assert tables.nodes.read_bytes() == nodes


def test_of_two_prices_neither_is_taken(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody knows which of them is meant."""
    rows = [{**BALANCER, "PricePerUnit": usd} for usd in ("0.03", "0.025")]
    assert main([*tables.arguments, tables.save("elb.csv", small_offer("AWSELB", *rows))]) == 0
    assert capsys.readouterr().out == (
        "eu-west-1: load_balancer_hour stays 0.02: AWSELB has 0.025 and 0.03.\n"
    )
    assert region_prices.read(tables.regions)["eu-west-1"]["load_balancer_hour"].usd == "0.02"


def test_another_file_changes_nothing(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of a refresh would be worse than none."""
    good, bad = tables.save("good.csv", offer({}, GATEWAY)), tables.save("bad.csv", ["Not found"])
    before = tables.nodes.read_bytes(), tables.regions.read_bytes()

    assert main([*tables.arguments, good, bad]) == 1

    assert f"{bad}: no prices of the review: pass the index.csv" in capsys.readouterr().err
    assert (tables.nodes.read_bytes(), tables.regions.read_bytes()) == before


def test_the_table_of_regions_comes_back_as_it_was(tmp_path: Path) -> None:
    """So that a refresh changes only what AWS changed."""
    file = tmp_path / "prices.csv"
    region_prices.write(file, region_prices.read(region_prices.DATA))
    assert file.read_bytes() == region_prices.DATA.read_bytes()
