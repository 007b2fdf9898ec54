"""A review as one file for a browser: no request, no script, no clock."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment as Jinja
from jinja2 import FileSystemLoader
from markupsafe import Markup, escape

from assembly.environment import Environment
from review.consents import asked
from review.model import EnvironmentReview, Review, Risk, Sentence, read
from review.pictures.gallery import pictures
from review.pictures.painting import STYLE, TEMPLATES
from review.refusals import in_order

HERE = Path(__file__).parent
RISKS: Mapping[str, Mapping[str, str]] = read("html/risks")
"""A sign for each risk, beside its word and its color, and what it means (docs/review.md)."""
CLASSES = {" ": "same", "+": "added", "-": "removed", "@": "hunk"}
"""The class of a line of a diff by its first character."""
MARKED = re.compile(r"`(?P<code>[^`]*)`|\*\*(?P<bold>(?:`[^`]*`|[^`])+?)\*\*")
"""Code may hold asterisks, and bold may hold code."""


def html(review: Review) -> str:
    """Return the page of a review."""
    unchanged = [each for each in review.environments if each.risk is Risk.NOTHING]
    every = (*review.changed, *unchanged)
    shown = [(each, pictures(each.before, each.after, gone=each.gone)) for each in every]
    return _jinja().get_template("review.html.jinja").render(review=review, shown=shown)


def html_of(environment: Environment) -> str:
    """Return a page with the pictures of an environment as it is."""
    template = _jinja().get_template("environment.html.jinja")
    return template.render(name=environment.name, pictures=pictures(None, environment))


def sentences_by_risk(environment: EnvironmentReview) -> list[tuple[Sentence, str]]:
    """Return every sentence with the title of its section, the riskiest first."""
    found = [(each, part.title) for part in environment.sections for each in part.sentences]
    return sorted(found, key=lambda each: -each[0].risk)


def rich(text: str) -> Markup:
    """Return a text with its code and bold as HTML; whatever else stands in it does nothing."""
    found, end = Markup(), 0
    for match in MARKED.finditer(text):
        found += escape(text[end : match.start()])
        if match["bold"]:
            found += Markup("<strong>{}</strong>").format(rich(match["bold"]))
        else:
            found += Markup("<code>{}</code>").format(match["code"])
        end = match.end()
    return found + escape(text[end:])


@functools.cache
def _jinja() -> Jinja:
    style = f"{(HERE / 'page.css').read_text(encoding='utf-8')}{STYLE}"
    jinja = TEMPLATES.overlay(loader=FileSystemLoader(HERE), autoescape=True)
    jinja.globals = {
        **jinja.globals,
        "line_class": lambda line: CLASSES.get(line[:1], "same"),
        "asked": asked,
        "in_order": in_order,
        "risks": RISKS,
        "sentences_by_risk": sentences_by_risk,
        "style": Markup(style),  # noqa: S704  # our own style sheet
        "style_digest": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    }
    # Our own drawing, whose texts are escaped.
    jinja.filters = {**jinja.filters, "rich": rich, "picture": Markup}
    return jinja
