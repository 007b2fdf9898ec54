from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import examples
from assembly.cloud_assembly import Assembly
from configuration.loading import load
from tests.support import ROOT, flight_mode

PROGRAM = """
import app
from configuration.loading import load

app.synthesize(load(package="examples"))
"""


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Synthesize all examples under cdk-nag and the guardrails, as app.py does."""
    outdir = tmp_path_factory.mktemp("examples")
    run = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**flight_mode(), "CDK_OUTDIR": str(outdir), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return Assembly(outdir)


def test_no_example_has_a_finding(synthesized: Assembly) -> None:
    """Neither of cdk-nag nor of the guardrails: it is meant to be copied."""
    stages = {path.partition("/")[0] for path in synthesized.templates}
    assert len(stages) == len(examples.ENVIRONMENTS) == len(load(package="examples"))
    reports = synthesized.report["pluginReports"]
    assert len(reports) > 1
    assert [report["violations"] for report in reports if report["violations"]] == []


def test_the_list_shows_every_example() -> None:
    """A reader finds each by what it shows."""
    readme = (Path(examples.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert all(f"[{name}.py]({name}.py)" in readme for name in examples.ENVIRONMENTS)
