"""One picture of an environment, before and after a change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as SVG, to be put into a page: colors come from `review.pictures.palette.STYLE`.

    `before` or `after` is None where the environment isn't there yet, or no more. `changed` tells
    whether they show anything different. `key` is a word for names of files and ids, such as
    `network`.
    """

    key: str
    title: str
    before: str | None
    after: str | None
    changed: bool
