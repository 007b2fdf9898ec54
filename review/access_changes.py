"""Access that is added or removed, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assembly.environment import Environment
from assembly.kinds import ACCESS_ENTRY, CLUSTER
from kube.values import text
from review.access import WHOLE_CLUSTER, Grant, grants_of, is_for_people, roles_with_access
from review.clusters import several
from review.iam_changes import trust
from review.labels import capital, label, listed, principal, words
from review.model import Consent, Risk, Sentence, Table


def sentences(
    before: Environment, after: Environment, consents: Mapping[str, str]
) -> Iterator[Sentence]:
    """Yield a sentence for everything that somebody may do now, or may no longer."""
    old, new = _both(before, after)
    clusters = map(label, after.resources(CLUSTER)) if several(before, after) else [""]
    for cluster in sorted((_administered(old) - _administered(new)) & {*clusters}):
        key = f"{after.name} locks out"
        yield Sentence(
            text=f"**Nobody is left who administers {cluster or 'the cluster'}**: every access entry "
            "with AmazonEKSClusterAdminPolicy is gone but the kubectl handler's.",
            risk=Risk.LOCKS_OUT,
            consent=Consent(key=key, given=consents.get(key), trailer=True),
        )
    for grants, verb, risk in (
        (_beyond(new, old), "may now", Risk.EXPOSES),
        (_beyond(old, new), "may no longer", Risk.INTERRUPTS),
    ):
        for who, what, places in _merged(grants):
            yield Sentence(text=f"{capital(who)} {verb} {what} {places}.", risk=risk)
    for role in roles_with_access(after).values():
        yield from trust(before, after, role)
    yield from _nodes(before, after)


def table(before: Environment, after: Environment) -> Table | None:
    """Return what everybody may do where, before and after; None where nothing of it changes.

    The kubectl handler, which the stacks need for themselves, is left out.
    """
    old, new = map(_may, _both(before, after))
    if old == new:
        return None
    return Table(
        title="Access to the cluster",
        head=("", "before", "after"),
        rows=tuple(
            (_named(*each), old.get(each, "-"), new.get(each, "-"))
            for each in sorted({*old, *new}, key=_row)
        ),
    )


def _both(before: Environment, after: Environment) -> tuple[frozenset[Grant], frozenset[Grant]]:
    named = several(before, after)
    return grants_of(before, several=named), grants_of(after, several=named)


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


def _nodes(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield access entries of nodes, which grant nothing to people."""
    for entry in after.resources(ACCESS_ENTRY):
        if not is_for_people(entry) and entry.node not in before.by_node:
            who = principal(after, entry.properties.get("PrincipalArn"))
            kind = words(text(entry.properties, "Type"))
            yield Sentence(
                text=f"Nodes with {who} may now join the cluster (`{kind}`).", risk=Risk.EXPOSES
            )
