"""One snapshot per stack and environment, the asset hashes masked and nothing else."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.support import Assembly, stack_paths
from tools.snapshots import differs, mask, snapshot_file

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


@pytest.mark.parametrize("stack", STACKS, ids=[stack.replace("/", "-") for stack in STACKS])
def test_cdk_diff_sees_no_difference_to_the_snapshot(stack: str, assembly: Assembly) -> None:
    """What a reviewer reads is what CloudFormation would get, by the CDK's own comparison."""
    assert snapshot_file(stack).is_file()
    different, text = differs(assembly, stack)
    assert not different, text
