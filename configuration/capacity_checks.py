"""Errors and warnings from the plan of an environment: what overflows, and what is nearly full.

These are not rules of `EnvironmentConfig`: a fix is only suggested if the changed environment
passes all of its rules, and a rule that runs rules would call itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from capacity.addresses import Item
from capacity.plan import Plan
from capacity.quotas import NEAR_PERCENT
from capacity.subnet_plan import SubnetPlan
from configuration.capacity_plan import plan_of
from configuration.compute_fixes import compute_fixes
from configuration.fields import MAKERS, EnvironmentFields
from configuration.fix import Fix, Judge
from configuration.network_fixes import network_fixes
from configuration.planned_subnets import TIERS
from constructs_lib.specs.base import Problem
from constructs_lib.specs.existing_network import ExistingNetworkSpec

PLANNED_FIELDS = (
    *("network", "vpc_cni", "node_groups", "fargate_profiles", *MAKERS, "add_ons", "workloads"),
)
"""The fields that a plan reads. With a problem in one of them its numbers would be guesses."""

NO_SINGLE_FIX = (
    "no single change is enough; combine a shorter prefix length, network.pod_cidr and fewer nodes"
)
NO_SINGLE_FIX_HERE = (
    "no single change is enough; use larger subnets or pod_subnets, and fewer nodes or pods"
)
"""The same in an existing network, whose subnets have their size."""


def overflows(config: EnvironmentFields) -> Iterator[Problem]:
    """Yield a problem for each kind of subnet that the worst case doesn't fit, and for the VPC."""
    if any(problem.at.startswith(PLANNED_FIELDS) for problem in config.problems()):
        return
    plan = plan_of(config)
    if plan.fits:
        return
    existing = isinstance(config.network, ExistingNetworkSpec)
    nothing = NO_SINGLE_FIX_HERE if existing else NO_SINGLE_FIX
    fix = "; or ".join(fix.text for fix in fixes(config)) or nothing
    for at, got, subnets in _by_field(config, plan):
        yield Problem(at=at, got=got, allowed=_needed(subnets), fix=fix)
    if plan.usage.worst > plan.usage.highest_quota:
        yield Problem(
            at="node_groups",
            got=sum(group.maximum for group in plan.groups),
            allowed=f"nodes that use at most {plan.usage.highest_quota:,} units of network address "
            f"usage, the AWS maximum for a VPC; these use {plan.usage.worst:,}",
            fix=fix,
        )


def fixes(config: EnvironmentFields) -> tuple[Fix, ...]:
    """Return the changes that make an environment fit, each of them alone."""
    judge = Judge(config)
    return (*network_fixes(config, judge), *compute_fixes(config, judge))


def warnings_of(config: EnvironmentFields) -> dict[str, str]:
    """Return a warning for everything that only just fits, by the name of what is nearly full."""
    plan = plan_of(config)
    found = {
        each.subnet.name: f"{each.subnet.name} is {each.used_percent}% full in the worst case: "
        f"{_taken(each)}. See `make plan ENV={config.name}`."
        for each in plan.nearly_full
    }
    usage = plan.usage
    if usage.worst * 100 > usage.default_quota * NEAR_PERCENT:
        found["network address usage"] = (
            f"The VPC uses {usage.worst:,} units of network address usage in the worst case. The "
            f"default quota is {usage.default_quota:,}; you can request {usage.highest_quota:,}."
        )
    return found


def _by_field(
    config: EnvironmentFields, plan: Plan
) -> Iterator[tuple[str, object, list[SubnetPlan]]]:
    """Yield the field that decides about overflowing subnets, its value, and the subnets."""
    network = config.network
    for tier in TIERS:
        # A subnet of several tiers is told once.
        subnets = [each for each in plan.overflowing if tier == _first_tier(each)]
        if not subnets:
            continue
        if isinstance(network, ExistingNetworkSpec):
            for each in subnets:
                zone = each.subnet.zone
                yield f"network.{tier}_subnets[{zone!r}]", network.tiers[tier].get(zone), [each]
        elif tier == "pods":
            yield "network.pod_cidr", network.pod_cidr, subnets
        else:
            yield f"network.{tier}_prefix_length", network.prefix_lengths[tier], subnets


def _first_tier(plan: SubnetPlan) -> str:
    return next(tier for tier in TIERS if tier in plan.subnet.tiers)


def _needed(subnets: list[SubnetPlan]) -> str:
    fullest, others = subnets[0], len(subnets) - 1
    more = f" and {others} more" if others else ""
    return f"room for the worst case in {fullest.subnet.name}{more}: {_taken(fullest)}"


def _taken(plan: SubnetPlan) -> str:
    """Say how much of what is taken, by whom: addresses, or /28 blocks where they run out first."""
    if plan.binds == "addresses" or plan.blocks is None:
        listing = ", ".join(_part(each, each.worst.total) for each in plan.items)
        return f"{plan.worst:,} of {plan.subnet.usable:,} addresses ({listing})"
    several = ((each, each.worst.prefixes + each.worst.addresses) for each in plan.items)
    listing = ", ".join(_part(*each) for each in several)
    return (
        f"{plan.blocks.worst:,} of {plan.blocks.total:,} contiguous /28 blocks, where any single "
        f"address can fragment a block ({listing})"
    )


def _part(item: Item, taken: int) -> str:
    return f"{item.what} ({item.count:,}): {taken:,}"
