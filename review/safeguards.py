"""Protection against deletion and loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.index import grouped as gathered
from assembly.kinds import CLUSTER, KEY
from assembly.resource import Resource
from review import protections
from review.acknowledgements import acknowledgements_of
from review.differences import told as differs
from review.labels import grouped, is_or_are, label, quoted
from review.model import DATA, DETAILS, Risk, Sentence, say
from review.retention import AUTO_DELETE, cancelled
from review.sides import Sides, is_kept

WHEN: Mapping[str, str] = {
    "DeletionPolicy": "their stack is deleted or no longer contains them",
    "UpdateReplacePolicy": "they are replaced",
}
"""What each policy of a resource is about."""


def protection(sides: Sides) -> Iterator[Sentence]:
    """Yield what protects stacks, clusters, pods and data less than before."""
    yield from _stacks(sides)
    policies: dict[tuple[bool, Resource], list[str]] = {}
    alike = []
    for old, new in sides.kept():
        for attribute, when in WHEN.items():
            before, after = (each.attribute(attribute) for each in (old, new))
            if before == after:
                continue
            if is_kept(old, attribute) != is_kept(new, attribute):
                policies.setdefault((is_kept(old, attribute), new), []).append(when)
            else:
                alike.append((differs(before, after, attribute), new))
    same = gathered(alike)
    if same:
        details = [f"{grouped(some)}: {values}." for values, some in same.items()]
        yield say("policy differs", resources=grouped(x for _, x in alike), details=details)
    kept = gathered(((was, tuple(whens)), new) for (was, new), whens in policies.items())
    for (was_kept, whens), resources in kept.items():
        how, what = "no longer" if was_kept else "now", grouped(resources)
        when, are = ", or when ".join(whens), is_or_are(resources)
        if len(resources) == 1:
            when = when.replace("their", "its").replace("they are", "it is").replace("them", "it")
        details = [*_of_data(sides, resources), *cancelled(resources)] if was_kept else []
        yield say(f"{how} retained", when=when, resources=what, are=are, details=details)
    for each in sides.after.resources(AUTO_DELETE):
        bucket = sides.after.target(each.properties.get("BucketName"))
        if bucket is not None and each.node not in sides.before.by_node:
            risk = Risk.WEAKENS if bucket.node in sides.before.by_node else Risk.SAFE
            name = each.scope.stack.name
            yield say("objects deleted", stack=name, bucket=label(bucket), risk=risk)
    yield from protections.weakened(sides)


def _of_data(sides: Sides, keys: Sequence[Resource]) -> Iterator[str]:
    """Yield what each key encrypts: what holds data and names it."""
    held = [x for x in sides.after.resources(*DATA) if x.kind != KEY]
    for key in (each for each in keys if each.kind == KEY):
        if what := grouped(x for x in held if key in sides.after.targets(x.properties)):
            what = what.replace("cluster `", "the Secrets of cluster `")
            yield DETAILS["key of data"].format(key=label(key), what=what)


def _stacks(sides: Sides) -> Iterator[Sentence]:
    # A stack that the code no longer has stays as it is, and no snapshot says how it is protected.
    was_known = acknowledgements_of(sides.before) is not None
    stacks = gathered(
        (stack.termination_protection, stack.name)
        for path, stack in sides.before.stacks.items()
        if sides.after.stacks[path].termination_protection != stack.termination_protection
        and (was_known or stack.termination_protection)
    )
    for was_on, names in stacks.items():
        how = "off" if was_on else "on"
        noun = "stack" if len(names) == 1 else "stacks"
        quiet = was_on and any(x.scope.stack.name in names for x in sides.after.resources(CLUSTER))
        details, named = [DETAILS["quiet guardrails"]] if quiet else [], f"{noun} {quoted(names)}"
        yield say(f"termination protection {how}", names=named, details=details)
    match sides.before.production, sides.after.production:
        case True, False:
            yield say("no longer production", name=sides.after.name)
        case False, True:
            yield say("production", name=sides.after.name)
