"""Who may do what in the cluster, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assembly.index import grouped as gathered
from review.access import WHOLE_CLUSTER, Grant, grants_of
from review.differences import Table, compared
from review.labels import capital, listed
from review.sides import Sides


def tables(sides: Sides) -> Iterator[Table]:
    """Yield what everybody may do where, before and after, if anything of it changes.

    The kubectl handler, which the stacks need for themselves, is left out.
    """
    old, new = (_may(grants_of(each, several=sides.several)) for each in sides.both)
    if old != new:
        # By who it is, the whole cluster before namespaces.
        places = sorted({*old, *new}, key=lambda at: (*at[:2], at[2] != WHOLE_CLUSTER, at[2]))
        yield compared("Access to the cluster", old, new, {each: _named(*each) for each in places})


def _named(who: str, cluster: str, where: str) -> str:
    place = where if where == WHOLE_CLUSTER else f"namespace `{where}`"
    return f"{capital(who)}, {place}{f' of {cluster}' if cluster else ''}"


def _may(grants: Iterable[Grant]) -> Mapping[tuple[str, str, str], str]:
    """Return what people may do, by who they are, the name of a cluster and where in it."""
    people = (each for each in sorted(grants) if not each.handler)
    found = gathered(((each.principal, each.cluster, each.where), each.what) for each in people)
    return {place: listed(dict.fromkeys(what)) for place, what in found.items()}
