"""How long a first deploy takes, by estimate: ours, plain `aws_eks_v2`, and a blueprint of others.

review/pictures/durations.json has the durations of resources with their sources. A chain of
resources that wait for each other is the critical path; stacks follow each other.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from assembly.synthesis import ROOT
from benchmarks.process import clean_environment
from benchmarks.twin_app import for_the_app
from review.pictures.deploy_order import DeployOrder, deploy_order_of, whole_minutes

APPS: Mapping[str, Mapping[str, str]] = {
    "tests.reference": {"Dev": "Ours, dev", "Prod": "Ours, prod"},
    "benchmarks.plain": {
        "PlainDev": "The parts of dev by defaults of `aws_eks_v2`",
        "PlainProd": "The parts of prod by defaults of `aws_eks_v2`",
    },
    "tests.unit.guardrails.peers": {
        "Blueprint": "A getting-started blueprint (`aws_eks`; no Fargate, controller or workload)",
    },
}
"""The environments of each app, with their titles."""
MINUTE = 60


def deploy_rows(folder: Path) -> list[list[str]]:
    """Synthesize the apps into a folder, and return a row for each environment."""
    rows = []
    for module, titles in APPS.items():
        environments = synthesized(folder / module, module)
        rows += [row(title, deploy_order_of(environments[name])) for name, title in titles.items()]
    return rows


def synthesized(outdir: Path, module: str) -> Mapping[str, Environment]:
    """Return the environments of an app that is a module, synthesized without validation."""
    environment = {**clean_environment(), **for_the_app(outdir), "CDK_VALIDATION": "false"}
    subprocess.run(  # noqa: S603  # our own modules
        # The last one takes its folder from here.
        [sys.executable, "-m", module, str(outdir)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    return assembly_at(outdir).environments()


def row(title: str, order: DeployOrder) -> list[str]:
    """Return what the table says of one environment."""
    return [title, *map(str, whole_minutes(order)), "; ".join(path_of(order))]


def path_of(order: DeployOrder) -> Sequence[str]:
    """Return the steps of the critical path that take a minute or more, and the sum of the others."""

    def said() -> Iterator[str]:
        rest = order.about
        for step in order.steps:
            if step.critical and step.seconds >= MINUTE:
                rest -= step.seconds
                yield f"{step.title} {step.seconds / MINUTE:.1f}"
        yield f"all else on it {rest / MINUTE:.1f}"

    return [*said()]
