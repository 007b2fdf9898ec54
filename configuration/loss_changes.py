"""The smallest change that gives a place to pods that wait after a loss: more nodes of groups, higher limits of pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from capacity.inputs import Group
from configuration.fleets import SIZES, Fleet, Loss
from configuration.new_nodes import Made, Pool, all_of, count_of, grown, vcpus_of
from kube.placement import Node, Pods, place


def smallest_change(
    fleets: Sequence[Fleet],
    made: Mapping[Pool, Sequence[Made]],
    several: Sequence[Pods],
    loss: Loss,
    size: str,
) -> tuple[str | None, tuple[str, ...]]:
    """Return it in words beside what pools have made, None where nothing helps, and the pods that no change does."""
    there, pools = left_of(fleets, loss, size), [*made]
    twins = [each.on_demand_twin() for each in fleets if each.planned.name == loss.spot_of]
    every = [*fleets, *twins]
    first = max((len(each.planned.zones) for each in every), default=0)
    limits = [*_limits(pools, there, loss, made)]
    others = [each.with_on_demand(loss) for each in pools]
    fallback = limits if others == pools else [*_limits(others, there, loss, made)]
    endless = fallback[-1].made

    def count(nodes: list[Node], beside: Mapping[Pool, Sequence[Made]] = made) -> int:
        return count_of(place([*nodes, *all_of(beside)], several))

    def of_each(more: int) -> list[Node]:
        return left_of(every, loss, size, dict.fromkeys(every, more))

    everywhere = _Change(str, 0, max((each.cap for each in every), default=0), of_each)
    enough, rest = _growth(everywhere, partial(count, beside=endless), first)
    stuck = place([*of_each(enough), *all_of(endless)], several)
    change = None
    if rest < count(there):
        found = [(x.vcpus, x.words) for x in limits if x.words and count(there, x.made) <= rest]
        # Its nodes run only while Spot is lost, in place of those.
        found = found or [(0, x.words) for x in fallback if count(there, x.made) <= rest]
        for each in _changes(fleets, twins, loss, size):
            high, left = _growth(each, count, first)
            if left <= rest:
                least = _least(each, lambda nodes: count(nodes) <= rest, 1, high)
                found.append((least * each.vcpus, each.words(least)))
        if not found:

            def helps(nodes: list[Node]) -> bool:
                return count(nodes, endless) <= rest

            together = [fallback[-1].words, *_together(every, helps, enough, loss, size)]
            found.append((0, " together with ".join(filter(None, together))))
        change = min(found, key=itemgetter(0))[1]
    return change, tuple(each.pods.name for each in stuck)


def left_of(
    fleets: Sequence[Fleet], loss: Loss, size: str, more: Mapping[Fleet, int] | None = None
) -> list[Node]:
    """Return what is left of all groups; nodes that some of them get `more` stand at the end."""
    parts = [fleet.nodes(loss, size, more=(more or {}).get(fleet, 0)) for fleet in fleets]
    return [node for part in zip(*parts, strict=True) for nodes in part for node in nodes]


class _Limits(NamedTuple):
    """Higher limits, the vCPUs that they add, and what pools make with them."""

    words: str
    vcpus: int
    made: Mapping[Pool, Sequence[Made]]


def _limits(
    pools: Sequence[Pool],
    there: Sequence[Node],
    loss: Loss,
    made: Mapping[Pool, Sequence[Made]],
) -> Iterator[_Limits]:
    """Yield the limits of each pool that are enough, and at the end those of all together."""
    for endless in dict.fromkeys([*((each,) for each in pools), tuple(pools)]):
        after = grown(pools, there, loss, endless)
        changed = (x for x in pools if x.falls_back or x in endless)
        words = " together with ".join(filter(None, (x.raised(after[x]) for x in changed)))
        more = sum(map(vcpus_of, after.values())) - sum(map(vcpus_of, made.values()))
        yield _Limits(words, more, after)


def _together(
    every: Sequence[Fleet], helps: Callable[[list[Node]], bool], enough: int, loss: Loss, size: str
) -> Iterator[str]:
    """Yield what several groups need, where so many more nodes of each are enough: the largest nodes lessened first."""
    more = dict.fromkeys(every, enough)
    for fleet in sorted(every, key=lambda each: -each.vcpus):
        change = _raise(fleet, every, more, loss, size)
        more[fleet] = _least(change, helps, 0, enough)
        if more[fleet]:
            yield change.words(more[fleet])


class _Change(NamedTuple):
    """A change by a number, the vCPUs of each, and what is left of the nodes with it."""

    words: Callable[[int], str]
    vcpus: int
    most: int
    nodes: Callable[[int], list[Node]]


def _growth(change: _Change, count: Callable[[list[Node]], int], first: int) -> tuple[int, int]:
    """Return a number of a change that larger ones don't better, and how many pods wait with it.

    Whom a node more in each zone, which are the `first` nodes, doesn't help, many of them don't.
    """
    high = min(first, change.most)
    left = count(change.nodes(high))
    while left and high < change.most:
        wider = min(2 * high, change.most)
        again = count(change.nodes(wider))
        if again == left:
            break
        high, left = wider, again
    return high, left


def _least(change: _Change, helps: Callable[[list[Node]], bool], low: int, high: int) -> int:
    """Return the smallest number of a change that helps, where the highest does."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if helps(change.nodes(middle)) else (middle + 1, high)
    return low


