"""Every picture of an environment, in the order that they are shown in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assembly.environment import Environment
from review.pictures.access_matrix import access_matrix_of
from review.pictures.access_matrix_svg import AccessPainting
from review.pictures.deploy_order import deploy_order_of
from review.pictures.deploy_order_svg import DeployOrderPainting
from review.pictures.marks import NONE, Marks, marks_after, marks_before
from review.pictures.network import network_of
from review.pictures.network_mermaid import label, network_mermaid
from review.pictures.network_svg import NetworkPainting
from review.pictures.painting import Painting


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


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """A kind of picture: what it shows of an environment, and who paints that."""

    key: str
    title: str
    model_of: Callable[[Environment], Any]
    painted: Callable[[Any, Marks], Painting]


KINDS = (
    _Kind(key="network", title="Network", model_of=network_of, painted=NetworkPainting),
    _Kind(key="access", title="Access", model_of=access_matrix_of, painted=AccessPainting),
    _Kind(
        key="deploy-order",
        title="Deploy order",
        model_of=deploy_order_of,
        painted=DeployOrderPainting,
    ),
)


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """What stands for a picture that can't be drawn: a review without it is still a review."""

    sentence: str

    @property
    def facts(self) -> Mapping[str, object]:
        """Return what may be changed by its key."""
        return {"failure": self.sentence}


def pictures(
    before: Environment | None, after: Environment | None, *, alone: bool = False
) -> tuple[Picture, ...]:
    """Return the pictures of an environment; what differs is marked in both.

    `alone` is for files: each picture then brings its own colors.
    """
    if before is None and after is None:
        return ()
    return tuple(_picture(kind, before, after, alone=alone) for kind in KINDS)


def network_diagram(before: Environment | None, after: Environment) -> str:
    """Return the network after a change as Mermaid, nothing where it is as it was."""
    try:
        new = network_of(after)
        if before is None:
            return network_mermaid(new)
        old = network_of(before)
        if old.facts == new.facts:
            return ""
        return network_mermaid(new, marks=marks_after(old.facts, new.facts))
    except Exception as error:  # noqa: BLE001  # the review is worth more than its picture
        return f"block-beta\n  failure[{label([_failure(error).sentence])}]\n"


def _picture(
    kind: _Kind, before: Environment | None, after: Environment | None, *, alone: bool
) -> Picture:
    old, new = _model(kind, before), _model(kind, after)
    # Where an environment comes or goes as a whole, marks on everything would say nothing.
    both = None if old is None or new is None else (old.facts, new.facts)
    environment = next(each.name for each in (before, after) if each is not None).lower()

    def drawn(side: str, shown: Environment | None, model: Any, marks: Marks) -> str | None:  # noqa: ANN401  # each kind has its own
        if shown is None:
            return None
        name = f"{kind.key}-{environment}-{side}"
        return _painting(kind, shown, model, marks).svg(name=name, alone=alone)

    return Picture(
        key=kind.key,
        title=kind.title,
        before=drawn("before", before, old, marks_before(*both) if both else NONE),
        after=drawn("after", after, new, marks_after(*both) if both else NONE),
        changed=both is None or both[0] != both[1],
    )


def _model(kind: _Kind, environment: Environment | None) -> Any:  # noqa: ANN401  # each kind has its own
    if environment is None:
        return None
    try:
        return kind.model_of(environment)
    except Exception as error:  # noqa: BLE001  # the page is worth more than a picture
        return _failure(error)


def _painting(kind: _Kind, environment: Environment, model: Any, marks: Marks) -> Painting:  # noqa: ANN401
    """Paint a picture, or instead of one that can't be drawn a sentence."""
    if not isinstance(model, _Failure):
        try:
            return kind.painted(model, marks)
        except Exception as error:  # noqa: BLE001  # as above
            model = _failure(error)
    painting = Painting(f"{kind.title} of {environment.name}", model.sentence)
    painting.y += 30
    painting.note(model.sentence, baseline=14, step=18)
    return painting


def _failure(error: Exception) -> _Failure:
    said = f"{type(error).__name__}: {error}"
    return _Failure(
        sentence=f"This picture can't be drawn. It is a fault of the review, not of the change: {said}"
    )
