"""One snapshot per stack and environment, the asset hashes masked and nothing else."""

from __future__ import annotations

import json

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.support import ASSET_HASH, Assembly

STACKS = (
    *("Dev/Network", "Dev/Cluster", "Dev/SampleService"),
    *("Prod/Network", "Prod/Cluster", "Prod/SampleService"),
)


@pytest.mark.parametrize("stack", STACKS, ids=[stack.replace("/", "-") for stack in STACKS])
def test_template_is_the_committed_one(
    stack: str, assembly: Assembly, snapshot: SnapshotAssertion
) -> None:
    """A change of a template shows in the pull request; `make snapshots` accepts it."""
    text = json.dumps(assembly.templates[stack])
    masked = json.loads(ASSET_HASH.sub("ASSET_HASH", text))
    assert masked == snapshot(extension_class=JSONSnapshotExtension)


def test_every_stack_has_a_snapshot(assembly: Assembly) -> None:
    """A stack that nobody looks at would be a stack that nobody reviews."""
    assert tuple(sorted(STACKS)) == tuple(assembly.templates)
