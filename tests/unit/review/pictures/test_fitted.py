from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from review.pictures.painting import NAMES, TEMPLATES, Fit

LETTERS_10 = 73
"""Ten letters of size 13 and no more."""


@pytest.mark.parametrize(
    ("text", "most", "lines", "shortened"),
    [
        pytest.param("one two", 1, ["one two"], False, id="fits"),
        pytest.param("one two three", 2, ["one two", "three"], False, id="wraps at a space"),
        pytest.param("team-number-one", 2, ["team-", "number-one"], False, id="wraps in a name"),
        pytest.param("role/platform", 2, ["role/", "platform"], False, id="wraps in a path"),
        pytest.param("0123456789ab", 2, ["012\N{HORIZONTAL ELLIPSIS}6789ab"], True, id="one word"),
        pytest.param(
            "one two three four five",
            2,
            ["one two", "thr\N{HORIZONTAL ELLIPSIS}r five"],
            True,
            id="too long",
        ),
        pytest.param("0123456789 a", 1, ["012\N{HORIZONTAL ELLIPSIS}6789 a"], True, id="one line"),
    ],
)
def test_a_text_fits(text: str, most: int, lines: list[str], *, shortened: bool) -> None:
    """No line is wider than the box; the end stays, for there ARNs differ."""
    fit = Fit(text, width=LETTERS_10, size=13, most=most, pieces=NAMES)

    assert [*fit.lines] == lines
    assert bool(fit.hidden) is shortened
    assert fit.height == 17 * len(lines)


def test_bold_letters_need_more_room() -> None:
    """A line that just fits is too wide in bold."""
    assert len(Fit("one two th", width=LETTERS_10, size=13, most=2).lines) == 1
    assert len(Fit("one two th", width=LETTERS_10, size=13, most=2, bold=True).lines) == 2


def test_a_shortened_text_shows_whole_on_hover() -> None:
    """Nothing is lost, and what fits needs no hint."""
    lines = vars(TEMPLATES.get_template("shapes.svg.jinja").module)["lines"]
    text = lines(0, 20, Fit("a & 0123456789", width=LETTERS_10, size=13, most=1))
    text += lines(0, 60, Fit("a & b", width=LETTERS_10, size=13, most=1))

    hints = [each.text for each in ET.fromstring(f"<svg>{text}</svg>").iter("title")]  # noqa: S314  # our own text
    assert hints == ["a & 0123456789"]
