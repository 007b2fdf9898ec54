"""A plan in words and tables, for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from capacity import text_table
from capacity.growth import Growth
from capacity.needs import Need
from capacity.plan import GroupPlan, Plan
from capacity.subnet_plan import SubnetPlan

WIDTH = 100
OF_POOLS = (
    "A NodePool may start any type that its requirements allow. Each type after 'like' stands for all with as "
    "many interfaces and addresses, the same cap of pods and the same quota."
)
CLOSE = 2
"""A quota gets its own row if this multiple of the need exceeds that of a new account."""


def plan_lines(name: str, plan: Plan, growth: Growth) -> Iterator[str]:
    """Yield the whole plan of an environment: a table of subnets, one of node groups, and words."""
    yield from text_table.lines(_subnets(plan), right=(1, 2, 3, 4, 5, 6))
    if plan.groups:
        yield ""
        yield from text_table.lines(_groups(plan), right=(2, 3, 4, 5, 6))
    if any(group.of_pool for group in plan.groups):
        yield ""
        yield from _wrapped(OF_POOLS)
    yield ""
    yield from _wrapped(summary(name, plan, growth))
    usage = plan.usage
    yield (
        f"Network address usage: {usage.steady:,} steady, {usage.worst:,} worst, of "
        f"{usage.default_quota:,} units ({usage.highest_quota:,} on request)."
    )
    for each in plan.overflowing:
        yield from _wrapped(f"{each.subnet.name} overflows: `make synth` lists fixes.")
    for each in plan.nearly_full:
        yield from _wrapped(f"{each.subnet.name} is nearly full.")
    if plan.unknown:
        names = ", ".join(each.subnet.name for each in plan.unknown)
        yield from _wrapped(f"Not planned: free_addresses is not set for {names}.")
    yield ""
    yield from quota_lines(name, plan.needs)


def quota_lines(name: str, needs: Sequence[Need]) -> Iterator[str]:
    """Yield what an environment needs of the service quotas, and whether a new account has it."""
    close = [need for need in needs if need.most * CLOSE > need.quota.lowest]
    if close:
        head = ("quota", "steady", "update", "most", "new account")
        yield from text_table.lines([head, *map(_quota, close)], right=(1, 2, 3, 4))
        yield ""
    before = [need for need in close if need.steady > need.quota.lowest]
    later = [need for need in close if need.most > need.quota.lowest and need not in before]
    for short, outcome in (
        (before, f"can't create {name}"),
        (later, f"can't always update {name}, or let it grow to its most nodes"),
    ):
        if short:
            listing = ", ".join(need.quota.name for need in short)
            yield from _wrapped(f"A new account {outcome}: {listing}.")
    others = [f"{need.quota.name} {need.most:,} of {need.quota.lowest:,}" for need in needs]
    wide = [text for need, text in zip(needs, others, strict=True) if need not in close]
    if wide:
        yield from _wrapped(f"Well within: {', '.join(wide)}.")
    yield f"`make preflight ENV={name}` asks your account."


def growth_lines(name: str, plan: Plan, growth: Growth) -> Iterator[str]:
    """Yield how far an environment can grow: the first limit, the next ones, and the last."""
    unit = growth.unit
    today = f"{growth.desired:,} {unit} today, {growth.maximum:,} at most"
    yield f"{name}: {today if plan.groups else f'{growth.maximum:,} {unit} are planned'}."
    for group in plan.groups:
        yield f"Each node of {group.name} runs {group.limit.pods} pods ({group.limit.reason})."
    yield ""
    rows: list[tuple[str, ...]] = [(unit, "pods", "limit reached", "next step")]
    rows += [
        (f"{limit.size:,}", f"{limit.pods:,}", limit.name, limit.beyond) for limit in growth.limits
    ]
    yield from text_table.lines(rows, right=(0, 1))
    yield ""
    yield from _wrapped(f"First limit: {_first(growth)}")
    second = growth.second_cluster
    yield from _wrapped(
        f"You need a second cluster beyond {second.size:,} {unit} or {second.pods:,} pods: "
        f"{second.name}."
    )
    if plan.unknown:
        names = ", ".join(each.subnet.name for each in plan.unknown)
        yield from _wrapped(f"Not included: {names}, because free_addresses is not set.")


def summary(name: str, plan: Plan, growth: Growth) -> str:
    """Return the plan in a line or two."""
    can = "can run" if plan.fits else "has no room for its"
    return f"{name} {can} {plan.pods:,} pods{_where(plan)}. {_taken(plan)} First limit: {_first(growth)}"


def _first(growth: Growth) -> str:
    """Return the limit that is reached first, or that is passed."""
    planned = f", and {growth.maximum:,} are planned" * (growth.maximum > growth.first.size)
    return f"{growth.first.name}, at {growth.first.size:,} {growth.unit}{planned}."


def short_line(name: str, plan: Plan, growth: Growth) -> str:
    """Return an environment's capacity in one line, for the end of a synth."""
    fullest = plan.fullest
    full = (
        "the free addresses of its subnets are not known"
        if fullest is None
        else f"{fullest.subnet.name} is {fullest.used_percent}% full at worst"
    )
    size, first = f"{growth.maximum:,}", f"{growth.first.size:,} {growth.unit}"
    grows = f"it can grow from {size} to {first}"
    if growth.maximum > growth.first.size:
        grows = f"{size} {growth.unit} are planned, more than the {first} of {growth.first.name}"
    return f"{name} can run {plan.pods:,} pods; {full}; {grows}."


