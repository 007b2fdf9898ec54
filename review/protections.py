"""Which values protect less than before: the rows of protections.csv."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from assembly.index import grouped as gathered
from assembly.kinds import ASSOCIATION, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import of_the_cdk
from assembly.resource import Resource
from assembly.self_managed import self_managed_groups
from guardrails.rules.availability import both_in_whole
from guardrails.step.change import values_at
from kube.pods import pod_template
from kube.values import Json, items, known, text
from review import cut_off, iam, node_costs, nodes_gone, rejected, retention, rolled, room, volumes
from review.differences import in_short
from review.differences import told as differs
from review.labels import duration, has_or_have, is_or_are, label, listed, service_account, words
from review.model import DETAILS, Risk, Sentence, capital
from review.protection_rows import ROWS, Row, unfolded
from review.sides import Sides
from review.versions import support
from review.worse import count, differing, held_back, is_worse, leaves, opened, texts, together

CLEAR = {"appears", "changes", "comes", "drifts", "fewer", "goes", "gone", "less", "loses", "swaps"}
"""What is worse however little is known of the values: a key is one, whatever its ARN."""
WHOLE = ("drifts", "narrows")
"""What is worse of a whole part of an object, which stands below the sentence."""
BELOW = (*WHOLE, "quota")
"""What is said of all below a path."""
BUDGET = "PodDisruptionBudget"
LIMITS = ("/maxUnavailable", "/minAvailable")
ALL_OR_NONE = frozenset({"0", "100%"})
"""Limits of budgets that let no pod go, or every one."""
NAMED = ("changes", "goes", "swaps")
"""Of what is told with the names of resources."""
MIX = "MixedInstancesPolicy/InstancesDistribution/OnDemand"
"""What says how many nodes are On-Demand."""
NEW: Json = {}
"""The properties of what wasn't there."""
SUPPORT = "UpgradePolicy/SupportType"
"""What decides on the end of standard support."""
SCOPES: Mapping[str, Callable[[Sides, Any], str]] = {
    "ConfigurationValues/enableNetworkPolicy": cut_off.bound,
    "ConfigurationValues/env/NETWORK_POLICY_ENFORCING_MODE": cut_off.free,
    "spec/resources/requests/storage": volumes.grows,
    **dict.fromkeys(
        (f"{MIX}BaseCapacity", f"{MIX}PercentageAboveBaseCapacity"),
        lambda sides, x: " ".join([node_costs.on_demand(sides, x), *room.more_of_a_quota(sides)]),
    ),
    **{x.path: rolled.reserved for x in ROWS if "/CapacityReservationS" in x.path},
    "WarmPoolConfig": lambda _, x: DETAILS["end the pool"] * bool(volumes.pool_left(x)),
    "WarmPoolConfig/Enabled": lambda _, x: volumes.in_pool(x),
    "TimeToLiveSpecification/Enabled": lambda _, x: retention.clock(x),
    SUPPORT: lambda sides, x: support(text(x.properties, "Version"), sides.today),
}
"""What says of a row's subject whose pods it is about, or when it is felt."""

Weaker = Resource | KubernetesObject
"""What a row is about."""


def _scaled(_: Sides, each: KubernetesObject, __: object) -> str:
    """Return what an autoscaler scales."""
    kind, name = (text(each.spec, "scaleTargetRef", x) for x in ("kind", "name"))
    return f" of {kind} `{words(name)}`" if name else ""


def _placed(sides: Sides, _: object, was: Sequence[object]) -> str:
    """Return how a placement group places instances."""
    group = sides.before.target(next(iter(was), None))
    strategy = text(group.properties, "Strategy") if group else ""
    return DETAILS.get(f"placement {strategy}", DETAILS["placement"])


def _held(sides: Sides, each: KubernetesObject, _: object) -> str:
    """Return what the budgets of a pool hold back."""
    return nodes_gone.held_by(sides, each)


TARGETS: Mapping[str, Callable[[Sides, Any, Sequence[object]], str]] = {
    "HorizontalPodAutoscaler": _scaled,
    "AWS::AutoScaling::AutoScalingGroup": node_costs.mix,
    "AWS::EC2::LaunchTemplate": _placed,
    NODE_GROUP: lambda _, x, __: DETAILS["pool stays" if volumes.pool_left(x) else "pool goes"],
    **dict.fromkeys(("NodePool", "EC2NodeClass", "NodeClass"), _held),
}
"""What a row says in the place of `{target}`, by its kind."""


