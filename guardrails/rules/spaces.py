"""What nodes that are alike have together, and whether it is enough for the pods that only they let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from assembly.environment import Environment
from assembly.index import grouped
from capacity.room import GIB
from guardrails.rule import Finding
from guardrails.rules.availability import least
from guardrails.rules.homes import Home, asked, is_scaled, lets_in
from guardrails.rules.workloads import Pods
from kube.pods import Amounts

NONE = Decimal(0)


class Space(NamedTuple):
    """What nodes that are alike have together at most, as far as it is known, whose they are, and who can run there.

    Of those with the same `name` only the largest count: each node of a group is of one type, in one zone.
    """

    name: str
    has: Amounts
    takes: Callable[[Pods], bool]
    limit: str = "NodePools at their limits"


def spaces(environment: Environment, there: Sequence[Home]) -> Iterator[Space]:
    """Yield what the nodes of groups have at their largest number."""
    size = "max_size" if is_scaled(environment) else "desired_size, which nothing raises,"
    for each in (x for x in there if x.most != 0):
        has = {x: each.most * n for x, n in each.room.items()} if each.most is not None else {}
        yield Space(each.group.path, has, partial(_holds, each), f"node groups at {size}")


def _holds(home: Home, guest: Pods) -> bool:
    return lets_in(home, guest) and not too_small(home, asked(guest))


def together(
    environment: Environment, several: Sequence[Pods], every: Sequence[Space]
) -> Iterator[Finding]:
    """Yield the resource of which all nodes that let in some pods have too little for these."""
    open_to = {
        each: frozenset(x for x in range(len(every)) if every[x].takes(each)) for each in several
    }
    guests = [each for each in several if open_to[each]]
    wheres = {*(open_to[each] for each in guests), frozenset().union(*open_to.values())}
    told: list[tuple[frozenset[int], str]] = []
    for where in sorted(wheres, key=lambda each: (len(each), sorted(each))):
        inside = [each for each in guests if open_to[each] <= where]
        for resource, finding in _short_of(
            environment, inside, [every[x] for x in sorted(where)], all_=len(where) == len(every)
        ):
            if not any(name == resource and less <= where for less, name in told):
                told.append((where, resource))
                yield finding


def _short_of(
    environment: Environment, several: Sequence[Pods], there: Sequence[Space], *, all_: bool
) -> Iterator[tuple[str, Finding]]:
    asks = dict.fromkeys(name for each in several for name in asked(each))
    counts = [least(environment, each.owner) or 0 for each in several]
    for resource in (name for name in asks if all(name in each.has for each in there)):
        takes = [asked(x).get(resource, NONE) * n for x, n in zip(several, counts, strict=True)]
        rooms = grouped((each.name, each.has[resource]) for each in there).values()
        wanted, limit = sum(takes, NONE), sum(map(max, rooms), NONE)
        if wanted > limit:
            names = ", ".join(dict.fromkeys(each.name for each in there))
            whose, some = ("", "all") if all_ else (f" that can run only on {names}", "these")
            words = " and ".join(f"{some} {x}" for x in dict.fromkeys(each.limit for each in there))
            has = f"{words} have {amount_in_words(resource, limit)}"
            detail = f"All pods{whose} ask for {amount_in_words(resource, wanted)}; {has}."
            yield resource, several[takes.index(max(takes))].finding(f"all {resource}", detail)


def too_small(home: Home, wanted: Amounts) -> str:
    """Return what a node lacks, empty if nothing is known to be missing."""
    for resource, amount in wanted.items():
        limit = home.room.get(resource)
        if limit is not None and amount > limit:
            room, asked = (amount_in_words(resource, each) for each in (max(limit, NONE), amount))
            return f"{home.kind} has room for {room}, and asked are {asked}"
    return ""


def amount_in_words(resource: str, amount: Decimal) -> str:
    """Return how much of a resource it is."""
    if resource in ("memory", "ephemeral-storage"):
        return f"{amount / GIB:.1f} GiB of {resource}"
    return f"{amount.normalize():f} {resource}"
