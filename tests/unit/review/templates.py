"""Environments edited as templates: what no environment file of ours can say, or not yet."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, cast

from assembly.environment import ACCEPTED, Environment
from assembly.index import grouped
from assembly.resource import Resource
from assembly.stack import ACKNOWLEDGED, Stack
from review.compose import Circumstances, compare
from review.model import Review
from review.sides import Sides

TODAY = date(2026, 11, 23)
CLUSTER = "ControlPlaneCluster8AFA2E51"
NODE_GROUP = "DataPlaneNodeGroupsGeneralNodeGroup0545CD19"
ADMINISTRATOR = "AccessAdministratorEntryA84F5130"


def reviewed(
    before: Environment | None,
    after: Environment | None,
    *,
    consents: Mapping[str, str] | None = None,
) -> Review:
    """Return the review of one environment, without `cdk diff`."""
    return compare(
        {} if before is None else {before.name: before},
        {} if after is None else {after.name: after},
        Circumstances(today=TODAY, consents=consents or {}, raw=lambda _, __: ()),
        names=("main", "change"),
    )


def sides(
    before: Environment | None,
    after: Environment,
    *,
    today: date = TODAY,
) -> Sides:
    """Return what a section of the review reads."""
    nothing = Environment(name=after.name, stacks={})
    return Sides(before=before or nothing, after=after, today=today)


def texts(review: Review) -> list[str]:
    """Return every sentence with its risk, as `risk: text`."""
    return [
        f"{sentence.risk.words}: {sentence.text}"
        for environment in review.environments
        for sentence in environment.sentences
    ]


def of_templates(name: str, **templates: Mapping[str, Any]) -> Environment:
    """Return an environment of templates by the names of their stacks."""
    stacks = [
        Stack(path=f"{name}/{stack}", template=template) for stack, template in templates.items()
    ]
    return Environment(name=name, stacks={stack.path: stack for stack in stacks})


def resource_of(environment: Environment, stack: str, logical_id: str) -> Resource:
    """Return a resource; `stack` is its name within the environment, such as `Cluster`."""
    return environment.by_node[f"{environment.name}/{stack}", logical_id]


def edited(
    environment: Environment, stack: str, edit: Callable[[dict[str, Any]], None]
) -> Environment:
    """Return an environment whose template of a stack went through `edit`."""
    old = environment.stacks[f"{environment.name}/{stack}"]
    template = copy.deepcopy(dict(old.template))
    edit(template)
    new = replace(old, template=template)
    return replace(environment, stacks={**environment.stacks, old.path: new})


def with_property(
    environment: Environment, stack: str, logical_id: str, path: str, value: object
) -> Environment:
    """Return an environment with another value of a property, its path dotted."""

    def edit(template: dict[str, Any]) -> None:
        *above, last = path.split(".")
        inside = template["Resources"][logical_id].setdefault("Properties", {})
        for name in above:
            inside = inside.setdefault(name, {})
        inside[last] = value

    return edited(environment, stack, edit)


def without(environment: Environment, stack: str, *logical_ids: str) -> Environment:
    """Return an environment without some resources."""

    def edit(template: dict[str, Any]) -> None:
        for logical_id in logical_ids:
            del template["Resources"][logical_id]

    return edited(environment, stack, edit)


def with_resource(
    environment: Environment, stack: str, logical_id: str, kind: str, properties: object
) -> Environment:
    """Return an environment with one more resource."""

    def edit(template: dict[str, Any]) -> None:
        template["Resources"][logical_id] = {"Type": kind, "Properties": properties}

    return edited(environment, stack, edit)


def replaced_text(environment: Environment, old: str, new: str) -> Environment:
    """Return an environment with another text in all of its templates, such as an asset's hash."""
    templates = json.dumps(dict(environment.templates))
    assert old in templates, f"{old} is in no template"
    changed = json.loads(templates.replace(old, new))
    return replace(
        environment,
        stacks={
            path: replace(stack, template=changed[path])
            for path, stack in environment.stacks.items()
        },
    )


def accepting(environment: Environment, accepted: Mapping[str, str]) -> Environment:
    """Return an environment whose accepted_replacements are others."""
    first = next(iter(environment.stacks.values()))
    noted = {"/accepted": [{"type": ACCEPTED, "data": json.dumps(accepted)}]}
    stack = replace(first, metadata={**noted, **first.metadata})
    return replace(environment, stacks={**environment.stacks, stack.path: stack})


def acknowledging(
    environment: Environment, acknowledged: Mapping[tuple[str, str], str]
) -> Environment:
    """Return an environment whose only metadata are these reasons, by path and finding."""
    first, *rest = environment.stacks.values()
    noted = grouped(
        (f"/{path}", {"type": ACKNOWLEDGED, "data": {rule: reason}})
        for (path, rule), reason in acknowledged.items()
    )
    stacks = [replace(first, metadata=noted), *(replace(each, metadata={}) for each in rest)]
    return replace(environment, stacks={stack.path: stack for stack in stacks})


def with_plan(environment: Environment, edit: Callable[[dict[str, Any]], None]) -> Environment:
    """Return an environment after an edit of what its plan is made of, which no template says."""

    def inside(value: object) -> object:
        if isinstance(value, dict):
            return {key: inside(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [inside(inner) for inner in value]
        if isinstance(value, str) and '"groups"' in value:
            inputs = json.loads(value)
            edit(inputs)
            return json.dumps(inputs)
        return value

    stacks = {
        path: replace(stack, metadata=cast("dict[str, Any]", inside(stack.metadata)))
        for path, stack in environment.stacks.items()
    }
    return replace(environment, stacks=stacks)
