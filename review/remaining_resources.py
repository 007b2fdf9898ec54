"""What no other section covers: resources that are added, removed or changed without impact."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.kinds import ACCESS_ENTRY, ADD_ON, AUTO_SCALING_GROUP, CHART, CLUSTER, MANIFEST, ROLE
from assembly.kubernetes_object import objects_of
from assembly.links import of_the_cdk
from assembly.resource_policies import POLICIES
from assembly.scope import Scope
from guardrails.step.change import STATEFUL_TYPES
from guardrails.step.durations import KEEPS
from kube.values import mapping
from review import directions, exposure, protections
from review.differences import TAGS, told
from review.labels import (
    counted,
    group_name,
    grouped,
    label,
    listed,
    named_principal,
    place,
    quoted,
    role_name,
)
from review.meanings import meaning_in
from review.model import (
    COMINGS_TOLD,
    DETAILS,
    HARMLESS,
    REMOVED,
    TOLD,
    UNUSED,
    WEAKENED,
    WITH_OTHERS,
    Sentence,
    say,
)
from review.retention import hidden, kept_for
from review.sides import Change, Kind, Sides

SENTENCE_OF: Mapping[Kind, str] = {
    "added": "added",
    "removed": "removed",
    "replaced": "replaced unnoticed",
    "in place": "updated",
}
"""What is said of each kind of change; interruptions are never quiet."""
PROPERTIES = ("Properties", "Type", "DeletionPolicy", "UpdateReplacePolicy")
"""What other sentences tell of a resource."""
MOST = 8
"""As many resources are named where only their tags change."""
OF_THE_CDK = "ExportsOutput"
"""How the outputs begin that only the stacks of an environment read."""
CALLED: Mapping[str, tuple[str, ...]] = {
    CLUSTER: ("API server", "Kubernetes version"),
    ACCESS_ENTRY: ("kubectl handler",),
}
"""What other sections call a resource, or a part of it, beside its label."""
ORDER = ("removed in use", "added", "added with", "removed", "replaced unnoticed")


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the rest of the resources, by what becomes of them."""
    worse = protections.told(sides)
    changes = [_without(each, worse.get(label(each.resource), ())) for each in sides.changes]
    here = [each for each in changes if each.kind in {"in place", "interrupted"}]
    judged = {each: directions.judgements(each, _untold(each)) for each in here}
    yield from directions.sentences(judged)
    changes = [_without(each, judged.get(each, ())) for each in changes]
    # Why something is interrupted is told with it, and that a new subnet is public.
    why = {x for each in changes if each.kind == "interrupted" for x in each.follows}
    why |= {x for x in exposure.come_public(sides) if x.node not in sides.before.by_node}
    quiet = gathered(
        (_sentence_of(each), each)
        for each in changes
        if _is_quiet(each) and each.resource not in why
    )
    for sentence in ORDER:
        if sentence in quiet:
            resources = grouped((x.resource for x in quiet[sentence]), by_name=ADD_ON)
            causes = gathered((_causes(each), each.resource) for each in quiet[sentence])
            told = [f"{grouped(some)}: {why}." for why, some in causes.items() if why]
            yield say(sentence, resources=resources, details=told)
    tagged = gathered((_differ(each), each.resource) for each in quiet.get("tagged", ()))
    for values, some in tagged.items():
        resources = counted(len(some), "resource") if len(some) > MOST else grouped(some)
        yield say("tagged", resources=resources, values=values)
    # The same change of many is one line.
    alike = gathered((_differ(each), each.resource) for each in quiet.get("updated", ()))
    if alike:
        details = (f"{grouped(some)}: {values}." for values, some in alike.items())
        resources = grouped(change.resource for change in quiet["updated"])
        yield say("updated", resources=resources, details=details)
    outputs = [*_outputs(sides)]
    yield from outputs
    if not outputs and not sides.changes and (rest := [*itertools.islice(_beside(sides), MOST)]):
        yield say("only the rest", details=rest)


def _beside(sides: Sides) -> Iterator[str]:
    """Yield what differs beside the properties of resources, and beside their policies."""
    for path, stack in sides.after.stacks.items():
        if path not in sides.before.stacks:
            continue
        old, new = (_sections(side.scopes[path]) for side in sides.both)
        if said := told(old, new, sides=sides.both):
            yield f"Stack `{stack.name}`: {said}."
    for was, now in sides.kept():
        old, new = (
            {name: x for name, x in each.body.items() if name not in PROPERTIES}
            for each in (was, now)
        )
        if said := told(old, new):
            yield f"{label(now)}: {said}."


def _sections(scope: Scope) -> Mapping[str, object]:
    """Return all but the resources of a stack, of an output its value."""
    found = {name: x for name, x in scope.stack.template.items() if name != "Resources"}
    outputs = scope.stack.section("Outputs")
    values = {name: scope.resolved(mapping(each).get("Value")) for name, each in outputs.items()}
    return {**found, "Outputs": values}


