"""Lifecycle rules of buckets that S3 refuses: S3 user guide, "Transitioning objects using Amazon S3 Lifecycle"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from assembly.environment import Environment
from guardrails.rule import Finding, breach, rule
from guardrails.rules.resource_facts import BUCKET
from kube.values import dicts, number, text

CLASSES = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER"]
CLASSES += ["DEEP_ARCHIVE"]
"""Objects move down this list, never up."""
APART = ("ONEZONE_IA", "GLACIER_IR")
"""Of these two neither becomes the other."""
RARE, LEAST = ("STANDARD_IA", "ONEZONE_IA"), 30
"""Before these classes, and in them, objects stay for as many days at least."""
FIX = "Keep objects in each class for as long as S3 asks, and expire them after the last move."


@rule("VERSION19")
def _refused(environment: Environment) -> Iterator[Finding]:
    for bucket in environment.resources(BUCKET):
        for each in dicts(bucket.properties, "LifecycleConfiguration", "Rules"):
            past = number(each, "NoncurrentVersionExpiration", "NoncurrentDays")
            for field, end in (
                ("Transitions", number(each, "ExpirationInDays")),
                ("NoncurrentVersionTransitions", past),
            ):
                one = field.removesuffix("s")
                moves = [*dicts(each, field), *(alone := dicts([each.get(one)]))]
                days = ((number(x, "TransitionInDays"), text(x, "StorageClass")) for x in moves)
                steps = sorted((x, name) for x, name in days if x is not None)
                for name, wrong in _wrong(steps, end):
                    named = f"{one if moves == alone else field} {name}"
                    yield breach(bucket, "LifecycleConfiguration/Rules", named, wrong, fix=FIX)


def _wrong(steps: Sequence[tuple[float, str]], end: float | None) -> Iterator[tuple[str, str]]:
    for days, name in steps:
        if name in RARE and days < LEAST:
            yield name, f"Objects go to {name} after {LEAST} days at the earliest, not {days:g}."
        if end is not None and days >= end:
            yield name, f"They expire after {end:g} days, and go to {name} after {days:g}."
    for (before, one), (after, other) in pairwise(steps):
        moved_up = {one, other} <= {*CLASSES} and CLASSES.index(other) <= CLASSES.index(one)
        if moved_up or (one, other) == APART:
            yield other, f"S3 moves nothing from {one} to {other}."
        elif one in RARE and after - before < LEAST:
            yield other, f"Objects stay in {one} for {LEAST} days, not {after - before:g}."
