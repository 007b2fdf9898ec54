"""Access that is added or removed, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from review.access import WHOLE_CLUSTER, Grant, grants_of
from review.environment import Environment, Resource
from review.iam import trusted
from review.labels import listed, principal, role_name
from review.model import Consent, Risk, Sentence, Table


def sentences(
    before: Environment, after: Environment, consents: Mapping[str, str]
) -> Iterator[Sentence]:
    """Yield a sentence for everything that somebody may do now, or may no longer."""
    old, new = grants_of(before), grants_of(after)
    if _administrators(old) and not _administrators(new) and after.one("AWS::EKS::Cluster"):
        key = f"{after.name} locks out"
        yield Sentence(
            text="**Nobody is left who administers the cluster**: every access entry with "
            "AmazonEKSClusterAdminPolicy is gone but the kubectl handler's.",
            risk=Risk.LOCKS_OUT,
            consent=Consent(key=key, given=consents.get(key), trailer=True),
        )
    for grants, verb, risk in (
        (new - old, "may now", Risk.EXPOSES),
        (old - new, "may no longer", Risk.INTERRUPTS),
    ):
        for who, what, places in _merged(grants):
            yield Sentence(text=f"{_capital(who)} {verb} {what} {places}.", risk=risk)
    yield from _trust(before, after)
    yield from _unbound(before, after)


def table(before: Environment, after: Environment) -> Table | None:
    """Return what everybody may do where, before and after; None where nothing of it changes.

    The kubectl handler, which the stacks need for themselves, is left out.
    """
    old, new = (_may(grants_of(each)) for each in (before, after))
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


def _named(who: str, where: str) -> str:
    place = where if where == WHOLE_CLUSTER else f"namespace `{where}`"
    return f"{_capital(who)}, {place}"


def _row(place: tuple[str, str]) -> tuple[str, bool, str]:
    """Order by who it is, the whole cluster before namespaces."""
    who, where = place
    return who, where != WHOLE_CLUSTER, where


def _may(grants: Iterable[Grant]) -> Mapping[tuple[str, str], str]:
    """Return what each principal but the kubectl handler may do in each place."""
    found: dict[tuple[str, str], list[str]] = {}
    for grant in sorted(grants):
        if not grant.handler:
            found.setdefault((grant.principal, grant.where), []).append(grant.what)
    return {place: listed(dict.fromkeys(words)) for place, words in found.items()}


def _administrators(grants: Iterable[Grant]) -> set[str]:
    return {grant.principal for grant in grants if grant.administers and not grant.handler}


def _merged(grants: Iterable[Grant]) -> Iterator[tuple[str, str, str]]:
    """Yield each principal and what it may do once, with all the places."""
    found: dict[tuple[str, str], list[str]] = {}
    for grant in sorted(grants):
        found.setdefault((grant.principal, grant.what), []).append(grant.place)
    for (who, what), places in found.items():
        yield who, what, listed(dict.fromkeys(places))


def _trust(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield who may now assume a role that has access to the cluster."""
    for key, role in _roles_with_access(after).items():
        old, new = before.by_id.get(key), trusted(role)
        if old is None or old.type != role.type:
            continue
        for principals, verb, risk in (
            (new - trusted(old), "may now", Risk.EXPOSES),
            (trusted(old) - new, "may no longer", Risk.INTERRUPTS),
        ):
            for arn in sorted(principals):
                who = principal(after, role.stack, arn)
                yield Sentence(
                    text=f"{_capital(who)} {verb} assume role `{role_name(role)}`.", risk=risk
                )


def _roles_with_access(environment: Environment) -> dict[tuple[str, str], Resource]:
    return {
        (role.stack, role.logical_id): role
        for entry in environment.of_type("AWS::EKS::AccessEntry")
        if (role := environment.target(entry.stack, entry.properties["PrincipalArn"])) is not None
    }


def _unbound(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield access entries of nodes, which grant nothing to people."""
    for entry in after.of_type("AWS::EKS::AccessEntry"):
        kind = entry.properties.get("Type", "STANDARD")
        if kind != "STANDARD" and (entry.stack, entry.logical_id) not in before.by_id:
            who = principal(after, entry.stack, entry.properties["PrincipalArn"])
            yield Sentence(
                text=f"Nodes with {who} may now join the cluster (`{kind}`).", risk=Risk.EXPOSES
            )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