def weakened(sides: Sides) -> Iterator[Sentence]:
    """Yield what is worse, one sentence for all that differ alike or that follows from the same."""
    yield from together(_weakened(sides))


def _weakened(sides: Sides) -> Iterator[tuple[str, Sentence]]:
    # Of two types with the same words, too.
    every = (
        ((*x[4:], x.path == SUPPORT), v, _name(y), more)
        for x, y, v, _, more in rows(sides)
        if x.says
    )
    found, told = gathered(((how, v), (name, more)) for how, v, name, more in every), set[str]()
    for ((risk, says, about, ends), values), alike in found.items():
        names, (before, after, gone) = list(dict.fromkeys(name for name, _ in alike)), values
        words = {"was": before, "now": after, "gone": gone, "target": gone}
        words |= {"was_time": duration(before), "now_time": duration(after)}
        words |= {"are": is_or_are(names), "have": has_or_have(len(names))}
        words["keep"] = "keep" if len(names) > 1 else "keeps"
        said = f"{capital(says.format(names=listed(names), **words))}."
        details = [capital(f"{name}: {more.rstrip('.')}.") for name, more in alike if more]
        # Two rows of one thing have one story.
        details = [x for x in dict.fromkeys(details) if x not in told]
        told.update(details)
        lasts = "told" if ends else "from"
        more, kind = tuple(details), Risk[risk]
        yield listed(names), Sentence(text=said, risk=kind, lasts=lasts, about=about, details=more)


def rows(sides: Sides) -> Iterator[tuple[Row, Weaker, tuple[str, str, str], list[str], str]]:
    """Yield each row that says what is worse, of what, the values, all paths that it tells, and what differs."""
    nobody, refused = rejected.unreached(sides), rejected.refused(sides.after)
    for row in ROWS:
        for each, old, new in _pairs(sides, row.kind, row.risk):
            was, now = (values_at(side, row.path) for side in (old, new))
            was = ["none"] if old is NEW and row.default else was
            if row.path.endswith(LIMITS) and isinstance(each, KubernetesObject):
                was, now = both_in_whole(sides.both, each, (was, now), row.default)
            if row.worse == "loses":
                # What is gone itself misses nothing.
                flat = ((x, sides.before.target(x)) for value in was for x in items(value))
                was = [x for x, to in flat if to is None or to.node in sides.after.by_node]
            # A share in place of a number has no default of the number.
            usual = row.default and not values_at(old, f"{row.path}Percentage")
            meant = row if usual else row._replace(default="")
            counts = (count(old, row.path), count(new, row.path))
            named = partial(_named, sides)
            # That is told with what it means.
            zones = (row.kind, row.path) == (NODE_GROUP, "Subnets") and room.one_zone(sides)
            # Drains that nothing blocks any more are no loss, and rows of their own tell what holds nothing.
            moves = row.path.endswith(LIMITS) and row.worse in {"higher", "lower"}
            told = ALL_OR_NONE if row.kind == BUDGET else {"100%"}
            # What reaches no pod at all reaches no others, and a pod that is rejected does nothing.
            none = {"Service": nobody, "Pods": refused}.get(row.kind, ())
            empty = bool(none) and label(each) in none
            empty |= row.risk == "NOT_JUDGED" and isinstance(each, Resource) and of_the_cdk(each)
            skipped = empty or bool(zones) or (moves and not told.isdisjoint(texts([*was, *now])))
            worse = None if was == now or skipped else _worse(meant, was, now, counts, named)
            if worse and "{target}" in row.says:
                worse = (*worse[:2], TARGETS[row.kind](sides, each, was))
            if worse is not None:
                items_of = values_at(new, row.path.partition("/*")[0])
                one, other = (
                    next(iter(x), None) if row.worse in WHOLE else None for x in (was, now)
                )
                more = differs(one, other, row.path.replace("/", "."))
                more = SCOPES[row.path](sides, each) if row.path in SCOPES else more
                if row.worse == "swaps" and row.path.endswith(("Arn", "arn")):
                    more = iam.swapped(sides, next(iter(was)), next(iter(now)))
                whole = row.path.partition("/*")[0].replace("/", ".").replace("~1", "/")
                below = "*" * (row.worse in BELOW or "/annotations/" in row.path)
                ports = row.path.partition("/*")[0].endswith("~1listen-ports")
                paths = [f"{whole}{below}"] * (ports or row.is_all(was, now, items_of))
                # The field of an item is told with its values.
                alone = isinstance(each, KubernetesObject) and row.kind == each.kind
                fields = leaves(old, new, row.path) if alone else []
                paths += [x.path for x in fields]
                # Perhaps as many nodes are On-Demand as before.
                said = row.says * (not row.path.startswith(MIX) or bool(worse[2]))
                yield row._replace(says=said), each, worse, paths, more or in_short(fields)


