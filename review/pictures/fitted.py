"""Text that must fit a box: wrapped, and shortened where that isn't enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from review.pictures.svg import LETTER, Drawing

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
BOLD_LETTER = 0.65
"""How wide a bold letter is, in parts of its size."""
BREAKS = re.compile(r"[^ /_.:-]*[ /_.:-]*")
"""A piece of a text, up to the signs after which a line may end."""


class FittedDrawing(Drawing):
    """A drawing whose texts can say more than they have room for: the whole shows on hover."""

    def fitted(self, x: int, y: int, fit: Fit, *, style: str, anchor: str = "") -> None:
        """Write lines from a baseline downwards."""
        where = f' text-anchor="{anchor}"' if anchor else ""
        for index, line in enumerate(fit.lines):
            whole = f"<title>{escape(fit.text, quote=False)}</title>" if fit.shortened else ""
            self._parts.append(
                f'<text class="{style}" x="{x}" y="{y + index * fit.step}"{where}>{whole}'
                f"{escape(line, quote=False)}</text>"
            )


class Fit:
    """A text as lines that fit; `step` is from one baseline to the next."""

    def __init__(self, text: str, *, width: int, size: int, most: int, bold: bool = False) -> None:
        """Wrap a text to a width, in at most so many lines."""
        self.text = text
        self.step = size + 4
        letters = max(1, int(width / (size * (BOLD_LETTER if bold else LETTER))))
        lines = _lines(text, letters)
        last = lines[most - 1] if len(lines) == most else "".join(lines[most - 1 :])
        self.lines: Sequence[str] = [
            _shortened(each.strip(), letters) for each in [*lines[: most - 1], last] if each
        ]
        self.shortened = any(ELLIPSIS in each for each in self.lines)

    @property
    def height(self) -> int:
        """Return how much room it takes, from line to line."""
        return self.step * len(self.lines)


def _lines(text: str, letters: int) -> list[str]:
    """Return a text in lines that end after a space or another sign where names may be broken."""
    lines = [""]
    for piece in BREAKS.findall(text):
        if lines[-1] and len((lines[-1] + piece).rstrip()) > letters:
            lines.append("")
        lines[-1] += piece
    return lines


def _shortened(text: str, letters: int) -> str:
    """Return a text without its middle: the end of an ARN tells more than the beginning."""
    if len(text) <= letters:
        return text
    end = (letters - 1) * 2 // 3
    return f"{text[: letters - 1 - end]}{ELLIPSIS}{text[len(text) - end :]}"
