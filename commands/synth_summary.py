"""Say what `cdk synth` made: one line per stack, and what to run next.

Reads the cloud assembly's manifests and the environments, so it needs neither CDK nor AWS.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import environments
from assembly.cloud_assembly import assembly_at
from assembly.stack import Stack
from capacity import text_table
from capacity.words import short_line
from environments.capacity_plan import growth_of, plan_of

WARNING = "aws:cdk:warning"

TEMPLATE_LIMIT_BYTES = 1_000_000
"""CloudFormation refuses a larger template (CloudFormation quotas: 1 MB from Amazon S3)."""

RESOURCE_LIMIT = 500
"""CloudFormation refuses a template with more resources (CloudFormation quotas)."""


@dataclass(frozen=True, kw_only=True)
class StackSummary:
    """One synthesized stack. `environment` is the stage it belongs to, empty outside of stages."""

    environment: str
    name: str
    resources: int
    template_bytes: int
    warnings: int


def read_assembly(directory: Path) -> list[StackSummary]:
    """Return the stacks of the assembly in `directory`, nested ones too, in manifest order."""
    stages: dict[str, str] = {}
    found = []
    for stack in assembly_at(directory).stacks:
        # A nested stack comes after the one around it.
        outer = stack.nested_in
        stages[stack.path] = stages[outer[0]] if outer else stack.path.rpartition("/")[0]
        found.append(_summary(stack, stages[stack.path]))
    return found


def _summary(stack: Stack, stage: str) -> StackSummary:
    return StackSummary(
        environment=stage,
        name=stack.path.removeprefix(f"{stage}/"),
        resources=len(stack.resources),
        template_bytes=Path(stack.template_path).stat().st_size,
        warnings=sum(1 for _ in stack.entries(WARNING)),
    )


def render(stacks: Sequence[StackSummary], *, capacity: Sequence[str] = ()) -> str:
    """Return the table of the stacks, their capacity and the commands that come next."""
    if not stacks:
        return "No stacks."
    plans = [*capacity, ""] if capacity else []
    return "\n".join([*_table(stacks), "", *plans, *_notes(stacks), *_next_steps(stacks)])


def capacity_lines(stages: Collection[str]) -> list[str]:
    """Return a line for each environment among the stages: what it can run, and how far it grows."""
    return [
        short_line(config.stage_id, plan_of(config), growth_of(config))
        for config in environments.load()
        if config.stage_id in stages
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the summary of the assembly named on the command line, `cdk.out` by default."""
    given = sys.argv[1:] if arguments is None else arguments
    directory = Path(given[0] if given else "cdk.out")
    if not (directory / "manifest.json").is_file():
        print(f"{directory} has no cloud assembly. Run `make synth` first.", file=sys.stderr)
        return 1
    stacks = read_assembly(directory)
    stages = {stack.environment for stack in stacks}
    print(render(stacks, capacity=capacity_lines(stages)))
    return 0


def _table(stacks: Sequence[StackSummary]) -> Iterator[str]:
    rows = [("environment", "stack", "resources", "template", "of 1 MB")]
    rows += [
        (
            stack.environment or "-",
            stack.name,
            str(stack.resources),
            f"{stack.template_bytes / 1000:.1f} KB",
            f"{stack.template_bytes / TEMPLATE_LIMIT_BYTES:.0%}",
        )
        for stack in stacks
    ]
    yield from text_table.lines(rows, right=(2, 3, 4))


def _notes(stacks: Sequence[StackSummary]) -> Iterator[str]:
    notes = []
    warnings = sum(stack.warnings for stack in stacks)
    if warnings:
        notes.append(f"{warnings} warning{'' if warnings == 1 else 's'}: see above.")
    notes += [
        f"{stack.environment}/{stack.name} is near a CloudFormation limit "
        f"({RESOURCE_LIMIT} resources, {TEMPLATE_LIMIT_BYTES / 1000:.0f} KB): split it."
        for stack in stacks
        if _is_near_limit(stack)
    ]
    if notes:
        yield from (*notes, "")


def _is_near_limit(stack: StackSummary) -> bool:
    nearness = max(
        stack.resources / RESOURCE_LIMIT,
        stack.template_bytes / TEMPLATE_LIMIT_BYTES,
    )
    return nearness > 0.8  # noqa: PLR2004  # leaves room to act before a deploy is refused


def _next_steps(stacks: Sequence[StackSummary]) -> Iterator[str]:
    stages = [stage for stage in dict.fromkeys(stack.environment for stack in stacks) if stage]
    stage = stages[0] if stages else ""
    steps = {"make test": "test the templates; no AWS needed"}
    if stage:
        environment = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", stage).lower()
        steps |= {
            f"make diff ENV={environment}": "compare with the committed snapshots; no AWS needed",
            f"make deploy ENV={environment}": (
                f"the same as `cdk deploy '{stage}/**'` after `. .venv/bin/activate`"
            ),
        }
    width = max(map(len, steps))
    yield "Next:"
    yield from (f"  {command.ljust(width)}  {purpose}" for command, purpose in steps.items())


if __name__ == "__main__":
    sys.exit(main())
