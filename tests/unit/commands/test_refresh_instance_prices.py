"""A refresh of the prices from offer files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from commands.refresh_instance_prices import main
from review.price_list import DATE, read, write
from tests.unit.review.offers import offer

OTHER = {DATE: "2026-07-05", "x8.large": "0.3"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a table of two regions."""
    file = tmp_path / "prices.csv"
    prices = {DATE: "2026-07-05", "x8.large": "0.1", "x9.large": "0.2"}
    write(file, {"eu-west-1": prices, "us-east-1": OTHER})
    return file


@pytest.mark.parametrize("piped", [True, False])
def test_a_refresh_replaces_the_prices_of_its_region(
    data: Path,
    *,
    piped: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another region stays; a type that AWS no longer sells there goes."""
    text = "".join(offer({}, {"Instance Type": "x9.xlarge"}))
    saved = data.with_name("index.csv")
    saved.write_text(text, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))

    assert main(["--data", str(data), "-" if piped else str(saved)]) == 0

    assert capsys.readouterr().out == "eu-west-1: 2 types: 1 new, 1 changed, 1 gone.\n"
    assert read(data) == {
        "eu-west-1": {DATE: "2026-11-01", "x9.large": "0.1819", "x9.xlarge": "0.1819"},
        "us-east-1": OTHER,
    }


def test_another_file_changes_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of a refresh would be worse than none."""
    good, bad = data.with_name("good.csv"), data.with_name("bad.csv")
    good.write_text("".join(offer({})), encoding="utf-8")
    bad.write_text("Not found", encoding="utf-8")
    before = data.read_bytes()

    assert main(["--data", str(data), str(good), str(bad)]) == 1

    assert f"{bad}: no On-Demand prices of instances" in capsys.readouterr().err
    assert data.read_bytes() == before
