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

FOLDER = ROOT / "environments/snapshots"
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
    return FOLDER / f"{stack}.json"


def frozen_file(environment: str) -> Path:
    """Return the file that says where an environment is, and which logical ids it keeps."""
    return FOLDER.with_name("frozen") / f"{environment}.json"


def snapshots_of(environments: Iterable[Environment]) -> Mapping[str, Environment]:
    """Return environments as the committed snapshots have them, by their names.

    The hashes that the snapshots mask are those of today. A snapshot that no environment has any more
    is one of an environment of its own.
    """
    today = {path: stack for each in environments for path, stack in each.stacks.items()}
    files = {file.relative_to(FOLDER).with_suffix("").as_posix() for file in FOLDER.rglob("*.json")}
    # Snapshots stand in the order of the assembly of today, others behind them.
    paths = [*(path for path in today if path in files), *sorted(files - today.keys())]
    found: dict[str, dict[str, Stack]] = {}
    for path in paths:
        now = today.get(path, Stack(path=path, template={}))
        written = json.loads(snapshot_file(path).read_text(encoding="utf-8"))
        template = unmask(written, now.template)
        if isinstance(template, dict):
            # A template says neither what is protected nor what is acknowledged.
            bare = replace(now, template=template, metadata={}, termination_protection=False)
            found.setdefault(path.partition("/")[0], {})[path] = bare
    return {name: Environment(name=name, stacks=stacks) for name, stacks in found.items()}
