"""Access that is added or removed, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assembly.kinds import ACCESS_ENTRY, ROLE
from kube.values import text
from review.access import WHOLE_CLUSTER, Grant, grants_of, is_for_people, roles_with_access
from review.data import say
from review.iam_changes import trust
from review.labels import capital, gathered, listed, principal, words
from review.model import Sentence, Table, compared
from review.sides import Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield a sentence for everything that somebody may do now, or may no longer."""
    old, new = _both(sides)
    stay = {name for _, cluster, name in sides.clusters() if cluster is not None}
    for cluster in sorted((_administered(old) - _administered(new)) & stay):
        name = cluster or "the cluster"
        yield say("nobody administers", cluster=name, consent=sides.lock_out)
    for what, grants in (("access gained", _beyond(new, old)), ("access lost", _beyond(old, new))):
        places = gathered(((each.principal, each.what), each.place) for each in sorted(grants))
        for (who, may), where in places.items():
            yield say(what, who=capital(who), what=may, places=listed(dict.fromkeys(where)))
    for old_role, role in sides.kept(ROLE):
        if role.node in roles_with_access(sides.after):
            yield from trust(sides.after, old_role, role)
    yield from _nodes(sides)


def tables(sides: Sides) -> Iterator[Table]:
    """Yield what everybody may do where, before and after, if anything of it changes.

    The kubectl handler, which the stacks need for themselves, is left out.
    """
    old, new = map(_may, _both(sides))
    if old != new:
        places = sorted({*old, *new}, key=_row)
        yield compared("Access to the cluster", old, new, {each: _named(*each) for each in places})


def _both(sides: Sides) -> tuple[frozenset[Grant], frozenset[Grant]]:
    old, new = (grants_of(each, several=sides.several) for each in sides.both)
    return old, new


def _beyond(these: Iterable[Grant], those: Iterable[Grant]) -> list[Grant]:
    """Return what somebody may do by these grants and couldn't by those."""
    larger = gathered((grant.principal, grant) for grant in those)
    return [
        grant
        for grant in these
        if not any(other.includes(grant) for other in larger.get(grant.principal, ()))
    ]


def _named(who: str, cluster: str, where: str) -> str:
    place = where if where == WHOLE_CLUSTER else f"namespace `{where}`"
    return f"{capital(who)}, {place}{f' of {cluster}' if cluster else ''}"


def _row(place: tuple[str, str, str]) -> tuple[str, str, bool, str]:
    """Order by who it is, the whole cluster before namespaces."""
    who, cluster, where = place
    return who, cluster, where != WHOLE_CLUSTER, where


def _may(grants: Iterable[Grant]) -> Mapping[tuple[str, str, str], str]:
    """Return what each principal but the kubectl handler may do in each place."""
    people = (each for each in sorted(grants) if not each.handler)
    found = gathered(((each.principal, each.cluster, each.where), each.what) for each in people)
    return {place: listed(dict.fromkeys(what)) for place, what in found.items()}


def _administered(grants: Iterable[Grant]) -> set[str]:
    """Return the clusters that somebody administers."""
    return {grant.cluster for grant in grants if grant.administers and not grant.handler}


def _nodes(sides: Sides) -> Iterator[Sentence]:
    """Yield access entries of nodes, which grant nothing to people."""
    for entry in sides.after.resources(ACCESS_ENTRY):
        if not is_for_people(entry) and entry.node not in sides.before.by_node:
            who = principal(sides.after, entry.properties.get("PrincipalArn"))
            kind = words(text(entry.properties, "Type"))
            yield say("nodes join", who=who, kind=kind)
