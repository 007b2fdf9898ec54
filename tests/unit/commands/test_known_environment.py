from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from commands import known_environment
from constructs_lib.specs.base import ConfigurationError
from tests.support import ROOT, reference


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        (["dev", "Dev"], 1, ""),
        ([], 1, ""),
        (["acme", "Acme"], 2, "No environment acme. Available: dev, prod.\n"),
    ],
)
def test_the_environments_are_named(
    *,
    given: list[str],
    status: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The synth failed, and so does make; if the name is right, the CDK has said why."""
    monkeypatch.setattr(known_environment, "load", lambda **_: reference())

    assert known_environment.main(given) == status
    assert capsys.readouterr().err == told


def test_problems_are_not_told_twice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new environment may be the one with the problem."""

    def load(**_: object) -> None:
        raise ConfigurationError([])

    monkeypatch.setattr(known_environment, "load", load)

    assert known_environment.main(["acme", "Acme"]) == 1
    assert not any(capsys.readouterr())


def test_every_target_with_an_environment_names_them() -> None:
    """Whichever a person runs first."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    calls = re.findall(r"^.*(?:/cdk \w+|\$\(synth\)) .*\$\(STAGE\).*$", makefile, re.MULTILINE)

    assert len(calls) > 5
    assert [call for call in calls if "$(or-name-them)" not in call] == []


@pytest.mark.parametrize(
    ("status", "synthesized", "answers"),
    [(1, True, True), (1, False, False), (2, True, False)],
    ids=["the guardrails stop it", "a field is wrong", "no such environment"],
)
def test_reach_answers_where_there_is_something_to_ask(
    tmp_path: Path, *, status: int, synthesized: bool, answers: bool
) -> None:
    """What was said of a synth isn't followed by what it leaves out."""
    programs = {
        "cdk": f"{'touch cdk.out/manifest.json; ' * synthesized}exit 1",
        "python": f'echo "$*"; case "$*" in *known*) exit {status};; esac',
    }
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "cdk.out").mkdir()
    words = [
        "make",
        "-f",
        str(ROOT / "Makefile"),
        "-o",
        "setup",
        "reach",
        "ENV=x",
        f"BIN={tmp_path}",
    ]

    said = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603

    assert ("commands.reach" in said.stdout) == answers
    assert (said.returncode == 0) == answers
