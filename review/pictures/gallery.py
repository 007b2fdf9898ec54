"""Every picture of an environment, in the order that they are shown in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from review.environment import Environment
from review.pictures.access_matrix import access_matrix_of
from review.pictures.access_matrix_svg import access_matrix_svg
from review.pictures.deploy_order import deploy_order_of
from review.pictures.deploy_order_svg import deploy_order_svg
from review.pictures.marks import NONE, Marks, marks_after, marks_before
from review.pictures.network import network_of
from review.pictures.network_svg import network_svg
from review.pictures.picture import Picture


class Drawable(Protocol):
    """What a picture shows. `facts` are all that a change may touch, each by its key."""

    @property
    def facts(self) -> Mapping[str, object]:
        """Return them."""


Model_contra = TypeVar("Model_contra", bound=Drawable, contravariant=True)
Model = TypeVar("Model", bound=Drawable)


class Painter(Protocol[Model_contra]):
    """What makes SVG of a model; `name` keeps the ids of several pictures on a page apart."""

    def __call__(self, model: Model_contra, /, *, marks: Marks, name: str, alone: bool) -> str:
        """Return the picture."""


def pictures(
    before: Environment | None, after: Environment | None, *, alone: bool = False
) -> tuple[Picture, ...]:
    """Return the pictures of an environment; what differs is marked in both.

    `alone` is for files: each picture then brings its own colors.
    """
    if before is None and after is None:
        return ()
    sides = (before, after)
    return (
        _picture("network", "Network", network_of, network_svg, sides, alone=alone),
        _picture("access", "Access", access_matrix_of, access_matrix_svg, sides, alone=alone),
        _picture(
            "deploy-order",
            "Deploy order",
            deploy_order_of,
            deploy_order_svg,
            sides,
            alone=alone,
        ),
    )


def _picture(
    key: str,
    title: str,
    model_of: Callable[[Environment], Model],
    painter: Painter[Model],
    sides: tuple[Environment | None, Environment | None],
    *,
    alone: bool,
) -> Picture:
    old, new = (None if each is None else model_of(each) for each in sides)
    # Where an environment comes or goes as a whole, marks on everything would say nothing.
    both = None if old is None or new is None else (old.facts, new.facts)
    environment = next(each.name for each in sides if each is not None).lower()

    def drawn(model: Model | None, side: str, marks: Marks) -> str | None:
        if model is None:
            return None
        return painter(model, marks=marks, name=f"{key}-{environment}-{side}", alone=alone)

    return Picture(
        key=key,
        title=title,
        before=drawn(old, "before", marks_before(*both) if both else NONE),
        after=drawn(new, "after", marks_after(*both) if both else NONE),
        changed=both is None or both[0] != both[1],
    )
