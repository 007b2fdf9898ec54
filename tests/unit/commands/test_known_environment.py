from __future__ import annotations

import re

import pytest

from commands import known_environment
from constructs_lib.specs.base import ConfigurationError
from tests.support import ROOT, reference


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["dev", "Dev"], ""),
        ([], ""),
        (["acme", "Acme"], "No environment acme. Available: dev, prod.\n"),
    ],
)
def test_the_environments_are_named(
    given: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The synth failed, and so does make; if the name is right, the CDK has said why."""
    monkeypatch.setattr(known_environment, "load", lambda **_: reference())

    assert known_environment.main(given) == 1
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
