"""Runs the twin: the stacks of the reference environments in JavaScript."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from assembly.synthesis import ROOT, context

TWIN = ROOT / "benchmarks" / "twin"


def installed() -> bool:
    """Tell whether the twin's packages are there."""
    return (TWIN / "node_modules" / "aws-cdk-lib").is_dir()


def twin_command(environments: int, *, nag: bool = False) -> list[str]:
    """Return the command that synthesizes so many environments."""
    node = shutil.which("node") or "node"
    return [node, str(TWIN / "app.js"), str(environments), *(["nag"] if nag else [])]


def for_the_app(outdir: Path) -> dict[str, str]:
    """Return what the CDK CLI tells an app in variables: where to write, and with which flags."""
    return {"CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps(context())}


def synthesize_twin(
    outdir: Path, environments: int, *, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Synthesize so many environments of the twin into a folder."""
    return subprocess.run(  # noqa: S603  # our own program
        twin_command(environments),
        cwd=ROOT,
        env={**environment, **for_the_app(outdir)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
