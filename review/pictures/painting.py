"""A small drawing kit, and what all pictures have in common: texts in, deterministic SVG out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Literal

from review.pictures.fitted import Fit, text_width

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
REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML may hold, not even escaped."""


class Drawing:
    """Shapes in the order that they are painted in; coordinates are whole pixels."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.parts: list[str] = []

    def rect(self, x: int, y: int, width: int, height: int, *, style: str, radius: int = 6) -> None:
        """Paint a box."""
        self.parts.append(
            f'<rect class="{style}" x="{x}" y="{y}" width="{width}" height="{height}" '
            f'rx="{radius}"/>'
        )

    def text(
        self, x: int, y: int, text: str, *, style: str = "ink", anchor: str = "", hint: str = ""
    ) -> None:
        """Write a line; `y` is its baseline, `anchor` may be middle or end, `hint` shows on hover."""
        where = f' text-anchor="{anchor}"' if anchor else ""
        title = f"<title>{escaped(hint)}</title>" if hint else ""
        self.parts.append(
            f'<text class="{style}" x="{x}" y="{y}"{where}>{title}{escaped(text)}</text>'
        )

    def lines(
        self, x: int, y: int, fit: Fit, *, style: str = "ink", anchor: str = "", step: int = 0
    ) -> None:
        """Write lines from a baseline downwards; what had to be shortened shows whole on hover."""
        for index, line in enumerate(fit.lines):
            down = y + index * (step or fit.step)
            self.text(x, down, line, style=style, anchor=anchor, hint=fit.hidden)

    def line(self, points: list[tuple[int, int]], *, style: str) -> None:
        """Draw straight from point to point."""
        (x, y), *rest = points
        path = f"M{x} {y}" + "".join(f"L{each[0]} {each[1]}" for each in rest)
        self.parts.append(f'<path class="{style}" d="{path}"/>')

    def arrow(self, x: int, y: int, *, right: bool = False) -> None:
        """Put the head of an arrow that points down, or to the right, its tip at a point."""
        shape = "l-11 -6v12z" if right else "l-5 -9h10z"
        self.parts.append(f'<path class="arrow" d="M{x} {y}{shape}"/>')

    def dot(self, x: int, y: int, *, style: str) -> None:
        """Put a stop on a line."""
        self.parts.append(f'<circle class="{style}" cx="{x}" cy="{y}" r="6"/>')


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
        fit = Fit(text, width=self.width - 2 * MARGIN, size=12)
        self.lines(MARGIN, self.y + baseline, fit, style="small", step=step)
        self.y += step * len(fit.lines)

    def legend(self, *entries: tuple[str, str]) -> None:
        """Say what styles mean."""
        x = MARGIN
        for style, words in entries:
            self.rect(x, self.y + 3, 12, 12, style=style, radius=3)
            self.text(x + 18, self.y + 13, words, style="small")
            x += 18 + text_width(words, 12) + 24

    def svg(self, *, name: str = "picture", alone: bool = True) -> str:
        """Return the picture; `alone` is for a file, with its own colors and background.

        `name` keeps the ids of several pictures on one page apart.
        """
        name = re.sub(r"[^\w-]", "-", name)
        width, height = self.width, self.y + MARGIN
        style = f"<style>\n{STYLE}</style>\n" if alone else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" '
            f'aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}">\n'
            f'<title id="{name}-title">{escaped(self.title)}</title>\n'
            f'<desc id="{name}-desc">{escaped(self.description)}</desc>\n'
            f'{style}<rect class="page" width="{width}" height="{height}"/>\n'
        ) + "\n".join([*self.back.parts, *self.parts, "</svg>\n"])


def escaped(text: str) -> str:
    """Return a text as XML takes it."""
    return escape(REFUSED.sub("\N{REPLACEMENT CHARACTER}", text), quote=False)
