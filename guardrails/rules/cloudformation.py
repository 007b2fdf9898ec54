"""What CloudFormation refuses of a template as a whole: limits, references to nothing, names given twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import Any

from assembly.environment import Environment
from assembly.order import depends_on
from assembly.references import references, written_out
from assembly.resource import Resource
from assembly.stack import Stack
from constructs_lib.specs.tags import MOST_TAGS_OF_A_RESOURCE
from guardrails.rule import Finding, anywhere, breach, rule
from kube.values import items, known, look_up, number, size_of, table, text

LIMITS: Mapping[str, Any] = table(__file__, "cloudformation.yaml")
OPEN = "${"
"""In the name of an export of which only a deploy knows a part; no other name has it."""


@rule("CFN1")
def _limits(environment: Environment) -> Iterator[Finding]:
    for path, stack in environment.stacks.items():
        sizes = {
            **{name: (len(stack.section(name)), n) for name, n in LIMITS["sections"].items()},
            "bytes": (_written(stack.template), LIMITS["template_bytes"]),
            "bytes of Description": (
                size_of(text(stack.template, "Description")),
                LIMITS["description_bytes"],
            ),
        }
        for what, (size, most) in sizes.items():
            if size > most:
                detail = f"Its template has {size:,} {what}; at most {most:,} are allowed."
                yield _of_stack(environment, path, what, what, detail)
    for resource in environment.resources():
        for name, (limit, source) in LIMITS["fields"].get(resource.kind, {}).items():
            length = _size(resource.properties.get(name))
            if length > limit:
                detail = f"{name} is {length:,}; at most {limit:,} are allowed: {source}"
                yield breach(resource, name, name, detail)
        # A list, or a map as a node group has it.
        tags = resource.properties.get("Tags")
        if isinstance(tags, list | Mapping) and len(tags) > MOST_TAGS_OF_A_RESOURCE:
            detail = f"At most {MOST_TAGS_OF_A_RESOURCE} tags are allowed."
            yield breach(resource, "Tags", "Tags", detail)


def _written(template: object) -> int:
    """Return the size of a template's file; with indentation it takes longer to tell."""
    size = size_of(json.dumps(template, ensure_ascii=False))
    if size <= LIMITS["template_bytes"] // 4:
        return size
    return size_of(json.dumps(template, indent=1, ensure_ascii=False))


def _size(value: object) -> float:
    size = number(value)
    if size is not None or not isinstance(value, str | list | Mapping):
        return size or 0
    if isinstance(value, list):
        return len(value)
    if not known(value):
        return 0
    # IAM counts characters, but no blanks.
    whole = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return size_of(value) if isinstance(value, str) else len(whole)


def _names(stack: Stack) -> set[str]:
    """Return what there is to refer to, nothing where that isn't known."""
    there = {*stack.section("Resources"), *stack.section("Parameters")}
    # A macro may add what is missing, and a loop what only a deploy knows.
    return there if "Transform" not in stack.template and known(sorted(there)) else set()


@rule("CFN2")
def _unresolved(environment: Environment) -> Iterator[Finding]:
    there = {path: _names(scope.stack) for path, scope in environment.scopes.items()}
    for resource in environment.resources():
        known_names = there[resource.stack]
        named = environment.order.named[resource.node][0] if known_names else set()
        for name in sorted(named - known_names):
            if name and name not in LIMITS["pseudo_parameters"]:
                detail = f"{resource.logical_id} refers to {name}, which the template doesn't have."
                path = "DependsOn" if name in depends_on(resource) else ""
                yield breach(resource, path, name, detail)
        for name, has in _attributes(environment, resource):
            fix = f"Write one of {', '.join(has)}."
            detail = f"{resource.logical_id} asks {name}, an attribute that the type doesn't have."
            yield breach(resource, "", name, detail, fix=fix)
    for path, scope in environment.scopes.items():
        whole = scope.stack.template
        named = {*_conditions(whole)} - {*scope.stack.section("Conditions"), ""}
        for name in sorted(named) if "Transform" not in whole else ():
            detail = f"The template has no condition {name}."
            yield _of_stack(environment, path, "Conditions", name, detail)
    edges = {node: sorted(environment.order.directly_before(node)) for node in environment.by_node}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        node, *others = error.args[1]
        names = " → ".join(name for _, name in (node, *others))
        detail = f"Each needs the next one first: {names}."
        yield breach(environment.by_node[node], "DependsOn", node[1], detail)
    for path in environment.stacks:
        if path in environment.order.stacks_before(path):
            detail = f"{path} waits for a stack that waits for {path}."
            yield _of_stack(environment, path, "Resources", path, detail)


def _attributes(environment: Environment, resource: Resource) -> Iterator[tuple[str, list[str]]]:
    """Yield the attributes that a resource asks of others in vain, and those that there are."""
    for each in references([resource.properties]):
        target = environment.by_node.get(each.node)
        has = [*LIMITS["attributes"].get(target.type if target else "", ())]
        if target and has and each.attribute not in ("", *has) and "." not in each.attribute:
            yield f"{target.logical_id}.{each.attribute}", has


def _conditions(value: object) -> Iterator[str]:
    """Yield the names of conditions: of resources and outputs, in Fn::If, and in other conditions."""
    if isinstance(value, dict):
        named = value.get("Condition"), next(iter(items(value, "Fn::If")), None)
        yield from (each for each in named if isinstance(each, str))
    inside = value.values() if isinstance(value, dict) else items(value)
    yield from chain.from_iterable(map(_conditions, inside))


@rule("CFN3")
def _exports(environment: Environment) -> Iterator[Finding]:
    ours = {name for stack in environment.stacks.values() if (name := stack.deployed_as)}
    counts: Counter[str] = Counter()
    for resource in environment.resources():
        for name in sorted(environment.order.named[resource.node][1] - environment.exports.keys()):
            owner = name.partition(":")[0]
            if OPEN not in name and owner in ours:
                detail = f"{resource.path} imports {name}, which {owner} doesn't export."
                yield breach(resource, "", name, detail)
    for path, scope in environment.scopes.items():
        for output in scope.stack.section("Outputs").values():
            name = written_out(scope.resolved(look_up(output, "Export", "Name")) or "")
            if name and OPEN not in name:
                counts[name] += 1
                if counts[name] > 1:
                    detail = f"{name} is exported a second time; a name is unique in a region."
                    yield _of_stack(environment, path, "Outputs", name, detail)


@rule("VERSION22")
def _twice(environment: Environment) -> Iterator[Finding]:
    taken: dict[object, Resource] = {}
    for kind, fields in LIMITS["unique"].items():
        for each in environment.resources(kind):
            names = [text(each.properties, field) or "default" for field in fields]
            where = each.cluster_key, each.scope.stack.region
            if known(names) and text(each.properties, fields[0]):
                other = taken.setdefault((kind, where, *names), each)
                if other != each:
                    value = f"{fields[0]} {names[0]}"
                    yield breach(each, fields[0], value, f"{other.path} already has this name.")


def _of_stack(
    environment: Environment, path: str, location: str, value: str, detail: str
) -> Finding:
    where: Resource = anywhere(environment, path)
    return replace(breach(where, "", value, detail), location=location)
