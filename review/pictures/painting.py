"""A small drawing kit, and what all pictures have in common: texts in, deterministic SVG out.

Text must fit its box: it is wrapped, and shortened where that isn't enough.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from review.pictures.words import escaped, rendered

Mark = Literal["added", "removed", "changed"]
Marks = Mapping[str, Mark]
"""What differs between two pictures, by its key."""
NONE: Marks = {}
"""A picture on its own, compared with nothing."""
STYLE = Path(__file__).with_name("picture.css").read_text(encoding="utf-8")
"""The style sheet of every picture, for light and for dark. Paper is light."""
MARGIN = 16
WIDTH = 1000
"""No picture is narrower."""
SIGNS: dict[Mark, str] = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "~"}
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
LETTER = 0.56
"""How wide a letter is, in parts of its size: a little more than common sans-serif fonts take."""
BOLD_LETTER = 0.65
"""How wide a bold letter is, in parts of its size."""
SPACED = re.compile(r"[^ ]* *")
NAMES = re.compile(r"[^ /_.:-]*[ /_.:-]*")
"""A piece of a text, up to the signs after which a line may end."""


def text_width(text: str, size: int) -> int:
    """Return about how wide a line of text is, rather too much than too little."""
    return round(len(text) * size * LETTER)


class Fit:
    """A text as lines that fit; `step` is from one baseline to the next."""

    def __init__(
        self,
        text: str,
        *,
        width: int,
        size: int = 13,
        step: int = 0,
        most: int = 99,
        bold: bool = False,
        pieces: re.Pattern[str] = SPACED,
    ) -> None:
        """Wrap a text to a width, in at most so many lines that end after any of its pieces."""
        self.step = step or size + 4
        letters = max(1, int((width + 0.5) / (size * (BOLD_LETTER if bold else LETTER))))
        lines = [""]
        for piece in pieces.findall(text):
            if lines[-1] and len((lines[-1] + piece).rstrip()) > letters and len(lines) < most:
                lines.append("")
            lines[-1] += piece
        self.lines = [_shortened(each.strip(), letters) for each in lines if each]
        self.height = self.step * len(self.lines)
        """How much room it takes, from line to line."""
        self.hidden = text if any(ELLIPSIS in each for each in self.lines) else ""
        """The whole text where some of it isn't seen."""


def _shortened(text: str, letters: int) -> str:
    """Return a text without its middle: the end of an ARN tells more than the beginning."""
    if len(text) <= letters:
        return text
    end = (letters - 1) * 2 // 3
    return f"{text[: letters - 1 - end]}{ELLIPSIS}{text[len(text) - end :]}"


class Drawing:
    """Shapes in the order that they are painted in; coordinates are whole pixels."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.parts: list[str] = []

    def shape(self, tag: str, style: str, **attributes: object) -> None:
        """Paint an element of SVG."""
        written = "".join(f' {name}="{value}"' for name, value in attributes.items())
        self.parts.append(f'<{tag} class="{style}"{written}/>')

    def rect(self, x: int, y: int, width: int, height: int, *, style: str, radius: int = 6) -> None:
        """Paint a box."""
        self.shape("rect", style, x=x, y=y, width=width, height=height, rx=radius)

    def text(
        self, x: int, y: int, text: str, *, style: str = "ink", anchor: str = "", hint: str = ""
    ) -> None:
        """Write a line; `y` is its baseline, `anchor` may be middle or end, `hint` shows on hover."""
        where = f' text-anchor="{anchor}"' if anchor else ""
        title = f"<title>{escaped(hint)}</title>" if hint else ""
        self.parts.append(
            f'<text class="{style}" x="{x}" y="{y}"{where}>{title}{escaped(text)}</text>'
        )

    def lines(self, x: int, y: int, fit: Fit, *, style: str = "ink", anchor: str = "") -> int:
        """Write lines from a baseline downwards, and return the next baseline.

        What had to be shortened shows whole on hover.
        """
        for line in fit.lines:
            self.text(x, y, line, style=style, anchor=anchor, hint=fit.hidden)
            y += fit.step
        return y


class Painting(Drawing):
    """A picture while it is painted, from top to bottom; `y` is how far it has come.

    `description` says the same in words, for those who don't see it. What is painted on `back` lies
    behind all the rest. `marks` say what is new, gone or changed.
    """

    def __init__(
        self, title: str, description: str, *, marks: Marks = NONE, width: int = WIDTH
    ) -> None:
        """Begin with the title."""
        super().__init__()
        self.title, self.description = title, description
        self.marks, self.width = marks, width
        self.back = Drawing()
        self.y = MARGIN
        fit = Fit(title, width=width - 2 * MARGIN - 160, size=18, most=1)
        self.lines(MARGIN, self.y + 18, fit, style="title")

    def box(self, key: str, plain: str) -> str:
        """Return the style of a box: that of its mark, or its plain one."""
        return f"box-{self.marks[key]}" if key in self.marks else plain

    def mark(self, key: str, right: int, y: int) -> None:
        """Put the mark of something, if it has one, on the upper edge of its box."""
        mark = self.marks.get(key)
        if mark is not None:
            word = f"{SIGNS[mark]} {mark}"
            width = text_width(word, 11) + 24
            self.rect(right - width, y - 9, width, 18, style=f"tag-{mark}", radius=9)
            self.text(right - width // 2, y + 4, word, style=f"tag-text-{mark}", anchor="middle")

    def note(self, text: str, *, baseline: int, step: int) -> None:
        """Write something in small print, over the whole width."""
        fit = Fit(text, width=self.width - 2 * MARGIN, size=12, step=step)
        self.lines(MARGIN, self.y + baseline, fit, style="small")
        self.y += fit.height

    def legend(self, **entries: str) -> None:
        """Say what styles mean."""
        x = MARGIN
        for style, words in entries.items():
            self.rect(x, self.y + 3, 12, 12, style=style, radius=3)
            self.text(x + 18, self.y + 13, words, style="small")
            x += 18 + text_width(words, 12) + 24

    def svg(self, *, name: str = "picture", alone: bool = True) -> str:
        """Return the picture; `alone` is for a file, with its own colors and background.

        `name` keeps the ids of several pictures on one page apart.
        """
        style = STYLE if alone else ""
        ids = re.sub(r"[^\w-]", "-", name)
        height = self.y + MARGIN
        return rendered("picture.svg", painting=self, name=ids, height=height, style=style) + "\n"
