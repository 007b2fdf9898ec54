"""`make diff` compares an assembly with the committed snapshots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assembly import snapshots as accepted
from assembly.cloud_assembly import Assembly
from commands import snapshots
from commands.snapshots import main

STACK = "aws:cloudformation:stack"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an assembly of two stages, of which one holds a nested stack; only Prod differs."""
    nested = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "inner.json"}}
    templates: dict[str, Any] = {"Dev": {"Inner": nested}, "Prod": {}, "inner": {}}
    for name, resources in templates.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": resources}))
    artifacts = {
        stage: {
            "type": STACK,
            "environment": "aws://unknown-account/eu-west-1",
            "properties": {"templateFile": f"{stage}.json"},
            "displayName": f"{stage}/Network",
        }
        for stage in ("Dev", "Prod")
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))

    def differs(_: Assembly, stack: str) -> tuple[bool, str]:
        return stack.startswith("Prod"), "one more subnet\n"

    monkeypatch.setattr(snapshots, "differs", differs)
    monkeypatch.setattr(accepted, "FOLDER", tmp_path / "snapshots")
    accept(tmp_path, "Dev/Network", "Prod/Network")
    return tmp_path


def accept(folder: Path, *stacks: str) -> None:
    """Write an empty snapshot of each stack."""
    for stack in stacks:
        file = folder / f"snapshots/{stack}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}", encoding="utf-8")


def test_every_stack_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A nested one with the stack around it; a difference fails only on request."""
    assert main(["--assembly", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Dev/Network: no change\none more subnet\n\nAccept these changes")
    assert main(["--assembly", str(folder), "--fail"]) == 1
    assert main(["--assembly", str(folder), "--fail", "Dev"]) == 0


def test_what_has_no_snapshot_is_new(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its whole template would say nothing."""
    (folder / "snapshots/Prod/Network.json").unlink()
    assert main(["--assembly", str(folder), "--fail"]) == 1
    assert capsys.readouterr().out.startswith(
        "Prod/Network: no snapshot yet\nDev/Network: no change\n\nAccept"
    )


def test_what_the_app_no_longer_has_keeps_running(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stack of an environment, and a whole environment: `cdk deploy` deletes neither."""
    accept(folder, "Dev/Shop", "Old/Network", "Old/Cluster")
    assert main(["--assembly", str(folder), "--fail", "Dev"]) == 1
    assert capsys.readouterr().out.startswith(
        "Dev/Network: no change\n"
        "Dev: Stack `Shop` was removed from the code: it keeps running until you run "
        "`aws cloudformation delete-stack --stack-name Dev-Shop --region eu-west-1`.\n\nAccept"
    )
    assert main(["--assembly", str(folder)]) == 0
    assert (
        "\nEnvironment Old was removed from the code: its stacks keep running until you run "
        "`make destroy ENV=Old` in a checkout that still has it."
    ) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("stack", "protected", "off"),
    [("Cluster", True, True), ("Cluster", False, False), ("Shop", True, False)],
)
def test_the_protection_of_what_is_left_comes_off_first(
    *, stack: str, protected: bool, off: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stacks of the platform share it, and CloudFormation would refuse the command alone."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"]["Dev"]["properties"]["terminationProtection"] = protected
    (folder / "manifest.json").write_text(json.dumps(manifest))
    accept(folder, f"Dev/{stack}")
    main(["--assembly", str(folder), "Dev"])

    where = f"--stack-name Dev-{stack} --region eu-west-1"
    first = (
        "aws cloudformation update-termination-protection --no-enable-termination-protection "
        f"{where} && "
    )
    command = f"{first if off else ''}aws cloudformation delete-stack {where}"
    assert f"keeps running until you run `{command}`." in capsys.readouterr().out


def test_without_an_assembly_it_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was synthesized there."""
    assert main(["--assembly", str(tmp_path)]) == 2
    assert "has no cloud assembly" in capsys.readouterr().err


def test_a_snapshot_with_a_conflict_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merge leaves its marks in it."""
    monkeypatch.setattr(snapshots, "differs", accepted.differs)
    file = folder / "snapshots/Dev/Network.json"
    file.write_text("<<<<<<< HEAD\n{}", encoding="utf-8")
    assert main(["--assembly", str(folder), "Dev"]) == 2
    assert f"{file} is not valid JSON: " in capsys.readouterr().err


def test_a_stage_that_is_nowhere_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no difference, but nobody looked."""
    assert main(["--assembly", str(folder), "Dev", "dev"]) == 2
    assert capsys.readouterr().err == f"{folder} has no stage dev.\n"
