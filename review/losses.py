"""Replacements and removals in words, with their causes, and what is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from assembly.index import grouped as gathered
from assembly.kinds import ADD_ON, BUCKET_POLICY, KEY, NAT_GATEWAY, NODE_GROUP, PROFILE
from assembly.resource import Resource
from guardrails.step.change import IN_PLACE, is_stateful
from kube.values import text
from review import comings, in_fargate, networks, node_costs, retention, rolled, room
from review.labels import grouped, is_or_are, label, listed, named, quoted
from review.model import (
    DATA,
    DETAILS,
    HARMLESS,
    REMOVED,
    WEAKENED,
    Consent,
    Risk,
    Sentence,
    read,
    say,
)
from review.sides import Change, Sides

REPLACED: Mapping[str, str] = read("consequences")["replaced"]
"""What a replacement stops."""
LEFT: Mapping[str, str] = {NAT_GATEWAY: "one gateway", "AWS::EC2::EIP": "one address"}
"""What is said where only one of a type is left."""


def replacements(sides: Sides) -> Iterator[Sentence]:
    """Yield a sentence for each resource that is replaced, or loses data as it is."""
    replaced = [change for change in sides.changes if change.kind == "replaced"]
    causes = {change.resource: change.follows for change in replaced}
    followers = gathered((cause, each.resource) for each in replaced for cause in each.follows)
    for change in replaced:
        above = [each for each in _all_of(change.resource, causes) if each in causes]
        if change.resource.kind not in HARMLESS and not _told_with(change.resource, above):
            yield _replaced(change, _all_of(change.resource, followers), sides)
    shorter = gathered((change.lost, change) for change in sides.changes if change.lost)
    for lost, alike in shorter.items():
        resources = [change.resource for change in alike]
        keep = lost if len(alike) == 1 else lost.replace("keeps ", "keep ")
        consents = [_consent(each, sides) for each in resources]
        details = dict.fromkeys(retention.details(alike))
        yield say("loses", names=grouped(resources), lost=keep, details=details, consents=consents)


def hidden(sides: Sides) -> Iterator[Sentence]:
    """Yield which buckets show objects for less time, and keep them."""
    found = ((x.resource, retention.hidden(x)) for x in sides.changes)
    yield from (say("objects hidden", name=label(x), shows=y) for x, y in found if y)


def _consent(resource: Resource, sides: Sides) -> Consent:
    accepted = sides.after.accepted
    given = accepted.get(resource.path, accepted.get(resource.logical_id))
    given = None if given is None else str(given)
    return Consent(key=resource.path, given=given, what=retention.named(resource))


def _risk(change: Change) -> Risk:
    """Return what its end means: loss of data, unless it stays outside, or keeps it for five minutes."""
    kept = text(change.resource.properties, "MessageRetentionPeriod")
    brief = kept.isdecimal() and int(kept) <= 300  # noqa: PLR2004  # seconds
    held = retention.held(change.before or change.resource)
    data = change.resource.kind in DATA and is_stateful(change.resource)
    lost = data and not change.stays and not brief and not held
    return Risk.LOSES_DATA if lost else Risk.REMOVES if change.kind == "removed" else Risk.REPLACES


def _all_of(start: Resource, edges: Mapping[Resource, Sequence[Resource]]) -> Sequence[Resource]:
    """Return all that edges lead to, the nearest first."""
    queue, found = [start], {start}
    for each in queue:
        queue += (new := [x for x in dict.fromkeys(edges.get(each, ())) if x not in found])
        found.update(new)
    return queue[1:]


def _told_with(resource: Resource, causes: Sequence[Resource]) -> bool:
    """Tell whether a replacement stands below that of a cause, which begins it all.

    A resource whose loss needs consent stands below another such one, whose consent names it, and
    else for itself.
    """
    if is_stateful(resource):
        return any(map(is_stateful, causes))
    return any(cause.kind not in HARMLESS for cause in causes)


def _replaced(change: Change, followers: Sequence[Resource], sides: Sides) -> Sentence:
    resource, stateful = change.resource, is_stateful(change.resource)
    down = in_fargate.down(sides, [change.before], "pods of a profile")
    lost = down or REPLACED.get(resource.kind) or retention.loss([change.before or resource])
    more = in_fargate.selected(sides, change) if resource.kind == PROFILE else ()
    details = (
        [retention.stays(change)]
        if change.stays and stateful
        else [*more, *retention.cancelled([change.before or resource])]
    )
    details += [
        *retention.starts_empty(change),
        *room.zones_left(sides, resource),
        *in_fargate.on_nodes(sides, resource),
    ]
    fewer = resource.kind == PROFILE and not down and in_fargate.gives_up(change)
    if fewer:
        lost = DETAILS["some start again"]
    held = change.before is not None and retention.held(change.before)
    lost = lost.replace("{size}", rolled.starts_with(resource, change.before))
    details += [*room.of_both_groups(sides, resource), *node_costs.smaller(change)]
    unless = IN_PLACE["unless"].get(resource.kind, {}).items()
    policies = (policy for policy, paths in unless if {*paths} & {*change.properties})
    details += [DETAILS["update policy"].format(policy=each) for each in policies]
    if followers:
        details.append(f"Replaced with it: {grouped(followers)}.")
    said = say(
        "replaced",
        name=label(change.before or resource),
        may="is" if change.certain else "may be",
        because=_because(change),
        lost=f": {lost}" if lost and not held and not (change.stays and stateful) else "",
        details=details,
        consents=[_consent(resource, sides)] if stateful else [],
        risk=Risk.TAKES_DOWN if down else _risk(change),
        lasts=f"replaced {resource.kind}",
    )
    # Pods that no stack here has are in no estimate.
    return replace(said, about="cost") if fewer else said


def _because(change: Change) -> str:
    own = [each for each in change.causes if any(_overlap(each, x) for x in change.properties)]
    parts = []
    if own:
        told = [(each, _told(change, each)) for each in own]
        values = f" ({told[0][1]})" if len(own) == 1 else ""
        names = quoted(own) if values else listed(f"`{x}` ({value})" for x, value in told)
        parts.append(f"{names} can't be changed in place{values}")
    if change.follows:
        parts.append(f"{grouped(change.follows)} {is_or_are(change.follows)} replaced")
    # Without either, the templates differ in how they write it, and only the deploy knows both.
    return ", and ".join(parts) or f"{quoted(change.causes)} is written differently"


def _overlap(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or other.startswith(f"{one}.")


def _told(change: Change, cause: str) -> str:
    """Return how a property differs, without its name."""
    return change.told(cause).removeprefix(f"`{cause}` ") or "written differently"


def removals(sides: Sides) -> Iterator[Sentence]:
    """Yield what is lost with resources that go, those of a kind together."""
    removed = [change for change in sides.changes if change.kind == "removed"]
    added = gathered(
        ((change.resource.kind, change.resource.stack), change.resource)
        for change in sides.changes
        if change.kind == "added"
    )
    stateful = gathered(
        ((x.kind, x.stack, each.stays, retention.held(x)), each)
        for each, x in ((each, each.resource) for each in removed)
        if is_stateful(x)
    )
    for (kind, stack, stays, held), alike in stateful.items():
        resources, new = [each.resource for each in alike], added.get((kind, stack), [])
        # With none of them left or with another one, what others know of it is wrong.
        others = sides.after.resources(kind) and (not new or kind == NODE_GROUP)
        shorter = REMOVED.get(kind) if others else None
        details = [retention.stays(alike[0])] if stays else [*retention.cancelled(resources)]
        details += [DETAILS["key left"]] * (stays and kind == KEY)
        details += [DETAILS["policy of bucket"]] * (stays and _loses_policy(sides, resources))
        renamed = rolled.renamed(sides, resources[0], new[0]) if new else ""
        details += [*filter(None, [renamed]), *room.of_both_groups(sides, resources[0])]
        details += _remain(sides, resources)
        details += [x for each in resources for x in in_fargate.on_nodes(sides, each)]
        down = in_fargate.down(sides, resources, "pods of profiles gone")
        yield say(
            "lost",
            names=grouped(resources),
            are=is_or_are(alike),
            lost=" from the stack"
            if stays
            else ""
            if held
            else f": {down or shorter or retention.loss(resources)}",
            details=[*named(resources), *details],
            consents=[_consent(each, sides) for each in resources],
            risk=Risk.TAKES_DOWN if down else _risk(alike[0]),
            lasts=f"replaced {kind}" if kind == NODE_GROUP else "",
        )
    yield from retention.copies(sides)
    # What a known chart takes along is told by itself, and what leads out of the network.
    told = {x for _, found in comings.exits(sides) for x in found}
    by_kind = gathered(
        (each.resource.kind, each.resource)
        for each in removed
        if text(each.resource.properties, "Chart") not in comings.CHARTS
        if each.resource not in told
    )
    for kind, resources in by_kind.items():
        left, stops = len(sides.after.resources(kind)), REMOVED.get(kind)
        fewer = left < len(sides.before.resources(kind))
        # Where something stops as well, only what is left is weaker.
        weakened = WEAKENED.get(kind) if fewer and (left or not stops) else None
        loss = weakened or stops
        risk = Risk.WEAKENS if weakened else Risk.INTERRUPTS
        if loss and kind != ADD_ON and not is_stateful(resources[0]):
            names, details = grouped(resources), [*named(resources), *_remain(sides, resources)]
            are = is_or_are(resources)
            if kind == NAT_GATEWAY and (routes := comings.rerouted(sides)):
                details.append(DETAILS["rerouted"].format(names=listed(map(label, routes))))
            said = say("stops", names=names, are=are, loss=loss, details=details, risk=risk)
            # What AWS records, backs up or filters, it charges for.
            yield replace(said, about="cost" if weakened and "AWS::" in kind else "")


def _loses_policy(sides: Sides, buckets: Sequence[Resource]) -> bool:
    """Tell whether the policy of a bucket goes, too."""
    gone = (x for x in sides.changes if x.kind == "removed" and x.resource.kind == BUCKET_POLICY)
    return any(
        sides.before.target(x.resource.properties.get("Bucket")) in buckets
        for x in gone
        if not x.stays
    )


def _remain(sides: Sides, resources: Sequence[Resource]) -> list[str]:
    """Return what is left of what leads to the internet, where that is a single one."""
    kind = resources[0].kind
    left = sides.after.resources(kind)
    known = kind in LEFT and len(left) == 1 and left[0].node in sides.before.by_node
    one = [DETAILS[LEFT[kind]].format(name=label(left[0]))] if known else []
    return [*one, *networks.without_gateways(sides, resources)] if left else one
