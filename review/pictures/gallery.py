"""Every picture of an environment, in the order that they are shown in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assembly.environment import Environment
from review.pictures.access_matrix import access_matrix_of, paint_access
from review.pictures.deploy_order import deploy_order_of, paint_deploy_order
from review.pictures.network import Network, network_of, paint_network
from review.pictures.painting import NONE, WORDS, Mark, Marks, Painting, rendered


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as SVG, to be put into a page: colors come from `review.pictures.painting.STYLE`.

    `before` or `after` is None where the environment isn't there yet, or no more. `lists` show the
    same as HTML, by the side. `changed` tells whether they show anything different. `key` is a word
    for names of files and ids, such as `network`.
    """

    key: str
    title: str
    before: str | None
    after: str | None
    lists: Mapping[str, str]
    changed: bool


KINDS: Mapping[str, tuple[str, Callable[[Environment], Any], Callable[[Any, Marks], Painting]]] = {
    "network": ("Network", network_of, paint_network),
    "access": ("Access", access_matrix_of, paint_access),
    "deploy-order": ("Deploy order", deploy_order_of, paint_deploy_order),
}
"""The pictures by their keys: the title, what the picture shows, and who paints that."""
SPECIAL = re.compile(r"[^\w .,:/()+=%\-\u00d7]")
"""What may have a meaning for Mermaid or HTML."""


def pictures(
    before: Environment | None,
    after: Environment | None,
    *,
    gone: Collection[str] = (),
    alone: bool = False,
) -> tuple[Picture, ...]:
    """Return the pictures of an environment; what differs is marked in both.

    `gone` are stacks that still run and that a first deploy doesn't make any more. `alone` is for files: each
    picture then brings its own colors.
    """
    both = {"before": before, "after": after}
    sides = {side: each for side, each in both.items() if each is not None}
    made = dict(sides)
    if gone and after:
        coded = {path: x for path, x in after.stacks.items() if path not in gone}
        made["after"] = replace(after, stacks=coded)
    shown = {key: made if key == "deploy-order" else sides for key in KINDS if sides}
    return tuple(_picture(key, each, alone=alone) for key, each in shown.items())


def network_diagram(before: Environment | None, after: Environment) -> str:
    """Return the network after a change as Mermaid, nothing where it is as it was."""
    try:
        new, marked = network_of(after), NONE
        if before is not None:
            was, now = (network_of(each).facts for each in _known_alike(before, after))
            if was == now:
                return ""
            marked = marks(now, was, "added")
        return network_mermaid(new, marks=marked)
    except Exception as error:  # noqa: BLE001  # the review is worth more than its picture
        return f"block-beta\n  failure[{label([_failure(error)])}]\n"


def network_mermaid(network: Network, *, marks: Marks = NONE) -> str:
    """Return a block diagram for GitHub; `marks` say what is new, gone or changed, in words."""
    zones = network.zones or ("",)
    ways = {band.key: f"band{index}" for index, band in enumerate(network.bands)}
    blocks = {each.key: ways[each.key] for each in network.bands if each.tier == "api"}
    for tier in network.tiers:
        for number, row in enumerate(network.rows(tier)):
            prefix = f"{tier}{number}_" if number else tier
            blocks |= {each.key: f"{prefix}{zones.index(zone)}" for zone, each in row.items()}
        blocks |= {each.key: ways[each.key] for each in network.bands if each.tier == tier}
    known = {"network": network, "zones": zones, "marks": marks}
    return rendered("network.mermaid", blocks=blocks, label=label, **known)


def label(lines: Iterable[str], mark: Mark | None = None) -> str:
    """Return a label in quotation marks, in which nothing has a meaning for Mermaid or HTML."""
    first, *rest = lines
    words = [f"{mark}: {first}" if mark else first, *rest]
    inert = (SPECIAL.sub(lambda special: f"#{ord(special[0])};", each) for each in words)
    return f'"{"<br/>".join(inert)}"'


def _picture(key: str, sides: Mapping[str, Environment], *, alone: bool) -> Picture:
    """Return a picture, or instead of one that can't be drawn a sentence."""
    title, model_of, painting_of = KINDS[key]
    try:
        models = [model_of(each) for each in sides.values()]
        # Of an environment that comes or goes as a whole, nothing is marked.
        marked = [NONE]
        if len(models) > 1:
            old, new = (model_of(each).facts for each in _known_alike(*sides.values()))
            marked = [marks(old, new, "removed"), marks(new, old, "added")]
        changed = len(sides) == 1 or any(marked)
        paintings = [*map(painting_of, models, marked)]
    except Exception as error:  # noqa: BLE001  # the page is worth more than a picture
        changed, said = True, _failure(error)
        titles = (f"{title} of {each.name}" for each in sides.values())
        paintings = [Painting("failure", each, said=said) for each in titles]
    environment = next(iter(sides.values())).name.lower()
    drawn = {
        side: each.svg(name=f"{key}-{environment}-{side}", alone=alone)
        for side, each in zip(sides, paintings, strict=True)
    }
    before, after = (drawn.get(side) for side in ("before", "after"))
    lists = {side: each.listed for side, each in zip(sides, paintings, strict=True)}
    return Picture(key=key, title=title, before=before, after=after, lists=lists, changed=changed)


def _known_alike(before: Environment, after: Environment) -> tuple[Environment, Environment]:
    """Return both sides to compare: what only one of them knows is unknown, not changed.

    A snapshot has no plan, and so no numbers of pods and addresses.
    """
    if (before.inputs is None) is (after.inputs is None):
        return before, after
    return _bare(before), _bare(after)


def _bare(environment: Environment) -> Environment:
    """Return an environment as its templates alone say it."""
    stacks = {path: replace(stack, metadata={}) for path, stack in environment.stacks.items()}
    return replace(environment, stacks=stacks)


def _failure(error: Exception) -> str:
    said: str = WORDS["failure"].format(kind=type(error).__name__, error=error)
    return said


def marks(shown: Mapping[str, object], other: Mapping[str, object], alone: Mark) -> Marks:
    """Return what a picture marks against the other one; `alone` is for what only this one has."""
    return {
        key: "changed" if key in other else alone
        for key, facts in shown.items()
        if key not in other or other[key] != facts
    }
