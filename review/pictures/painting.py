"""What all pictures share: texts in, deterministic SVG out, by the templates next to it.

Text must fit its box: it is wrapped, and shortened where that isn't enough.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Literal

from jinja2 import Environment as Jinja
from jinja2 import FileSystemLoader, StrictUndefined

from review.labels import listed
from review.model import capital, read

HERE = Path(__file__).parent
WORDS = read("pictures/words")
Mark = Literal["added", "removed", "changed"]
Marks = Mapping[str, Mark]
"""What differs between two pictures, by its key."""
NONE: Marks = {}
"""A picture on its own, compared with nothing."""
STYLE = (HERE / "picture.css").read_text(encoding="utf-8")
"""The style sheet of every picture, for light and for dark. Paper is light."""
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
LETTER = 0.56
"""How wide a letter is, in parts of its size: a little more than common sans-serif fonts take."""
BOLD_LETTER = 0.65
"""How wide a bold letter is, in parts of its size."""
SPACED = re.compile(r"[^ ]* *")
NAMES = re.compile(r"[^ /_.:-]*[ /_.:-]*")
"""A piece of a text, up to the signs after which a line may end."""
REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML may hold, not even escaped."""


def escaped(text: str) -> str:
    """Return a text as XML takes it."""
    return escape(readable(text), quote=False)


def readable(text: str) -> str:
    """Return a text of characters that a file may hold."""
    return REFUSED.sub("\N{REPLACEMENT CHARACTER}", text)


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


TEMPLATES = Jinja(
    loader=FileSystemLoader(HERE),
    autoescape=False,  # noqa: S701  # `escaped` is for what is SVG; the rest is no markup
    extensions=["jinja2.ext.do"],
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
"""Every picture as SVG, and in words or as Mermaid."""
TEMPLATES.globals.update(tiers=WORDS["tiers"], words=WORDS)
TEMPLATES.filters.update(capital=capital, escaped=escaped, listed=listed, text_width=text_width)
TEMPLATES.filters.update(fit=Fit, fit_name=functools.partial(Fit, pieces=NAMES))


LISTS = TEMPLATES.overlay(autoescape=True)
"""Every picture as a list in HTML, for a screen that is narrower than the picture."""


def rendered(template: str, **values: object) -> str:
    """Return what a template makes of some values."""
    return TEMPLATES.get_template(f"{template}.jinja").render(values)


class Painting:
    """A picture; `kind` names the templates that paint its subject, list it and say it in words.

    `description` is for those who don't see it, `listed` is the picture as HTML. `marks` say what is
    new, gone or changed.
    """

    def __init__(self, kind: str, title: str, marks: Marks = NONE, **subject: object) -> None:
        """Paint it."""
        self.title = title
        self.description = rendered(f"{kind}.txt", **subject)
        known = {"marks": marks, **subject}
        self.drawn = TEMPLATES.get_template(f"{kind}.svg.jinja").make_module(known)
        self.listed = readable(LISTS.get_template(f"{kind}.html.jinja").render(known))

    def svg(self, *, name: str = "picture", alone: bool = True) -> str:
        """Return the picture; `alone` is for a file, with its own colors and its title.

        `name` keeps the ids of several pictures on one page apart.
        """
        ids = re.sub(r"[^\w-]", "-", name)
        style = STYLE if alone else ""
        return rendered("picture.svg", painting=self, name=ids, style=style) + "\n"
