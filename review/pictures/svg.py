"""A small drawing kit: shapes and text in, deterministic SVG out."""

from __future__ import annotations

from html import escape

from review.pictures.marks import Mark
from review.pictures.palette import STYLE

LETTER = 0.56
"""How wide a letter is, in parts of its size: a little more than common sans-serif fonts take."""

MARK_SIGNS: dict[Mark, str] = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "~"}


class Drawing:
    """Shapes in the order that they are painted in; coordinates are whole pixels."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def rect(self, x: int, y: int, width: int, height: int, *, style: str, radius: int = 6) -> None:
        """Paint a box."""
        self._parts.append(
            f'<rect class="{style}" x="{x}" y="{y}" width="{width}" height="{height}" '
            f'rx="{radius}"/>'
        )

    def text(self, x: int, y: int, text: str, *, style: str = "ink", anchor: str = "") -> None:
        """Write a line of text; `y` is its baseline, `anchor` may be middle or end."""
        where = f' text-anchor="{anchor}"' if anchor else ""
        self._parts.append(
            f'<text class="{style}" x="{x}" y="{y}"{where}>{escape(text, quote=False)}</text>'
        )

    def line(self, points: list[tuple[int, int]], *, style: str) -> None:
        """Draw straight from point to point."""
        (x, y), *rest = points
        path = f"M{x} {y}" + "".join(f"L{each[0]} {each[1]}" for each in rest)
        self._parts.append(f'<path class="{style}" d="{path}"/>')

    def arrow(self, x: int, y: int, *, style: str) -> None:
        """Put the head of an arrow that points down, its tip at a point."""
        self._parts.append(f'<path class="{style}" d="M{x} {y}l-5 -9h10z"/>')

    def arrow_right(self, x: int, y: int, *, style: str) -> None:
        """Put the head of an arrow that points to the right, its tip at a point."""
        self._parts.append(f'<path class="{style}" d="M{x} {y}l-11 -6v12z"/>')

    def dot(self, x: int, y: int, *, style: str) -> None:
        """Put a stop on a line."""
        self._parts.append(f'<circle class="{style}" cx="{x}" cy="{y}" r="6"/>')

    def tag(self, right: int, y: int, mark: Mark) -> None:
        """Put the word of a mark on the upper edge of a box, ending at `right`."""
        word = f"{MARK_SIGNS[mark]} {mark}"
        width = text_width(word, 11) + 24
        self.rect(right - width, y - 9, width, 18, style=f"tag-{mark}", radius=9)
        self.text(right - width // 2, y + 4, word, style=f"tag-text-{mark}", anchor="middle")

    def followed_by(self, other: Drawing) -> Drawing:
        """Return a drawing with another one on top of this one."""
        both = Drawing()
        both._parts = [*self._parts, *other._parts]
        return both

    def document(
        self, *, name: str, title: str, description: str, width: int, height: int, alone: bool
    ) -> str:
        """Return the picture; `alone` is for a file, with its own colors and background.

        `name` keeps the ids of several pictures on one page apart.
        """
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" '
            f'aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}">\n'
            f'<title id="{name}-title">{escape(title, quote=False)}</title>\n'
            f'<desc id="{name}-desc">{escape(description, quote=False)}</desc>\n'
        )
        style = f"<style>\n{STYLE}</style>\n" if alone else ""
        page = f'<rect class="page" width="{width}" height="{height}"/>\n'
        return f"{head}{style}{page}" + "\n".join(self._parts) + "\n</svg>\n"


def text_width(text: str, size: int) -> int:
    """Return about how wide a line of text is, rather too much than too little."""
    return round(len(text) * size * LETTER)


def wrapped(text: str, width: int, size: int) -> list[str]:
    """Return a text as lines that fit a width; a single long word stays whole."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
