from __future__ import annotations

from decimal import Decimal

import pytest

from kube import quantities


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        (1.5, "1.5"),
        ("500m", "0.5"),
        ("2k", "2000"),
        ("1Ki", "1024"),
        ("128Mi", str(128 * 1024**2)),
        ("1e3", "1000"),
        ("-1", "-1"),
        (".5", "0.5"),
        ("5E", str(5 * 10**18)),
    ],
)
def test_quantity_has_a_value(text: str | float, value: str) -> None:
    assert quantities.parse(text) == Decimal(value)


@pytest.mark.parametrize("text", ["128Megs", "1 Gi", "", "Mi", "1,5", "1K"])
def test_text_that_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="quantities must match"):
        quantities.parse(text)
