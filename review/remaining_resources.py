"""What no other section covers: resources that are added, removed or changed without impact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.index import grouped as gathered
from assembly.kinds import NODE_GROUP
from guardrails.step.change import STATEFUL_TYPES
from review.labels import capital, grouped, label, listed, quoted
from review.model import HARMLESS, REPLACED, TOLD, Sentence, say
from review.sides import Change, Kind, Sides

SENTENCE_OF: Mapping[Kind, str] = {
    "added": "added",
    "removed": "removed",
    "replaced": "replaced unnoticed",
    "in place": "updated",
}
"""What is said of each kind of change; interruptions are never quiet."""
ORDER = ("added", "removed", "replaced unnoticed", "tagged", "updated")


def stacks(sides: Sides) -> Iterator[Sentence]:
    """Yield the stacks that come, and those that the code no longer has."""
    if sides.left:
        name = sides.after.name
        yield say("environment moved", name=name, left=listed(sides.left), command=destroy(name))
    for path, stack in sides.after.stacks.items():
        if path not in sides.before.stacks:
            yield say("stack new", name=stack.name)
        if path in sides.gone:
            # A snapshot doesn't contain the region of its stack; the environment's other stacks do.
            places = (each.region for each in (stack, *sides.after.stacks.values()))
            yield say(
                "stack left", name=stack.name, command=delete(path, next(filter(None, places), ""))
            )


def delete(stack: str, region: str) -> str:
    """Return the command that deletes a stack that is no longer in the app; the CDK can't."""
    where = f" --region {region}" if region else ""
    return f"aws cloudformation delete-stack --stack-name {stack.replace('/', '-')}{where}"


def destroy(environment: str) -> str:
    """Return the command that deletes an environment, in a checkout that still has it."""
    return f"make destroy ENV={environment}"


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the rest of the resources, by what becomes of them."""
    quiet = gathered((_sentence_of(each), each) for each in sides.changes if _is_quiet(each))
    for sentence in ORDER:
        if sentence in quiet:
            resources = grouped(change.resource for change in quiet[sentence])
            details = map(_properties, quiet[sentence]) if sentence == "updated" else ()
            yield say(sentence, resources=resources, details=dict.fromkeys(details))
    if not sides.changes and sides.before.templates != sides.after.templates:
        yield say("only the rest")


def _sentence_of(change: Change) -> str:
    tagged = change.kind == "in place" and _untold(change) == ["Tags"]
    return "tagged" if tagged else SENTENCE_OF[change.kind]


def _is_quiet(change: Change) -> bool:
    kind = change.resource.kind
    if change.kind in {"added", "removed"}:
        told = "*" in TOLD.get(kind, ()) or kind == NODE_GROUP
        lost = change.kind == "removed" and (kind in STATEFUL_TYPES or kind in REPLACED)
        return not told and not lost
    if change.kind == "replaced":
        return kind in HARMLESS and "*" not in TOLD.get(kind, ())
    return change.kind == "in place" and bool(_untold(change))


def _untold(change: Change) -> list[str]:
    told = TOLD.get(change.resource.kind, ())
    within = tuple("" if each == "*" else f"{each}." for each in told)
    return [name for name in change.properties if not f"{name}.".startswith(within)]


def _properties(change: Change) -> str:
    return f"{capital(label(change.resource))}: {quoted(_untold(change))}."
