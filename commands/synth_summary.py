"""Summarize what `cdk synth` wrote: one line per stack, and what to run next.

Reads the cloud assembly's manifests and the environments, so it needs neither CDK nor AWS.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Template

from assembly.cloud_assembly import assembly_at
from capacity import text_table
from capacity.words import short_line
from commands import start
from configuration.capacity_plan import growth_of, plan_of
from configuration.loading import load
from configuration.size_limits import LARGEST_TEMPLATE

WARNING = "aws:cdk:warning"
LIMITS = {"resources": 500, "template_bytes": LARGEST_TEMPLATE}
"""CloudFormation refuses a template with more (CloudFormation quotas: 1 MB from Amazon S3)."""
NEAR = 0.8
"""The part of a limit that leaves room to act before a deploy is refused."""
TEMPLATE = Template(  # plain text, no HTML
    Path(__file__).with_name("synth_summary.txt.jinja").read_text("utf-8"),
    trim_blocks=True,
    lstrip_blocks=True,
)


class StackSummary(NamedTuple):
    """One synthesized stack. `environment` is the stage it belongs to, empty outside of stages."""

    environment: str
    name: str
    resources: int
    template_bytes: int
    warnings: int

    @property
    def row(self) -> tuple[str, ...]:
        """Return its line of the table."""
        size, share = self.template_bytes / 1000, self.template_bytes / LIMITS["template_bytes"]
        where = (self.environment or "-", self.name)
        return *where, str(self.resources), f"{size:.1f} KB", f"{share:.0%}"

    @property
    def near(self) -> bool:
        """Tell whether it is near a limit."""
        return any(getattr(self, name) > NEAR * limit for name, limit in LIMITS.items())


def read_assembly(directory: Path) -> list[StackSummary]:
    """Return the stacks of the assembly in `directory`, nested ones too, in manifest order."""
    stacks = assembly_at(directory).stacks
    stages = [(stack.outermost or stack.path).rpartition("/")[0] for stack in stacks]
    return [
        StackSummary(
            stage,
            stack.path.removeprefix(f"{stage}/"),
            resources=len(stack.resources),
            template_bytes=Path(stack.template_path).stat().st_size,
            warnings=sum(1 for _ in stack.entries(WARNING)),
        )
        for stage, stack in zip(stages, stacks, strict=True)
    ]


def render(
    stacks: Sequence[StackSummary], *, capacity: Sequence[str] = (), wanted: str = ""
) -> str:
    """Return the table of the stacks, their capacity and the commands that come next.

    They are those of the stage `wanted`, if there is one; the CDK synthesizes the others, too.
    """
    if not stacks:
        return "No stacks."
    head = ("environment", "stack", "resources", "template", "of 1 MB")
    table = [*text_table.lines([head, *(stack.row for stack in stacks)], right=(2, 3, 4))]
    stages = [stack.environment for stack in stacks if stack.environment]
    stage = wanted if wanted in stages else next(iter(stages), "")
    text: str = TEMPLATE.render(
        table=table,
        capacity=capacity,
        warnings=sum(stack.warnings for stack in stacks),
        near=[each for each in stacks if each.near],
        limits=LIMITS,
        stage=stage,
        name=re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", stage).lower(),
    )
    return text


def capacity_lines(stages: Collection[str]) -> list[str]:
    """Return a line for each environment among the stages: what it can run, and how far it grows."""
    return [
        short_line(config.stage_id, plan_of(config), growth_of(config))
        for config in load()
        if config.stage_id in stages
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the summary of the assembly on the command line, and the next commands for a stage."""
    given = sys.argv[1:] if arguments is None else arguments
    name, wanted, *_ = [*given, "", ""]
    directory = Path(name or "cdk.out")
    if not (directory / "manifest.json").is_file():
        print(f"{directory} has no cloud assembly. Run `make synth` first.", file=sys.stderr)
        return 1
    stacks = read_assembly(directory)
    stacks = [stack for stack in stacks if stack.environment == wanted] or stacks
    stages = {stack.environment for stack in stacks}
    print(render(stacks, capacity=capacity_lines(stages), wanted=wanted))
    return 0


if __name__ == "__main__":
    start(main)
