"""Text that must fit a box: wrapped, and shortened where that isn't enough."""

from __future__ import annotations

import re
from collections.abc import Sequence

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
LETTER = 0.56
"""How wide a letter is, in parts of its size: a little more than common sans-serif fonts take."""
BOLD_LETTER = 0.65
"""How wide a bold letter is, in parts of its size."""
WORDS = re.compile(r"[^ ]* *")
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
        size: int,
        most: int = 99,
        bold: bool = False,
        pieces: re.Pattern[str] = WORDS,
    ) -> None:
        """Wrap a text to a width, in at most so many lines that end after any of its pieces."""
        self.text = text
        self.step = size + 4
        letters = max(1, int((width + 0.5) / (size * (BOLD_LETTER if bold else LETTER))))
        lines = _lines(pieces.findall(text), letters)
        last = lines[most - 1] if len(lines) == most else "".join(lines[most - 1 :])
        self.lines: Sequence[str] = [
            _shortened(each.strip(), letters) for each in [*lines[: most - 1], last] if each
        ]

    @property
    def height(self) -> int:
        """Return how much room it takes, from line to line."""
        return self.step * len(self.lines)

    @property
    def hidden(self) -> str:
        """Return the whole text where some of it isn't seen."""
        return self.text if any(ELLIPSIS in each for each in self.lines) else ""


def _lines(pieces: Sequence[str], letters: int) -> list[str]:
    lines = [""]
    for piece in pieces:
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
