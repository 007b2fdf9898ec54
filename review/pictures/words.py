"""What pictures say: the words of words.json, and the templates beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment as Jinja
from jinja2 import FileSystemLoader, StrictUndefined

from review.labels import capital, listed

HERE = Path(__file__).parent
WORDS: Mapping[str, Any] = json.loads((HERE / "words.json").read_text(encoding="utf-8"))
REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML may hold, not even escaped."""


def escaped(text: str) -> str:
    """Return a text as XML takes it."""
    return escape(REFUSED.sub("\N{REPLACEMENT CHARACTER}", text), quote=False)


TEMPLATES = Jinja(
    loader=FileSystemLoader(HERE),
    autoescape=False,  # noqa: S701  # most are no markup
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
"""What isn't painted: the frame of every picture, pictures in words, and Mermaid."""
TEMPLATES.globals["tiers"] = WORDS["tiers"]
TEMPLATES.filters.update(capital=capital, escaped=escaped, listed=listed)


def rendered(template: str, **values: object) -> str:
    """Return what a template makes of some values."""
    return TEMPLATES.get_template(f"{template}.jinja").render(values)
