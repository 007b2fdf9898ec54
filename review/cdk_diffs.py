"""What `cdk diff` says of every stack that differs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assembly.cdk_diff import cdk_diff
from assembly.environment import Environment
from review.model import RawDiff


def raw_diffs(head: Path) -> Callable[[Environment, Environment], tuple[RawDiff, ...]]:
    """Return a function that asks `cdk diff` about the stacks of an assembly; it needs no AWS."""

    def diffs(before: Environment, after: Environment) -> tuple[RawDiff, ...]:
        differing = [
            stack.path
            for stack in after.stacks.values()
            # The CDK shows a nested stack inside of its own.
            if stack.nested_in is None and before.templates.get(stack.path) != stack.template
        ]
        with ThreadPoolExecutor(max_workers=2) as pool:
            return tuple(pool.map(lambda path: _raw(head, before, path), differing))

    return diffs


def _raw(head: Path, before: Environment, path: str) -> RawDiff:
    _, text = cdk_diff(head, path, before.templates.get(path, {}))
    return RawDiff(stack=path, text=text.strip())
