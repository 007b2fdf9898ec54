"""The frozen list of an environment: where it is, if it is production, and the logical ids to keep.

A lost id stays in the list until it is removed by hand. An environment that is in another
region or account than before is a new one, and has nothing to lose there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assembly.environment import Environment
from assembly.snapshots import is_elsewhere
from guardrails.step.change import is_stateful
from kube.values import mapping

Ids = Mapping[str, Mapping[str, str]]
"""Logical ids with their types, by the name of their stack."""
IDS = "stateful_resources"


def frozen(environment: Environment, before: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the list of today: the ids of before, and the new ones."""
    kept, now = _kept(environment, before), stateful(environment)
    place = next(iter(environment.stacks.values()))
    ids = {stack: {**kept.get(stack, {}), **now.get(stack, {})} for stack in {**kept, **now}}
    known = environment.production is not None
    production = {"production": environment.production} if known else {}
    return {"account": place.account, "region": place.region, IDS: ids, **production}


def lost(environment: Environment, before: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield stack, type and logical id of each frozen resource that an environment no longer has."""
    now = stateful(environment)
    for stack, ids in _kept(environment, before).items():
        for logical_id, kind in ids.items():
            if now.get(stack, {}).get(logical_id) != kind:
                yield stack, kind, logical_id


def stateful(environment: Environment) -> Ids:
    """Return every stateful resource."""
    found = {
        path.removeprefix(f"{environment.name}/"): {
            logical_id: body["Type"]
            for logical_id, body in stack.resources.items()
            if is_stateful(environment.by_node[path, logical_id])
        }
        for path, stack in environment.stacks.items()
    }
    return {stack: ids for stack, ids in found.items() if ids}


def read(file: Path) -> Mapping[str, Any]:
    """Return the list in a file, empty without one; raises `ValueError` where it can't be read."""
    try:
        return mapping(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(
            f"{file} is not valid JSON: {error}. `git diff` shows what changed."
        ) from error


def _kept(environment: Environment, before: Mapping[str, Any]) -> Ids:
    return {} if is_elsewhere(before, environment) else mapping(before, IDS)