def _taken(plan: Plan) -> str:
    asked = [f"{each.pods:,} for {each.name}" for each in plan.workloads if each.pods]
    rest = f"the workloads ask for {plan.pods_asked:,} ({', '.join(asked)})" if asked else ""
    (first, count), *others = [*plan.left.items()] or [("", 0)]
    more = f", and {plan.fargate_platform:,} on Fargate," * bool(plan.fargate_platform)
    left = f"The platform's own pods take {plan.platform_pods:,}{more} and leave {count:,}"
    if others:
        told = ", ".join(f"{count:,} on {kind}" for kind, count in others)
        left += f" on {first or 'Linux nodes'}, beside {told}"
    return f"{left}; {rest}." if rest else f"{left}."


def _where(plan: Plan) -> str:
    parts = [f"{group.maximum:,} x {group.limit.pods} on {group.name}" for group in plan.groups]
    if plan.fargate_pods:
        parts.append(f"{plan.fargate_pods:,} on Fargate")
    return f": {', '.join(parts)}" if parts else ""


def _subnets(plan: Plan) -> list[tuple[str, ...]]:
    head = ("subnet", "size", "addresses", "steady", "worst", "free", "used", "runs out first")
    return [head, *map(_subnet, plan.subnets)]


def _subnet(plan: SubnetPlan) -> tuple[str, ...]:
    subnet = plan.subnet
    known = subnet.usable is not None
    return (
        subnet.name,
        "?" if subnet.prefix_length is None else f"/{subnet.prefix_length}",
        f"{subnet.usable:,}" if known else "?",
        f"{plan.steady:,}",
        f"{plan.worst:,}",
        f"{plan.free:,}" if known else "?",
        f"{plan.used_percent}%" if known else "?",
        plan.binds,
    )


def _groups(plan: Plan) -> list[tuple[str, ...]]:
    head = (
        "node group",
        "instance types",
        "nodes",
        "max",
        "surge",
        "pods per node",
        "pods",
        "limit",
    )
    return [head, *map(_group, plan.groups)]


def _group(plan: GroupPlan) -> tuple[str, ...]:
    branches = f"; {plan.branch_interfaces} with security groups" if plan.branch_interfaces else ""
    return (
        plan.name,
        f"{'like ' if plan.of_pool else ''}{', '.join(plan.instance_types)}",
        f"{plan.desired:,}",
        f"{plan.maximum:,}",
        f"{plan.surge:,}",
        f"{plan.limit.pods:,}",
        f"{plan.pods:,}",
        f"{plan.limit.reason}{branches}",
    )


def _quota(need: Need) -> tuple[str, ...]:
    counts = (need.steady, need.update, need.most, need.quota.lowest)
    return need.quota.name, *(f"{count:,}" for count in counts)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
