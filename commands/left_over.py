"""Stacks that are no longer in the app, according to the snapshots: the CDK never deletes them."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.cloud_assembly import Assembly
from assembly.index import grouped
from assembly.snapshots import left_over
from review.model import say
from review.moved_stacks import delete, destroy


def notes(assembly: Assembly) -> Iterator[tuple[str, str]]:
    """Yield each lost stack or environment, with the command that deletes it."""
    stages = grouped((stage_of(stack.path), stack) for stack in assembly.stacks)
    gone = left_over(assembly.templates)
    for path in gone:
        stage, _, name = path.partition("/")
        if stage in stages:
            command = delete(path, stages[stage])
            yield stage, f"{stage}: {say('stack left', name=name, command=command).text}"
    for stage in sorted({*map(stage_of, gone)} - {*stages}):
        yield stage, say("environment left", name=stage, command=destroy(stage), paid="").text


def stage_of(path: str) -> str:
    """Return the environment of a stack."""
    return path.partition("/")[0]
