"""What no other section covers: resources that are added, removed or changed without impact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from assembly.index import grouped as gathered
from assembly.kinds import NODE_GROUP
from assembly.stack import Stack
from guardrails.step.change import STATEFUL_TYPES
from kube.values import mapping
from review.labels import capital, counted, grouped, listed, quoted
from review.model import HARMLESS, REMOVED, TOLD, UNUSED, WEAKENED, Sentence, say
from review.sides import Change, Kind, Sides

SENTENCE_OF: Mapping[Kind, str] = {
    "added": "added",
    "removed": "removed",
    "replaced": "replaced unnoticed",
    "in place": "updated",
}
"""What is said of each kind of change; interruptions are never quiet."""
MOST = 8
"""As many resources are named where only their tags change."""
TAGS = re.compile(r"^(.*\.)?(TagSpecifications|Tags(\..+)?)$")
"""Properties that hold tags and nothing else; those of some types are a mapping."""
OF_THE_CDK = "ExportsOutput"
"""How the outputs begin that only the stacks of an environment read."""
PLATFORM = ("/Network", "/Cluster")
UNPROTECT = "update-termination-protection --no-enable-termination-protection"
ORDER = ("removed in use", "added", "removed", "replaced unnoticed")


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
            command = delete(path, [stack, *sides.after.stacks.values()])
            yield say("stack left", name=stack.name, command=command)


def delete(path: str, stacks: Iterable[Stack]) -> str:
    """Return the command that deletes a stack that is no longer in the app; the CDK can't.

    `stacks` are what is known of its environment. The platform's own are all protected or none is.
    """
    known = [*stacks]
    region = next((each.region for each in known if each.region), "")
    where = f"--stack-name {path.replace('/', '-')}{f' --region {region}' if region else ''}"
    alike = PLATFORM if path.endswith(PLATFORM) else (path,)
    protected = any(each.termination_protection and each.path.endswith(alike) for each in known)
    off = f"aws cloudformation {UNPROTECT} {where} && " if protected else ""
    return f"{off}aws cloudformation delete-stack {where}"


def destroy(environment: str) -> str:
    """Return the command that deletes an environment, in a checkout that still has it."""
    return f"make destroy ENV={environment}"


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the rest of the resources, by what becomes of them."""
    quiet = gathered((_sentence_of(each), each) for each in sides.changes if _is_quiet(each))
    for sentence in ORDER:
        if sentence in quiet:
            resources = grouped(change.resource for change in quiet[sentence])
            yield say(sentence, resources=resources)
    tagged = gathered((_differ(each), each.resource) for each in quiet.get("tagged", ()))
    for values, some in tagged.items():
        many = len(some) > MOST
        resources = counted(len(some), "resource") if many else grouped(some)
        yield say("tagged", resources=resources, values=values)
    # The same change of many is one line.
    alike = gathered((_differ(each), each.resource) for each in quiet.get("updated", ()))
    if alike:
        details = (f"{capital(grouped(some))}: {values}." for values, some in alike.items())
        resources = grouped(change.resource for change in quiet["updated"])
        yield say("updated", resources=resources, details=details)
    outputs = [*_outputs(sides)]
    yield from outputs
    if not outputs and not sides.changes and sides.before.templates != sides.after.templates:
        yield say("only the rest")


def _outputs(sides: Sides) -> Iterator[Sentence]:
    """Yield the outputs that come, go or get another value; imported ones are told as refusals."""
    old, new = (
        {
            f"{stack.name}.{mapping(output, 'Export').get('Name') or name}": output
            for stack in side.stacks.values()
            for name, output in stack.section("Outputs").items()
            if not name.startswith(OF_THE_CDK)
        }
        for side in sides.both
    )
    for what, names in (
        ("outputs new", new.keys() - old.keys()),
        ("outputs gone", old.keys() - new.keys()),
        ("outputs change", {name for name in old.keys() & new.keys() if old[name] != new[name]}),
    ):
        if names and sides.before.stacks:
            yield say(what, names=quoted(sorted(names)))


def _sentence_of(change: Change) -> str:
    if change.kind == "in place" and all(map(TAGS.search, _untold(change))):
        return "tagged"
    used = change.kind == "removed" and change.resource.kind not in UNUSED
    return "removed in use" if used else SENTENCE_OF[change.kind]


def _is_quiet(change: Change) -> bool:
    kind = change.resource.kind
    if change.kind in {"added", "removed"}:
        told = "*" in TOLD.get(kind, ()) or kind == NODE_GROUP
        lost = kind in STATEFUL_TYPES or kind in REMOVED or kind in WEAKENED
        return not told and not (change.kind == "removed" and lost)
    if change.kind == "replaced":
        return kind in HARMLESS and "*" not in TOLD.get(kind, ())
    return change.kind == "in place" and bool(_untold(change))


def _untold(change: Change) -> list[str]:
    told = TOLD.get(change.resource.kind, ())
    within = tuple("" if each == "*" else f"{each}." for each in told)
    return [name for name in change.properties if not f"{name}.".startswith(within)]


def _differ(change: Change) -> str:
    """Return how the properties that nobody else tells of differ."""
    return listed(filter(None, map(change.told, _untold(change)))) or "written differently"
