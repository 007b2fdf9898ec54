"""Colors that everybody can tell apart from what is behind them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from review.pictures.palette import DARK, LIGHT

TEXTS = [
    *((ink, back) for ink in ("ink", "quiet") for back in ("page", "zone", "card")),
    ("ink", "soft"),
    *(("on", mark) for mark in ("added", "removed", "changed")),
]
"""Which text stands on which ground."""
SHAPES = [
    ("accent", "page"),
    *((mark, "zone") for mark in ("added", "removed", "changed")),
    ("full", "track"),
    ("accent", "track"),
    ("accent", "worst"),
]
"""Which shape must be told from what is beside or behind it."""


def luminance(color: str) -> float:
    """Return the relative luminance, as WCAG 2 defines it."""
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio, as WCAG 2 defines it."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "back"), TEXTS)
def test_text_is_legible(colors: Mapping[str, str], ink: str, back: str) -> None:
    """4.5 to 1: level AA of WCAG 2."""
    assert contrast(colors[ink], colors[back]) >= 4.5


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "back"), SHAPES)
def test_shapes_are_seen(colors: Mapping[str, str], shape: str, back: str) -> None:
    """3 to 1 for what carries meaning, as WCAG 2 asks of graphics."""
    assert contrast(colors[shape], colors[back]) >= 3


def test_both_have_the_same_colors() -> None:
    """A shape without a color in the dark would be black."""
    assert LIGHT.keys() == DARK.keys()
