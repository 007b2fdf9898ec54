"""Access that is added or removed, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assembly.kinds import ACCESS_ENTRY, ROLE
from kube.values import text
from review.access import WHOLE_CLUSTER, Grant, grants_of, is_for_people, roles_with_access
from review.iam_changes import trust
from review.labels import capital, listed, principal, words
from review.model import Risk, Sentence, Table, compared
from review.sides import Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield a sentence for everything that somebody may do now, or may no longer."""
    old, new = _both(sides)
    stay = {name for _, cluster, name in sides.clusters() if cluster is not None}
    for cluster in sorted((_administered(old) - _administered(new)) & stay):
        yield Sentence(
            text=f"**Nobody is left who administers {cluster or 'the cluster'}**: every access entry "
            "with AmazonEKSClusterAdminPolicy is gone but the kubectl handler's.",
            risk=Risk.LOCKS_OUT,
            consent=sides.lock_out,
        )
    for grants, verb, risk in (
        (_beyond(new, old), "may now", Risk.EXPOSES),
        (_beyond(old, new), "may no longer", Risk.INTERRUPTS),
    ):
        for who, what, places in _merged(grants):
            yield Sentence(text=f"{capital(who)} {verb} {what} {places}.", risk=risk)
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
    larger: dict[str, list[Grant]] = {}
    for grant in those:
        larger.setdefault(grant.principal, []).append(grant)
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
    found: dict[tuple[str, str, str], list[str]] = {}
    for grant in sorted(grants):
        if not grant.handler:
            place = (grant.principal, grant.cluster, grant.where)
            found.setdefault(place, []).append(grant.what)
    return {place: listed(dict.fromkeys(what)) for place, what in found.items()}


def _administered(grants: Iterable[Grant]) -> set[str]:
    """Return the clusters that somebody administers."""
    return {grant.cluster for grant in grants if grant.administers and not grant.handler}


def _merged(grants: Iterable[Grant]) -> Iterator[tuple[str, str, str]]:
    """Yield each principal and what it may do once, with all the places."""
    found: dict[tuple[str, str], list[str]] = {}
    for grant in sorted(grants):
        found.setdefault((grant.principal, grant.what), []).append(grant.place)
    for (who, what), places in found.items():
        yield who, what, listed(dict.fromkeys(places))


def _nodes(sides: Sides) -> Iterator[Sentence]:
    """Yield access entries of nodes, which grant nothing to people."""
    for entry in sides.after.resources(ACCESS_ENTRY):
        if not is_for_people(entry) and entry.node not in sides.before.by_node:
            who = principal(sides.after, entry.properties.get("PrincipalArn"))
            kind = words(text(entry.properties, "Type"))
            yield Sentence(
                text=f"Nodes with {who} may now join the cluster (`{kind}`).", risk=Risk.EXPOSES
            )
