"""`make preflight` tells people and programs, and its exit code tells them apart."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from commands import preflight
from commands.preflight import main
from preflight.account import Account
from preflight.row import Result, Row
from preflight.target import Target
from tests.support import ROOT, Assembly


@pytest.fixture(autouse=True)
def signed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is signed in on this machine."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def answered(monkeypatch: pytest.MonkeyPatch, result: Result) -> None:
    """Have the account answer with one row."""

    def run(_account: Account, target: Target) -> tuple[Target, tuple[Row, ...]]:
        return target, (Row("zone", result, "found", "" if result == "passes" else "do this"),)

    monkeypatch.setattr(preflight, "run", run)


@pytest.mark.parametrize(("result", "code"), [("passes", 0), ("warns", 0), ("fails", 1)])
def test_only_a_failure_ends_with_one(
    result: Result,
    code: int,
    assembly: Assembly,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A warning may be what its reader knows; the table and JSON say the same."""
    answered(monkeypatch, result)
    arguments = ["Prod", "--assembly", str(assembly.path)]

    assert main(arguments) == code
    assert f"{result.ljust(6)}  zone   found" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == code
    assert json.loads(capsys.readouterr().out)["result"] == result


def test_without_credentials_it_ends_at_once(
    assembly: Assembly, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence says what to do; code 2 is none of the checks'."""
    started = time.monotonic()

    assert main(["Prod", "--assembly", str(assembly.path)]) == 2
    assert time.monotonic() - started < 5
    assert capsys.readouterr().err.startswith(
        "The account can't be queried: Unable to locate credentials. Check the network"
    )


def test_an_unknown_profile(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no crash."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    assert main(["Prod", "--assembly", str(assembly.path)]) == 2
    assert "(nobody)" in capsys.readouterr().err


def test_the_policy_needs_no_account(
    assembly: Assembly, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is for whoever makes the role that a preflight runs as."""
    assert main(["Prod", "--assembly", str(assembly.path), "--policy"]) == 0
    told = capsys.readouterr().out
    (read, assume) = json.loads(told)["Statement"]

    assert f"```json\n{told}```" in (ROOT / "docs/preflight.md").read_text(encoding="utf-8")
    assert "ec2:DescribeInstances" in read["Action"]
    assert assume["Resource"][0] == "arn:aws:iam::*:role/cdk-hnb659fds-deploy-role-*-eu-west-1"


def test_what_is_not_there(
    assembly: Assembly, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another stage, and no assembly at all."""
    assert main(["Test", "--assembly", str(assembly.path)]) == 2
    assert "has no stage Test. Available: Dev, Prod" in capsys.readouterr().err
    assert main(["Prod", "--assembly", str(tmp_path)]) == 2
    assert "has no cloud assembly" in capsys.readouterr().err
