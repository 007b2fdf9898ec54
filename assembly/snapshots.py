"""The committed snapshots, and how a template of today compares with them.

A snapshot masks the hashes of assets. To compare, each mask takes the hash that stands in the same
place today, so that everything else must be equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assembly.environment import Environment
from assembly.stack import Stack
from assembly.synthesis import ROOT

FOLDER = ROOT / "tests/snapshots/__snapshots__/test_snapshots"
ASSET_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
"""A SHA-256 of an asset: the only thing that snapshots mask."""
MASK = "ASSET_HASH"


def mask(template: object) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return a template with every asset hash masked."""
    return json.loads(ASSET_HASH.sub(MASK, json.dumps(template)))


def unmask(snapshot: object, template: object) -> object:
    """Return a snapshot with the asset hashes of a template in the places of its masks.

    A mask whose place the template no longer has, or has otherwise, stays.
    """
    if isinstance(snapshot, dict) and isinstance(template, dict):
        return {key: unmask(value, template.get(key)) for key, value in snapshot.items()}
    if isinstance(snapshot, list) and isinstance(template, list):
        rest: list[object] = [None] * max(0, len(snapshot) - len(template))
        return [unmask(*pair) for pair in zip(snapshot, [*template, *rest], strict=False)]
    if isinstance(snapshot, str) and isinstance(template, str) and mask(template) == snapshot:
        return template
    return snapshot


def snapshot_file(stack: str) -> Path:
    """Return the snapshot of a stack, such as `Dev/Network`."""
    return FOLDER / f"test_template_is_the_committed_one[{stack.replace('/', '-')}].json"


def snapshots_of(
    environments: Iterable[Environment], *, folder: Path = FOLDER
) -> Mapping[str, Environment]:
    """Return environments as the committed snapshots have them, by their names.

    The hashes that the snapshots mask are those of today. A snapshot that no environment has any more
    is one of an environment of its own.
    """
    today = {path: stack for each in environments for path, stack in each.stacks.items()}
    # Snapshots stand in the order of the assembly of today, others behind them.
    order = {snapshot_file(path).name: index for index, path in enumerate(today)}
    files = sorted(folder.glob("*.json"))
    found: dict[str, dict[str, Stack]] = {}
    for file in sorted(files, key=lambda file: order.get(file.name, len(order))):
        name, _, stack = file.stem.partition("[")[2].removesuffix("]").rpartition("-")
        path = f"{name}/{stack}"
        if file.name == snapshot_file(path).name:
            now = today.get(path, Stack(path=path, template={}))
            template = unmask(json.loads(file.read_text(encoding="utf-8")), now.template)
            if isinstance(template, dict):
                # A template says neither what is protected nor what is acknowledged.
                bare = replace(now, template=template, metadata={}, termination_protection=False)
                found.setdefault(name, {})[path] = bare
    return {name: Environment(name=name, stacks=stacks) for name, stacks in found.items()}
