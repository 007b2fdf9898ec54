"""Whether anything differs between two environments of one name, and whether they are in one place."""

from __future__ import annotations

from dataclasses import replace

from assembly.environment import Environment
from review.acknowledgements import acknowledgements_of


def same(before: Environment, after: Environment) -> bool:
    """Tell whether nothing differs of what is known of both sides."""
    pairs = [
        (before.inputs, after.inputs),
        (before.production, after.production),
        (_noted(before), _noted(after)),
    ]
    known = all(old is None or new is None or old == new for old, new in pairs)
    return known and before.templates == after.templates


def _noted(environment: Environment) -> object:
    """Return what is acknowledged and protected, None for a snapshot, which doesn't say it."""
    known = acknowledgements_of(environment)
    protections = [each.termination_protection for each in environment.stacks.values()]
    return None if known is None else (known, protections)


def in_account_of(before: Environment, after: Environment) -> tuple[Environment, str]:
    """Return what was before as it is written for the account that only the code of after names, and that."""
    old, new = ({x.account for x in each.stacks.values()} - {""} for each in (before, after))
    if not before.stacks or old or len(new) != 1:
        return before, ""
    (account,) = new
    stacks = {path: each.in_account(account) for path, each in before.stacks.items()}
    return replace(before, stacks=stacks), account


def in_region_of(before: Environment, after: Environment) -> Environment | None:
    """Return what was before as it is written for the region of after, None if it is elsewhere in other ways."""
    old, new = ({x.region for x in each.stacks.values()} - {""} for each in (before, after))
    if len(old) != 1 or place_left(before, after) != ((*old, *new),):
        return None
    (was,), (now,) = old, new
    return replace(before, stacks={x: each.moved(was, now) for x, each in before.stacks.items()})


def place_left(before: Environment, after: Environment) -> tuple[tuple[str, str], ...]:
    """Return region and account of before and after where they differ, as far as both are known."""
    places = (
        [
            {getattr(stack, field) for stack in each.stacks.values()} - {""}
            for each in (before, after)
        ]
        for field in ("region", "account")
    )
    return tuple(
        (", ".join(old), ", ".join(new)) for old, new in places if old and new and not old & new
    )