def _changes(
    fleets: Sequence[Fleet], twins: Sequence[Fleet], loss: Loss, size: str
) -> Iterator[_Change]:
    """Yield those of groups that exist first."""
    for fleet in fleets:
        group = fleet.planned

        def with_base(more: int, fleet: Fleet = fleet) -> list[Node]:
            changed = [each.with_more_base(more) if each is fleet else each for each in fleets]
            return left_of(changed, loss, size)

        yield _raise(fleet, fleets, {}, loss, size)
        if loss.spot_of == group.name and not group.managed:
            most = (group.desired if size == SIZES[0] else group.maximum) - group.on_demand_base
            # It adds no node.
            yield _Change(partial(_on_demand, group), 0, most, with_base)
    for twin in twins:
        yield _raise(twin, [*fleets, twin], {}, loss, size)


def _raise(
    fleet: Fleet, fleets: Sequence[Fleet], others: Mapping[Fleet, int], loss: Loss, size: str
) -> _Change:
    """Return the change that gives a group more nodes, where `others` get theirs."""
    group = fleet.planned
    new = f"an On-Demand group like {group.name} with desired_size={{}}".format
    words = partial(_raised, group, size) if group.maximum else new
    if fleet.is_pool:
        words = partial(_replicas, fleet)

    def raised(more: int) -> list[Node]:
        return left_of(fleets, loss, size, {**others, fleet: more})

    return _Change(words, fleet.vcpus, fleet.cap, raised)


def _raised(group: Group, size: str, more: int) -> str:
    if size == SIZES[1]:
        return f"max_size={group.maximum + more} of {group.name}"
    wanted = group.desired + more
    beyond = f" and max_size={wanted}" if wanted > group.maximum else ""
    return f"desired_size={wanted}{beyond} of {group.name}"


def _on_demand(group: Group, more: int) -> str:
    return f"on_demand_base={group.on_demand_base + more} of {group.name}"


def _replicas(fleet: Fleet, more: int) -> str:
    """Its limit is for one node more, which replaces another."""
    wanted, limits = fleet.planned.desired + more, fleet.group.enforced_limits
    most = limits.nodes if limits else None
    beyond = f" and limits.nodes={wanted + 1}" if most is not None and most <= wanted else ""
    return f"replicas={wanted}{beyond} of {fleet.planned.name}"
