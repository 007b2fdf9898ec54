"""The text of sentences as HTML: `code` and **bold**, and everything else escaped."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

MARKED = re.compile(r"`(?P<code>[^`]*)`|\*\*(?P<bold>(?:`[^`]*`|[^`])+?)\*\*")
"""Code may hold asterisks, and bold may hold code."""


def rich(text: str) -> Markup:
    """Return a text with its code and bold; whatever else stands in it does nothing."""
    found, end = Markup(), 0
    for match in MARKED.finditer(text):
        found += escape(text[end : match.start()])
        if match["bold"]:
            found += Markup("<strong>{}</strong>").format(rich(match["bold"]))
        else:
            found += Markup("<code>{}</code>").format(match["code"])
        end = match.end()
    return found + escape(text[end:])
