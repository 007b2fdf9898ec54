"""What a team does to environments/ fails one test only, and `make snapshots` accepts it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assembly import snapshots
from assembly.cloud_assembly import assembly_at
from commands import write_snapshots
from commands.write_snapshots import differences, write
from tests.support import ROOT, THOROUGH, flight_mode

CODE = (
    *("assembly", "capacity", "commands", "configuration", "constructs_lib", "guardrails", "kube"),
    *("review", "stacks", "tests", "workloads"),
)
ELSEWHERE = {
    "eu-west-1": "us-east-1",
    "groundwork-dev": "acme-dev",
    "10.10.0.0/16": "10.64.0.0/17",
    "max_size=4": "max_size=7",
}
THIRD = {
    "eu-west-1": "ap-southeast-2",
    'name="dev"': 'name="staging", account="444455556666"',
}


def edited(source: str, edits: dict[str, str]) -> str:
    """Return the text of an environment with other values."""
    for old, new in edits.items():
        assert old in source, old
        source = source.replace(old, new)
    return source


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of this project whose team changed dev, removed prod and added staging."""
    unneeded = shutil.ignore_patterns("__pycache__", "__snapshots__", "deploy")
    for name in CODE:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unneeded)
    for name in ("app.py", "cdk.json", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tests/reference", tmp_path / "environments", ignore=unneeded)
    own = tmp_path / "environments"
    dev = (own / "dev.py").read_text(encoding="utf-8")
    (own / "__init__.py").write_text('ENVIRONMENTS = ("dev", "staging")\n', encoding="utf-8")
    (own / "dev.py").write_text(edited(dev, ELSEWHERE), encoding="utf-8")
    (own / "staging.py").write_text(edited(dev, THIRD), encoding="utf-8")
    (own / "prod.py").unlink()
    return tmp_path


@pytest.mark.skipif(not THOROUGH, reason="test_updates.py has most of it; THOROUGH=1 has all")
def test_edits_of_a_team_fail_the_snapshots_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file that is not up to date is one line, which says what to run."""
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
    made = project / "made"
    result = subprocess.run(  # noqa: S603  # our own program
        [*command, f"--basetemp={made}", "tests/test_environments.py"],
        cwd=project,
        env=flight_mode(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    lines = result.stdout.splitlines()
    failed = [line.split(" ")[1].partition("::")[2] for line in lines if line[:7] == "FAILED "]
    assert failed == ["test_the_snapshots_are_those_of_today"], result.stdout
    stacks = ("Network", "Cluster", "SampleService")
    stale = [
        line for line in lines if line.endswith(": run `make snapshots`, then read `git diff`.")
    ]
    assert sorted(line.split(" ")[0] for line in stale) == sorted(
        [
            f"environments/{file}.json"
            for name in ("Dev", "Prod", "Staging")
            for file in (f"frozen/{name}", *(f"snapshots/{name}/{stack}" for stack in stacks))
        ]
    )

    assembly = assembly_at(made / "own")
    monkeypatch.setattr(snapshots, "FOLDER", project / "environments/snapshots")
    monkeypatch.setattr(write_snapshots, "ROOT", project)
    assert len(write(assembly)) == len(stale)
    assert differences(assembly) == {}