def _without(change: Change, told: Iterable[str]) -> Change:
    """Return a change in place without properties that another section tells of."""
    within = tuple(f"{each}." for each in told)
    names = change.properties
    left = [x for x in names if any(not f"{y}.".startswith(within) for y in change.leaves(x))]
    return replace(change, properties=tuple(left)) if within else change


def _causes(change: Change) -> str:
    """Return what replaces a resource, where its own properties do, and how long a new one keeps what it holds."""
    if change.kind == "added":
        brings = DETAILS["not looked into"] if change.resource.kind in {ADD_ON, CHART} else ""
        return brings or kept_for(change.resource)
    return listed(change.told(each) for each in change.causes if change.kind == "replaced")


def _outputs(sides: Sides) -> Iterator[Sentence]:
    """Yield the outputs that come, go or get another value; imported ones are told as refusals."""
    old, new = (
        {
            f"{stack.name}.{mapping(output, 'Export').get('Name') or name}": _resolved(
                side, path, output
            )
            for path, stack in side.stacks.items()
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
            values = {name: told(old.get(name), new.get(name), sides=sides.both) for name in names}
            details = [f"`{name}`: {values[name]}." for name in sorted(names)]
            yield say(what, names=quoted(sorted(names)), details=details)


def _resolved(side: Environment, stack: str, output: object) -> object:
    """Return an output, or its value where it has nothing else."""
    found = side.scopes[stack].resolved(output)
    return found["Value"] if [*mapping(found)] == ["Value"] else found


def _sentence_of(change: Change) -> str:
    if change.kind == "in place" and all(map(TAGS.search, _untold(change))):
        return "tagged"
    if change.kind == "added" and change.resource.kind in WITH_OTHERS:
        return "added with"
    unused = change.resource.kind in UNUSED or of_the_cdk(change.resource)
    used = change.kind == "removed" and not unused
    return "removed in use" if used else SENTENCE_OF[change.kind]


def _is_quiet(change: Change) -> bool:
    kind = change.resource.kind
    if change.kind in {"added", "removed"}:
        lost = kind in STATEFUL_TYPES or kind in REMOVED or kind in WEAKENED
        return kind not in COMINGS_TOLD and not (change.kind == "removed" and lost)
    if change.kind == "replaced":
        return kind in HARMLESS
    return change.kind == "in place" and bool(_untold(change))


def _untold(change: Change) -> list[str]:
    told = _elsewhere(change)
    return [name for name in change.properties if name not in told]


def _elsewhere(change: Change) -> list[str]:
    """Return the properties of a change that other sections put into words."""
    kept = KEEPS.get(change.resource.kind, {}) if change.lost or hidden(change) else {}
    paths = (*kept, POLICIES.get(change.resource.kind, ("",))[0])
    told = (*TOLD.get(change.resource.kind, ()), *(path.partition("/")[0] for path in paths))
    within = tuple(f"{each}." for each in told)
    return [name for name in change.properties if f"{name}.".startswith(within)]


def _differ(change: Change) -> str:
    """Return how the properties that nobody else tells of differ."""
    if all(map(TAGS.search, _untold(change))):
        return listed(map(change.told, _untold(change)))
    told = gathered((meaning_in(change, name), change.told(name)) for name in _untold(change))
    return "; ".join(
        f"{listed(some)}{f' ({means})' if means else ''}" for means, some in told.items()
    )


def unmentioned(sides: Sides, said: Iterable[str]) -> Iterator[Sentence]:
    """Yield what differs in properties that other sections tell of, where none said anything."""
    found = "\n".join(said).lower()
    left = [
        (change.resource, listed(map(change.told, _elsewhere(change))))
        for change in sides.changes
        if change.kind == "in place" and not change.lost and _elsewhere(change)
        if not any(name.lower() in found for name in mentions(change, sides))
    ]
    if left:
        details = [f"{label(resource)}: {values}." for resource, values in left]
        resources = grouped(resource for resource, _ in left)
        yield say("no known effect", resources=resources, details=details)


def mentions(change: Change, sides: Sides) -> Iterator[str]:
    """Yield the names by which other sections speak of a resource."""
    yield from CALLED.get(change.resource.kind, ())
    for resource, side in zip((change.before, change.after), sides.both, strict=True):
        if resource is not None:
            yield label(resource)
            roles = (resource, *side.targets(resource.properties.get("Roles")))
            yield from (f"role `{role_name(role)}`" for role in roles if role.kind == ROLE)
            if resource.kind == ACCESS_ENTRY:
                yield named_principal(side, resource.properties.get("PrincipalArn"))[0]
            if resource.kind == AUTO_SCALING_GROUP:
                yield f"node group `{group_name(resource)}`"
            if resource.kind == MANIFEST:
                yield from (f"`{place(item)}`" for item in objects_of(resource))