def _name(each: Weaker) -> str:
    """Return whose pods an association is about, and else the label."""
    if isinstance(each, Resource) and each.kind == ASSOCIATION:
        return f"ServiceAccount `{service_account(each)}`"
    return label(each)


def told(sides: Sides) -> Mapping[str, list[str]]:
    """Return the dotted paths of which it is said that their value is worse, by what has them.

    An asterisk stands for all below the path.
    """
    return gathered((label(x), path) for _, x, _, paths, _ in rows(sides) for path in paths)


def _pairs(sides: Sides, kind: str, risk: str) -> Iterator[tuple[Weaker, object, object]]:
    """Yield what differs of a kind that is on both sides, and what is new of one that may expose."""
    if "::" in kind:
        own = {x.node: x for x in self_managed_groups(sides.before) if x.kind == kind}
        groups = self_managed_groups(sides.after)
        also = [(own[each.node], each) for each in groups if each.node in own]
        for one, other in (*sides.kept(kind), *also):
            if (old := _fields(one)) != (fields := _fields(other)):
                yield other, old, fields
        new = sides.after.resources(kind) if risk == Risk.EXPOSES.name else ()
        yield from ((x, NEW, _fields(x)) for x in new if x.node not in sides.before.by_node)
        return
    for was, item in sides.changed_objects:
        if kind not in {item.kind, "Pods"}:
            continue
        templates = pod_template(was.content), pod_template(item.content)
        if kind != "Pods":
            yield item, unfolded(was.content), unfolded(item.content)
        elif templates[0] is not None and templates[1] is not None:
            yield item, templates[0].spec, templates[1].spec


def _fields(each: Resource) -> Json:
    """Return the properties of a resource, and how CloudFormation updates it."""
    return {**opened(each.properties), "UpdatePolicy": each.attribute("UpdatePolicy")}


def _named(sides: Sides, value: str) -> str:
    """Return what a text refers to in words, or the text itself as code."""
    target = sides.before.target(value) or sides.after.target(value)
    return f"`{words(value)}`" if target is None else label(target)


def _worse(
    row: Row,
    old: list[object],
    new: list[object],
    counts: tuple[int, int],
    named: Callable[[str], str],
) -> tuple[str, str, str] | None:
    """Return the values before and after, and what is gone; None where it isn't worse."""
    if not known([old, new]) and row.worse not in CLEAR:
        return None
    default = [row.default] if row.default else []
    was, now = (texts(each) or default for each in (old, new))
    if row.worse in {"higher", "lower"} and len(was) == len(now):
        # Of several, what differs is told.
        pairs = sorted(zip(was, now, strict=True), key=lambda x: x[0] == x[1])
        was, now = ([each[side] for each in pairs] for side in (0, 1))
    gone = differing(row.worse, (old, new), (was, now))
    if not is_worse(row.worse, (old, new), (was, now), gone, counts):
        return None
    now = [held_back(new)] if row.worse == "loosens" else now
    first = [next(iter(each), "none") for each in (was, now)]
    show = named if row.worse in NAMED else words
    values = {"was": show(first[0]), "now": show(first[1]), "gone": listed(map(named, gone))}
    # What a sentence doesn't say makes no sentences of its own.
    told = [value if f"{{{name}" in row.says else "" for name, value in values.items()]
    return told[0], told[1], told[2]
