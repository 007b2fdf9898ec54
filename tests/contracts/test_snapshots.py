"""One snapshot per stack of the reference environments, the asset hashes masked and nothing else."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from assembly.snapshots import differs, frozen_file, since_base, snapshot_file, unmask
from commands.write_snapshots import differences
from guardrails.catalogue import problems
from guardrails.frozen import lost, read
from tests.support import ROOT, Assembly, consents, reference, stack_paths, template_files

STACKS = stack_paths()


def test_the_templates_are_the_committed_ones(assembly: Assembly) -> None:
    """A change of the platform shows in the pull request; `make reference` accepts it."""
    stale = [str(file.relative_to(ROOT)) for file in differences(assembly)]
    assert stale == [], "run `make reference`, then read `git diff`"


def test_no_stateful_resource_loses_its_logical_id(assembly: Assembly) -> None:
    """A construct id that is renamed above one would delete it wherever the platform is deployed."""
    environments = assembly.environments()
    found = {name: [*lost(each, read(frozen_file(name)))] for name, each in environments.items()}
    assert found == {"Dev": [], "Prod": []}, "follow docs/stateful-resources.md"


def test_the_step_from_the_base_is_possible_and_meant(assembly: Assembly) -> None:
    """What a change of the platform would do to environments that stay as they are."""
    environments = assembly.environments(today=dt.date(2026, 11, 25))
    found = [
        problem
        for config in reference()
        for problem in problems(since_base(environments[config.stage_id]), consents(config))
    ]
    assert not found, "\n\n" + "\n\n".join(found)


def test_every_stack_has_a_snapshot(assembly: Assembly) -> None:
    """A stack under another name is another stack, next to the old one."""
    names = {file.name for file in template_files(assembly).values()}
    assert set(STACKS) == set(assembly.templates)
    assert len(names) == len(assembly.templates)


@pytest.mark.parametrize("stack", STACKS)
def test_a_snapshot_is_the_whole_template_but_for_its_masks(stack: str, assembly: Assembly) -> None:
    """With the hashes back in their places a snapshot is what CloudFormation would get."""
    committed = json.loads(snapshot_file(stack).read_text(encoding="utf-8"))
    assert unmask(committed, assembly.templates[stack]) == assembly.templates[stack]


@pytest.mark.parametrize("stack", ["Dev/SampleService", "Prod/Cluster"])
def test_cdk_diff_sees_no_difference_to_the_snapshot(stack: str, assembly: Assembly) -> None:
    """The CDK's own comparison agrees, for a stack with images and for one with all else."""
    different, text = differs(assembly, stack)
    assert not different, text
