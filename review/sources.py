"""Where the two sides of a review come from: assemblies, committed snapshots, and `cdk diff`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from review.environment import Environment, Template, environments_of
from review.model import RawDiff
from tools.assembly import Assembly
from tools.snapshots import FOLDER, cdk_diff, snapshot_file, unmask

SNAPSHOT_NOTE = (
    "Compared with the committed snapshots, which hold neither asset hashes nor acknowledgements nor "
    "what `make plan` counts with: rebuilt images, changed acknowledgements and the capacity before "
    "don't show."
)


def assembly_at(path: Path) -> Assembly:
    """Return the assembly in a folder; raises `ValueError` where there is none."""
    if not (path / "manifest.json").is_file():
        raise ValueError(
            f"{path} has no cloud assembly: name a folder that `cdk synth` wrote, such as cdk.out"
        )
    return Assembly(path)


def snapshots_for(head: Assembly, *, folder: Path = FOLDER) -> Mapping[str, Environment]:
    """Return the environments as the committed snapshots have them.

    The hashes that the snapshots mask are those of the head.
    """
    stacks: dict[str, dict[str, Template]] = {}
    for file in sorted(folder.glob("*.json")):
        name, _, stack = file.stem.partition("[")[2].removesuffix("]").rpartition("-")
        path = f"{name}/{stack}"
        if file.name == snapshot_file(path).name:
            committed = json.loads(file.read_text(encoding="utf-8"))
            template = unmask(committed, head.templates.get(path, {}))
            if isinstance(template, dict):
                stacks.setdefault(name, {})[stack] = template
    order = {path: index for index, path in enumerate(head.templates)}
    return {
        name: Environment(
            name=name,
            templates=dict(
                sorted(templates.items(), key=lambda item: order.get(f"{name}/{item[0]}", 0))
            ),
        )
        for name, templates in stacks.items()
    }


def environments_at(path: Path) -> Mapping[str, Environment]:
    """Return the environments of the assembly in a folder."""
    return environments_of(assembly_at(path))


def raw_diffs(head: Path) -> Callable[[Environment, Environment], tuple[RawDiff, ...]]:
    """Return a function that asks `cdk diff` about every stack that differs; it needs no AWS."""

    def diffs(before: Environment, after: Environment) -> tuple[RawDiff, ...]:
        differing = [
            stack
            for stack, template in after.templates.items()
            if before.templates.get(stack) != template
        ]
        with ThreadPoolExecutor(max_workers=2) as pool:
            return tuple(pool.map(lambda stack: _raw(head, before, after, stack), differing))

    return diffs


def _raw(head: Path, before: Environment, after: Environment, stack: str) -> RawDiff:
    path = f"{after.name}/{stack}"
    _, text = cdk_diff(head, path, before.templates.get(stack, {}))
    return RawDiff(stack=path, text=text.strip())
