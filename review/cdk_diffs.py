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
        # The CDK shows a nested stack inside of its own.
        outer = (stack for stack in after.stacks.values() if stack.nested_in is None)
        old = before.templates
        differing = [each.path for each in outer if old.get(each.path) != each.template]
        with ThreadPoolExecutor(max_workers=2) as pool:
            found = pool.map(lambda path: cdk_diff(head, path, old.get(path, {})), differing)
            texts = [text.strip() for _, text in found]
        pairs = zip(differing, texts, strict=True)
        return tuple(RawDiff(stack=path, text=text) for path, text in pairs)

    return diffs
