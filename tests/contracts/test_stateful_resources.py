"""Construct ids are a contract: a changed logical id replaces a resource in somebody's account.

stateful_resources.json is written by hand. docs/stateful-resources.md says what to do when it has
to change.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guardrails.step.change import STATEFUL_TYPES
from tests.support import Assembly, resources_of, template_files

FROZEN_FILE = Path(__file__).with_name("stateful_resources.json")
FROZEN: dict[str, dict[str, str]] = json.loads(FROZEN_FILE.read_text(encoding="utf-8"))


def stateful(assembly: Assembly, stack: str) -> dict[str, str]:
    """Return the logical id and type of every stateful resource of a stack."""
    return {
        logical_id: kind
        for kind in STATEFUL_TYPES
        for logical_id in resources_of(assembly.templates.get(stack, {"Resources": {}}), kind)
    }


@pytest.mark.parametrize("stack", FROZEN)
def test_no_stateful_resource_loses_its_logical_id(stack: str, assembly: Assembly) -> None:
    """Renaming a construct id above a stateful resource fails here, and says what would happen."""
    present = stateful(assembly, stack)
    lost = {
        logical_id: kind
        for kind in STATEFUL_TYPES
        for logical_id, frozen in FROZEN[stack].items()
        if frozen == kind and present.get(logical_id) != kind
    }
    listing = "\n".join(
        f"  {kind} {logical_id}: {STATEFUL_TYPES[kind]}" for logical_id, kind in lost.items()
    )
    assert not lost, (
        f"\nA deploy of {stack} would delete or replace:\n{listing}\n"
        "Put the old construct id back. If it has to change, follow docs/stateful-resources.md."
    )


def test_every_stateful_resource_is_frozen(assembly: Assembly) -> None:
    """A new stateful resource enters the list by hand, so that somebody decides on its name."""
    new = {
        stack: missing
        for stack in assembly.templates
        if (missing := stateful(assembly, stack).items() - FROZEN.get(stack, {}).items())
    }
    listing = "\n".join(
        f"  {stack}: {json.dumps(dict(sorted(missing)))}" for stack, missing in new.items()
    )
    assert not new, f"\nNot in {FROZEN_FILE.name} yet; add by hand:\n{listing}"


def test_stack_names_are_the_paths(assembly: Assembly) -> None:
    """A stack under another name is another stack, next to the old one."""
    names = {file.name for file in template_files(assembly).values()}
    assert len(names) == len(assembly.templates)
    assert set(FROZEN) <= set(assembly.templates)
