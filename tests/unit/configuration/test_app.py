"""app.py tells what is wrong in the environments, and does nothing else."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, context, flight_mode

BREAK_PROD = """
ENVIRONMENT = EnvironmentConfig(**{**ENVIRONMENT.__dict__, "removal_policy": "destroy"})
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the app and its environments, with a CDK that refuses to start."""
    shutil.copy(ROOT / "app.py", tmp_path)
    shutil.copytree(
        ROOT / "tests/reference", tmp_path / "environments", ignore=lambda *_: ["__main__.py"]
    )
    for name in ("aws_cdk", "cdk_nag", "jsii", "constructs"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the CDK was started')\n")
    return tmp_path


def run_app(project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run app.py; what isn't copied comes from this project."""
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, str(project / "app.py")],
        cwd=project,
        env={
            **flight_mode(),
            "PYTHONPATH": str(ROOT),
            "CDK_OUTDIR": str(project / "out"),
            **variables,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def seconds_of_children() -> float:
    """Return the processor time of our processes; other work on the machine doesn't count."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_a_broken_environment_stops_the_app_with_the_message_alone(project: Path) -> None:
    """Exit code 1, the message on stderr, no traceback, nothing written, no CDK, no waiting."""
    with (project / "environments" / "prod.py").open("a", encoding="utf-8") as file:
        file.write(BREAK_PROD)
    before = seconds_of_children()

    result = run_app(project)

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        "The environments have 1 problem. Nothing was synthesized.\n\n"
        "  prod.removal_policy = 'destroy'\n"
        "    allowed: 'retain' in a production environment\n"
        "    fix:     set removal_policy='retain'\n\n"
    )
    assert not (project / "out").exists()
    assert seconds_of_children() - before < 3


def test_good_environments_start_the_cdk(project: Path) -> None:
    """The copy reaches the CDK where nothing is wrong, so the test above means something."""
    result = run_app(project)

    assert result.stderr == "the CDK was started\n"


def test_the_flags_of_the_project_are_on_without_the_cdk_cli(project: Path) -> None:
    """`python app.py` finds what `make synth` does; what the CLI hands over stands."""
    show = "import os, sys\nsys.exit(os.environ['CDK_CONTEXT_JSON'])\n"
    (project / "aws_cdk.py").write_text(show, encoding="utf-8")

    assert json.loads(run_app(project).stderr) == context()
    assert json.loads(run_app(project, CDK_CONTEXT_JSON='{"a": 1}').stderr) == {"a": 1}


def test_findings_are_printed_by_us_alone(project: Path) -> None:
    """Started by hand, the CDK would print what app.py tells by field; the CLI prints by itself."""
    show = "import os, sys\nsys.exit(os.environ.get('CDK_APP_MODE', 'that of the CLI'))\n"
    (project / "aws_cdk.py").write_text(show, encoding="utf-8")

    assert run_app(project).stderr == "inmemory\n"
    assert run_app(project, CDK_CONTEXT_JSON="{}").stderr == "that of the CLI\n"
