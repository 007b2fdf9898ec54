"""Who may do what in the cluster, before and after."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.index import grouped as gathered
from review.access import WHOLE_CLUSTER, Grant, grants_of
from review.labels import listed
from review.model import capital
from review.sides import Sides
from review.tables import Table, compared


def tables(sides: Sides) -> Iterator[Table]:
    """Yield what everybody may do where, before and after, if anything of it changes.

    The kubectl handler, which the stacks need for themselves, is left out.
    """
    both = [grants_of(each, several=sides.several) for each in sides.both]
    people = [[each for each in sorted(side) if not each.handler] for side in both]
    found = [gathered((_named(each), each.what) for each in side) for side in people]
    old, new = ({x: listed(dict.fromkeys(what)) for x, what in side.items()} for side in found)
    if old != new:
        names = dict.fromkeys(map(_named, sorted((*people[0], *people[1]), key=_order)))
        yield compared("Access to the cluster", old, new, names)


def _named(grant: Grant) -> str:
    return f"{capital(grant.principal)}, {grant.place}"


def _order(grant: Grant) -> tuple[str, str, bool, str]:
    """Return by what rows stand in order: who it is, the whole cluster before namespaces."""
    return grant.principal, grant.cluster, grant.where != WHOLE_CLUSTER, grant.where
