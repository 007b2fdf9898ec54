"""Colors that everybody can tell apart from what is behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from review.pictures.painting import STYLE

Colors = Mapping[tuple[str, str], str]
"""The color of a class, as its fill or its stroke."""
MARKS = ("added", "removed", "changed")
GROUNDS = ("page", "zone", "card")
TEXTS = [
    *((style, back) for style in ("ink", "note", "small", "tier") for back in GROUNDS),
    *((style, "band") for style in ("name", "note", "ink")),
    *((f"tag-text-{mark}", f"tag-{mark}") for mark in MARKS),
]
"""Which text stands on which ground."""
SHAPES = [
    (("path", "stroke"), "page"),
    *(((f"box-{mark}", "stroke"), "zone") for mark in MARKS),
    (("full", "fill"), "track"),
    (("steady", "fill"), "track"),
    (("steady", "fill"), "worst"),
]
"""Which shape must be told from what is beside or behind it."""


def colors(style: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield every color of a style sheet."""
    for selectors, declared in re.findall(r"^(\.picture .+?) \{ (.+) \}$", style, re.MULTILINE):
        for name in re.findall(r"\.picture \.([\w-]+)", selectors):
            for kind, color in re.findall(r"(fill|stroke): (#\w{6})", declared):
                yield (name, kind), color


LIGHT, DARK = (dict(colors(part)) for part in STYLE.split("@media screen"))


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


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "back"), TEXTS)
def test_text_is_legible(scheme: Colors, text: str, back: str) -> None:
    """4.5 to 1: level AA of WCAG 2."""
    assert contrast(scheme[text, "fill"], scheme[back, "fill"]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "back"), SHAPES)
def test_shapes_are_seen(scheme: Colors, shape: tuple[str, str], back: str) -> None:
    """3 to 1 for what carries meaning, as WCAG 2 asks of graphics."""
    assert contrast(scheme[shape], scheme[back, "fill"]) >= 3


def test_both_have_the_same_colors() -> None:
    """A shape without a color in the dark would be black."""
    assert LIGHT.keys() == DARK.keys()
    assert len(LIGHT) > 30
