"""What is interrupted though it stays: nodes that are rolled, pods of add-ons and charts, routes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from assembly.index import grouped as gathered
from assembly.kinds import ADD_ON, CHART, CLUSTER, NODE_GROUP
from assembly.resource import Resource
from guardrails.rules.workloads import chart_name
from guardrails.step.change import INTERRUPTIONS
from kube.values import dicts, flag, text
from review import comings, in_between, rolled, room, versions
from review.labels import duration, grouped, is_or_are, named, quoted, size_of
from review.model import DETAILS, Sentence, read, say
from review.sides import Change, Sides

UPGRADE = (CLUSTER, ("Version",))
"""The cause of an upgrade, which versions.py tells."""
STAYS: Mapping[str, str] = read("consequences")["charts_permissions"]
"""What another version of a chart doesn't bring along. Sources: docs of both controllers, "Installation"."""
ONE = re.compile(r"(`[^`]+`) (`[^`]*`) → (`[^`]*`)")
"""One value that differs."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield a sentence for each resource that is interrupted, one for those of the same change."""
    changes, rerouted = sides.changes, comings.rerouted(sides)
    # The move of a cluster to another version is told with what it means.
    found = gathered(
        ((x.resource.kind, x.causes, bool(x.follows), size_of(x.resource, "Desired") == 0), x)
        for x in (versions.without_going_back(each, sides) for each in changes)
        if x.kind == "interrupted" and x.causes and x.resource not in rerouted
        if (x.resource.kind, x.causes) != UPGRADE
    )
    going = (x.resource for x in changes if x.kind == "interrupted")
    in_batches = gathered((x, y) for x in going if (y := rolled.in_batches(x)))
    for (kind, causes, follows, empty), alike in found.items():
        resources = [change.resource for change in alike]
        because, why = f"{quoted(causes)} {is_or_are(causes)} changed", list[str]()
        if follows:
            whose = list(dict.fromkeys(each for change in alike for each in change.follows))
            newer, why = rolled.newer(changes, whose)
            differ_too = {x.partition(".")[0] for each in alike for x in each.properties}
            own = [x for x in causes if x in differ_too]
            told = [alike[0].told(x).removeprefix(f"`{x}` ") for x in own if x == "ReleaseVersion"]
            values = f" ({told[0]})" if told and len(alike) == 1 else ""
            because = (
                f"{quoted(own)} {is_or_are(own)} changed{values}, and {newer}" if own else newer
            )
        names = grouped(resources)
        said = dict.fromkeys(INTERRUPTIONS[kind, cause] for cause in causes)
        # What happens for one reason is no longer what may happen for another one.
        reasons = "; ".join(
            x for x in said if " may " not in x or x.replace(" may ", " ") not in said
        )
        if causes == ("Taints",) and not any(map(_evicts, resources)):
            reasons = "pods that run stay, and new ones that don't tolerate its taints find no node"
        if empty:
            reasons = f"0 nodes are desired; if it has grown, {reasons}"
        if all(x in in_batches for x in resources):
            reasons = reasons.replace(", if its UpdatePolicy says so,", "")
        # The table of versions has those of several, and of nodes.
        shown = len(alike) == 1 and kind in {ADD_ON, CHART}
        shown |= causes == ("ReleaseVersion",) and len(alike) == 1
        untold = [x for x in causes if shown or not x.endswith("Version")] if not follows else []
        differ = gathered(
            (change.told(cause) or f"`{cause}` is written differently", change.resource)
            for change, cause in itertools.product(alike, untold)
        )
        targets = {each.rpartition(" → ")[2] for each in differ}
        if len(alike) > 1 and len(causes) == len(targets) == 1:
            because, differ = f"`{causes[0]}` is now {targets.pop()}", {}
        elif len(differ) == 1 and (one := _one(next(iter(differ)), causes[0])):
            how = "goes back" if _is_back(causes[0], one[2], one[3]) else "changes"
            because, differ = f"{one[1]} {how} from {one[2]} to {one[3]}", {}
        if len(alike) > 1 and len(differ) <= 1:
            why = [*named(resources), *why]
            reasons = reasons.replace("add-on's", "add-ons'")
        why += _by_name(alike, lambda each: rolled.batches(each, changes))
        why += _by_name(alike, lambda each: in_batches.get(each.resource, ()))
        why += _by_name(alike, lambda each: room.zones_left(sides, each.resource))
        why += (f"{grouped(some)}: {values}." for values, some in differ.items())
        why += comings.felt(resources)
        why += _by_name(alike, _of_chart)
        # Whatever else changes of a node group, its nodes stay.
        lasts = kind if kind != NODE_GROUP or rolled.ROLLS & {*causes} else "during"
        yield say(
            "interrupted", names=names, because=because, reasons=reasons, details=why, lasts=lasts
        )


def _by_name(alike: Sequence[Change], details: Callable[[Change], Iterable[str]]) -> Iterator[str]:
    """Yield details of several changes, with the names of the resources where they aren't those of all."""
    said = gathered((text, each.resource) for each in alike for text in details(each))
    for detail, some in said.items():
        names = "" if len(some) == len(alike) else f"{grouped(some)}: "
        yield f"{names}{detail}".replace(": It ", ": it ")


def _of_chart(change: Change) -> Iterator[str]:
    """Yield what is felt while the pods of a chart restart, how long the deploy waits for them, and what stays."""
    chart = change.resource
    if chart.kind == CHART and (felt := in_between.MISSING.get(chart_name(chart))):
        yield DETAILS["restarts"].format(felt=felt)
    seconds = text(chart.properties, "Timeout").removesuffix("s")
    if flag(chart.properties, "Wait", default=False) and seconds.isdecimal():
        yield DETAILS["Helm waits"].format(time=duration(seconds))
    if (
        chart.kind == CHART
        and "Version" in change.causes
        and (stays := STAYS.get(chart_name(chart)))
    ):
        yield f"{stays}."


def _evicts(group: Resource) -> bool:
    """Tell whether a taint of a node group may move pods that run (Kubernetes, "Taints and Tolerations")."""
    effects = (text(each, "Effect") for each in dicts(group.properties, "Taints"))
    return any(each not in {"NO_SCHEDULE", "PREFER_NO_SCHEDULE"} for each in effects)


def _one(value: str, cause: str) -> re.Match[str] | None:
    """Return the one value that differs of a cause, if it is one."""
    return ONE.fullmatch(value) or ONE.fullmatch(value.removeprefix(f"`{cause}` "))


def _is_back(name: str, old: str, new: str) -> bool:
    """Tell whether a version is lower than before."""
    was, now = ([int(x) for x in re.findall(r"\d+", each)] for each in (old, new))
    return name.endswith("Version") and now < was
