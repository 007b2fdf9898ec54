"""Whatever stands in a template, no rule fails, and none is silent about another resource.

A node of prod's templates is exchanged for something else. Beside prod stands a cluster that others
built; what the rules find there they find all the same.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from assembly.stack import Stack
from assembly.structured import structured
from assembly.worlds import worlds
from guardrails.catalogue import RULES
from guardrails.texts import sheet
from kube.values import Json
from tests.support import examples

Path = tuple[str | int, ...]
Breach = tuple[str, str, str, str]
"""A rule's id, a stack, a logical id and the finding's value."""

NOT_THERE = "(removed)"
SUBSTITUTES: tuple[object, ...] = (
    {"Fn::If": ["Whatever", ["a"], {"Ref": "AWS::NoValue"}]},
    {"Ref": "Nobody"},
    {"Fn::GetAtt": ["Nobody", "Arn"]},
    {"Fn::Transform": {"Name": "x"}},
    None,
    [],
    {},
    [None],
    {"a": None},
    "",
    "text",
    "10.0.0.0/99",
    "中\ud800",
    1,
    -1,
    True,
    NOT_THERE,
)
OTHERS = "QuickStart"


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every node below a value."""
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def exchanged(template: Json, path: Path, value: object) -> dict[str, Any]:
    """Return a template with something else at a path."""
    changed: dict[str, Any] = copy.deepcopy(dict(template))
    inside: Any = changed
    for key in path[:-1]:
        inside = inside[key]
    if value == NOT_THERE:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return changed


def opened(stack: Stack) -> Stack:
    """Return a stack whose manifests are objects instead of texts, so that their nodes are nodes."""
    template = json.loads(json.dumps(stack.template))
    for body in template["Resources"].values():
        if body["Type"] == MANIFEST:
            written = body["Properties"]["Manifest"]
            plain = written if isinstance(written, str) else json.dumps(_without_functions(written))
            body["Properties"]["Manifest"] = structured(plain)
    return replace(stack, template=template)


def _without_functions(written: Any) -> object:  # noqa: ANN401  # JSON may hold anything
    parts = written["Fn::Join"][1]
    return structured("".join(part if isinstance(part, str) else "value" for part in parts))


@pytest.fixture(scope="module")
def prod(real: dict[str, Environment], peers: dict[str, Environment]) -> Environment:
    """Return prod, and beside it a cluster at which the rules find a lot."""
    stacks = {path: opened(stack) for path, stack in real["Prod"].stacks.items()}
    return replace(real["Prod"], stacks={**stacks, **peers[OTHERS].stacks})


@pytest.fixture(scope="module")
def usual(prod: Environment) -> set[Breach]:
    """Return what the rules find at the others."""
    breaches = {each for each in found(prod) if each[1].startswith(OTHERS)}
    assert len({rule for rule, *_ in breaches}) > 5
    return breaches


def found(environment: Environment) -> set[Breach]:
    """Return what the rules find, without the net that catches a rule that fails."""
    breaches = set()
    for world in worlds(environment):
        for rule in RULES:
            # Kept for those that judge what the others find, so that none runs twice.
            world.kept[rule] = tuple((rule, finding) for finding in rule.check(world))
            for _, finding in world.kept[rule]:
                where = finding.resource
                breaches.add((rule.id, where.stack, where.logical_id, finding.value))
    return breaches


@st.composite
def changes(draw: st.DrawFn, environment: Environment) -> tuple[str, Path, object]:
    """Draw a stack of prod, a path in its template, and what comes there."""
    stack = draw(st.sampled_from([path for path in environment.stacks if path.startswith("Prod/")]))
    template = environment.stacks[stack].template
    section = draw(st.sampled_from(["Resources"] * 8 + ["Outputs", "Parameters"]))
    nodes = list(paths(template.get(section, {}), (section,))) or [("Resources",)]
    return stack, draw(st.sampled_from(nodes)), draw(st.sampled_from(SUBSTITUTES))


def changed(environment: Environment, stack: str, path: Path, value: object) -> Environment:
    """Return the environment with one node exchanged."""
    old = environment.stacks[stack]
    new = replace(old, template=exchanged(old.template, path, value))
    return replace(environment, stacks={**environment.stacks, stack: new})


@settings(
    max_examples=examples(25),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_no_rule_fails_and_none_forgets_another_resource(
    data: st.DataObject, prod: Environment, usual: set[Breach]
) -> None:
    environment = changed(prod, *data.draw(changes(prod)))
    assert not usual - found(environment)
    assert sheet(environment)
