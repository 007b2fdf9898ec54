"""The table of what is made before what, ordering.yaml, and the engine that reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from assembly.environment import Environment
from assembly.kinds import ADD_ON, NODE_GROUP
from assembly.links import beside, by_target, policies_of
from assembly.nodes import resources_of
from assembly.references import written_out
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule, rules
from guardrails.rules.homes import homes, is_on_each, lets_in, of_platform
from kube.values import Json, known, look_up, mapping, number, table, text

TABLE: list[Mapping[str, Any]] = table(__file__, "ordering.yaml")
Pairs = Iterator[tuple[Resource, Resource, str]]
"""What must wait, for what, and the value of the finding if it doesn't."""


def unordered(
    environment: Environment, later: Resource, earlier: Resource, value: str, why: str = ""
) -> Iterator[Finding]:
    """Yield a finding where a resource doesn't wait for what it must wait for."""
    if later != earlier and not environment.waits_for(later, earlier):
        detail = f"Nothing makes {later.path} wait for {earlier.path}. {why}".rstrip()
        fix = f"Make {later.path} depend on {earlier.path}: node.add_dependency()."
        if later.stack != earlier.stack:
            first, second = (each.stack.rpartition("/")[2] for each in (earlier, later))
            fix += f' Between workloads of an environment: after=("{first}",) of {second}.'
        yield breach(later, "DependsOn", value, detail, fix=fix)


def waits(rule_id: str) -> Callable[[Callable[[Environment], Pairs]], None]:
    """Make a rule of the function below, which says what waits for what."""

    def declared(pairs: Callable[[Environment], Pairs]) -> None:
        @rule(rule_id)
        def _(environment: Environment) -> Iterator[Finding]:
            for pair in pairs(environment):
                yield from unordered(environment, *pair)

    return declared


@rules(*dict.fromkeys(row["rule"] for row in TABLE))
def _of_table(environment: Environment) -> Iterator[tuple[str, Finding]]:
    """Yield each edge of the table that is missing once."""
    found = {
        (row["rule"], each.resource.node, each.fix): each
        for row in TABLE
        for pair in _pairs(environment, row)
        for each in unordered(environment, *pair, row.get("why", ""))
    }
    yield from ((rule_id, each) for (rule_id, *_), each in found.items())


def _pairs(environment: Environment, row: Mapping[str, Any]) -> Pairs:
    kinds = () if row["later"] == ["any"] else row["later"]
    for later in resources_of(environment, *kinds) if kinds else environment.resources():
        if _has(later, row.get("where", {})) and not (
            "unless" in row and _has(later, row["unless"])
        ):
            found: Iterable[Resource] = (later,)
            for step in row["way"]:
                found = dict.fromkeys(to for each in found for to in _step(environment, each, step))
            users = by_target(environment, "", row.get("users", "")).get(later.node)
            for earlier in found:
                calm = users and all(environment.waits_for(each, earlier) for each in users)
                if not calm and _has(earlier, row.get("to", {})):
                    name = text(earlier.properties, "AddonName") if earlier.kind == ADD_ON else ""
                    yield later, earlier, name or earlier.logical_id


def _has(resource: Resource, wanted: Json) -> bool:
    """Tell whether a resource surely has one of the wanted values of each property."""
    for name, values in wanted.items():
        value = look_up(resource.properties, name)
        if value is None or (values != "*" and not (known(value) and written_out(value) in values)):
            return False
    return True


def _step(environment: Environment, resource: Resource, step: str) -> Iterable[Resource]:
    verb, _, kind = step.rpartition(" ")
    if step == "homes":
        return _first_homes(environment, resource)
    if step == "policies":
        alone = by_target(environment, "AWS::IAM::RolePolicy", "RoleName")
        return (*policies_of(environment, resource), *alone.get(resource.node, ()))
    if verb == "is":
        return (resource,) if resource.kind == kind else ()
    if verb == "beside":
        return beside(environment, resource, kind)
    if "::" in step:
        kind, _, name = step.rpartition(".")
        return by_target(environment, kind, name).get(resource.node, ())
    named = (mapping(resource.properties).get(name) for name in step.split())
    return [found for value in named for found in environment.targets(value)]


def _first_homes(environment: Environment, resource: Resource) -> Iterator[Resource]:
    """Yield the node groups that have nodes and let in pods of a resource; any if nobody knows them."""
    own = [
        x for x in of_platform(environment) if x.owner.resource == resource and not is_on_each(x)
    ]
    found = {x.group for each in own for x in homes(environment, each) if lets_in(x, each)}
    for group in beside(environment, resource, NODE_GROUP):
        size = number(group.properties, "ScalingConfig", "DesiredSize")
        if size != 0 and (group in found or not own):
            yield group
