"""A small drawing kit: shapes and text in, deterministic SVG out."""

from __future__ import annotations

import re
from html import escape

from review.pictures.fitted import Fit, text_width
from review.pictures.marks import Mark

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
        for index, line in enumerate(fit):
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

    def tag(self, right: int, y: int, mark: Mark | None) -> None:
        """Put the word of a mark on the upper edge of a box, ending at `right`."""
        if mark is None:
            return
        word = f"{SIGNS[mark]} {mark}"
        width = text_width(word, 11) + 24
        self.rect(right - width, y - 9, width, 18, style=f"tag-{mark}", radius=9)
        self.text(right - width // 2, y + 4, word, style=f"tag-text-{mark}", anchor="middle")


def escaped(text: str) -> str:
    """Return a text as XML takes it."""
    return escape(REFUSED.sub("\N{REPLACEMENT CHARACTER}", text), quote=False)
