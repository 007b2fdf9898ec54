"""Every picture of an environment, in the order that they are shown in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assembly.environment import Environment
from review.pictures.access_matrix import AccessPainting, access_matrix_of
from review.pictures.deploy_order import deploy_order_of
from review.pictures.deploy_order_svg import DeployOrderPainting
from review.pictures.network import network_of
from review.pictures.network_mermaid import label, network_mermaid
from review.pictures.network_svg import NetworkPainting
from review.pictures.painting import NONE, Mark, Marks, Painting


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as SVG, to be put into a page: colors come from `review.pictures.painting.STYLE`.

    `before` or `after` is None where the environment isn't there yet, or no more. `changed` tells
    whether they show anything different. `key` is a word for names of files and ids, such as
    `network`.
    """

    key: str
    title: str
    before: str | None
    after: str | None
    changed: bool


KINDS: Mapping[str, tuple[str, Callable[[Environment], Any], Callable[[Any, Marks], Painting]]] = {
    "network": ("Network", network_of, NetworkPainting),
    "access": ("Access", access_matrix_of, AccessPainting),
    "deploy-order": ("Deploy order", deploy_order_of, DeployOrderPainting),
}
"""The pictures by their keys: the title, what the picture shows, and who paints that."""


def pictures(
    before: Environment | None, after: Environment | None, *, alone: bool = False
) -> tuple[Picture, ...]:
    """Return the pictures of an environment; what differs is marked in both.

    `alone` is for files: each picture then brings its own colors.
    """
    both = {"before": before, "after": after}
    sides = {side: each for side, each in both.items() if each is not None}
    return tuple(_picture(key, sides, alone=alone) for key in KINDS) if sides else ()


def network_diagram(before: Environment | None, after: Environment) -> str:
    """Return the network after a change as Mermaid, nothing where it is as it was."""
    try:
        new, old = network_of(after), None if before is None else network_of(before).facts
        if old == new.facts:
            return ""
        return network_mermaid(new, marks=NONE if old is None else marks(new.facts, old, "added"))
    except Exception as error:  # noqa: BLE001  # the review is worth more than its picture
        return f"block-beta\n  failure[{label([_failure(error)])}]\n"


def _picture(key: str, sides: Mapping[str, Environment], *, alone: bool) -> Picture:
    """Return a picture, or instead of one that can't be drawn a sentence."""
    title, model_of, painting_of = KINDS[key]
    try:
        models = [model_of(each) for each in sides.values()]
        # Of an environment that comes or goes as a whole, nothing is marked.
        marked = [NONE]
        if len(models) > 1:
            old, new = (each.facts for each in models)
            marked = [marks(old, new, "removed"), marks(new, old, "added")]
        changed = len(sides) == 1 or any(marked)
        paintings = [*map(painting_of, models, marked)]
    except Exception as error:  # noqa: BLE001  # the page is worth more than a picture
        changed, said = True, _failure(error)
        paintings = [Painting(f"{title} of {each.name}", said) for each in sides.values()]
        for each in paintings:
            each.y += 30
            each.note(said, baseline=14, step=18)
    environment = next(iter(sides.values())).name.lower()
    drawn = {
        side: each.svg(name=f"{key}-{environment}-{side}", alone=alone)
        for side, each in zip(sides, paintings, strict=True)
    }
    before, after = (drawn.get(side) for side in ("before", "after"))
    return Picture(key=key, title=title, before=before, after=after, changed=changed)


def _failure(error: Exception) -> str:
    said = "This picture can't be drawn. It is a fault of the review, not of the change"
    return f"{said}: {type(error).__name__}: {error}"


def marks(shown: Mapping[str, object], other: Mapping[str, object], alone: Mark) -> Marks:
    """Return what a picture marks against the other one; `alone` is for what only this one has."""
    return {
        key: "changed" if key in other else alone
        for key, facts in shown.items()
        if key not in other or other[key] != facts
    }
