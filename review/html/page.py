"""A review as one file for a browser: no request, no script, no clock."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment as Jinja
from jinja2 import FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assembly.environment import Environment
from review.consents import asked
from review.html.shown import Shown
from review.html.text import rich
from review.model import EnvironmentReview, Review, Risk
from review.pictures.gallery import pictures
from review.pictures.painting import STYLE

HERE = Path(__file__).parent

SIGNS = {
    Risk.NOTHING: "=",
    Risk.SAFE: "\N{CHECK MARK}",
    Risk.INTERRUPTS: "\N{CLOCKWISE OPEN CIRCLE ARROW}",
    Risk.REPLACES: "\N{RIGHTWARDS ARROW OVER LEFTWARDS ARROW}",
    Risk.EXPOSES: "\N{BULLSEYE}",
    Risk.LOCKS_OUT: "\N{MULTIPLICATION X}",
}
"""A sign for each risk, beside its word and its color."""

MEANINGS = {
    Risk.NOTHING: "The templates are the same.",
    Risk.SAFE: "Nobody notices the deploy.",
    Risk.INTERRUPTS: "Pods restart, nodes roll, or somebody loses access or a connection.",
    Risk.REPLACES: "A resource is replaced or removed that something runs in or depends on.",
    Risk.EXPOSES: "Somebody may do more, or something can be reached from more places.",
    Risk.LOCKS_OUT: "Nobody administers the cluster any more, or nobody reaches it.",
}
"""What a verdict means, as the table of docs/review.md says it."""

CLASSES = {" ": "same", "+": "added", "-": "removed", "@": "hunk"}
"""The class of a line of a diff by its first character."""


def html(review: Review) -> str:
    """Return the page of a review."""
    shown = [
        Shown(review=each, pictures=pictures(each.before, each.after))
        for each in (*review.changed, *_unchanged(review))
    ]
    return _rendered("review.html.jinja", {"review": review, "shown": shown})


def html_of(environment: Environment) -> str:
    """Return a page with the pictures of an environment as it is."""
    shown = pictures(None, environment)
    return _rendered("environment.html.jinja", {"name": environment.name, "pictures": shown})


def _unchanged(review: Review) -> list[EnvironmentReview]:
    return [each for each in review.environments if each.risk is Risk.NOTHING]


def _rendered(template: str, values: Mapping[str, object]) -> str:
    return _jinja().get_template(template).render(values)


@functools.cache
def _jinja() -> Jinja:
    jinja = Jinja(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = f"{(HERE / 'page.css').read_text(encoding='utf-8')}{STYLE}"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    jinja.globals.update(
        line_class=lambda line: CLASSES.get(line[:1], "same"),
        asked=asked,
        meanings=MEANINGS,
        signs=SIGNS,
        style=Markup(style),  # noqa: S704  # our own style sheet
        style_digest=digest,
    )
    jinja.filters.update(
        rich=rich,
        picture=Markup,  # our own drawing, whose texts are escaped
    )
    return jinja
