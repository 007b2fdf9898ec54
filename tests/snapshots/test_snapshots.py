"""One snapshot per stack and environment, the asset hashes masked and nothing else."""

from __future__ import annotations

import json

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from assembly.snapshots import differs, mask, snapshot_file, unmask
from tests.support import Assembly, stack_paths

STACKS = stack_paths()


@pytest.mark.parametrize("stack", STACKS, ids=[stack.replace("/", "-") for stack in STACKS])
def test_template_is_the_committed_one(
    stack: str, assembly: Assembly, snapshot: SnapshotAssertion
) -> None:
    """A change of a template shows in the pull request; `make snapshots` accepts it."""
    assert mask(assembly.templates[stack]) == snapshot(extension_class=JSONSnapshotExtension)


def test_every_stack_has_a_snapshot(assembly: Assembly) -> None:
    """A stack that nobody looks at would be a stack that nobody reviews."""
    assert set(STACKS) == set(assembly.templates)


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
