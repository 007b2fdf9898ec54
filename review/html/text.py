"""The text of sentences as HTML: `code` and **bold**, and everything else escaped."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

BOLD = re.compile(r"\*\*(.+?)\*\*")


def rich(text: str) -> Markup:
    """Return a text with its code and bold; whatever else stands in it does nothing.

    Code may hold asterisks, and bold may hold code.
    """
    parts = BOLD.split(_protected(text))
    return Markup("").join(
        Markup("<strong>{}</strong>").format(_code(part)) if index % 2 else _code(part)
        for index, part in enumerate(parts)
    )


ASTERISK = "\ue000"
"""Stands for an asterisk in code while bold is looked for: private use, so in no text of ours."""


def _protected(text: str) -> str:
    parts = text.split("`")
    parts[1::2] = [part.replace("*", ASTERISK) for part in parts[1::2]]
    return "`".join(parts)


def _code(text: str) -> Markup:
    parts = [escape(part.replace(ASTERISK, "*")) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part
        for index, part in enumerate(parts)
    )
