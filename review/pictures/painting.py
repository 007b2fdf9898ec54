"""What all pictures have in common: a title, notes, marks, a legend, and the frame around them."""

from __future__ import annotations

import re
from pathlib import Path

from review.pictures.fitted import Fit, text_width
from review.pictures.marks import NONE, Marks
from review.pictures.svg import Drawing, escaped

STYLE = Path(__file__).with_name("picture.css").read_text(encoding="utf-8")
"""The style sheet of every picture, for light and for dark. Paper is light."""
MARGIN = 16
WIDTH = 1000
"""No picture is narrower."""


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
        self.tag(right, y, self.marks.get(key))

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
