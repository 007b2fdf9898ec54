"""`make snapshots` writes what is new or different, and deletes what nothing makes any more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly import snapshots
from commands import write_snapshots
from commands.write_snapshots import main

KEY = {"Type": "AWS::KMS::Key", "Properties": {"Description": "a" * 64}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project that synthesizes what its file `stacks.json` says."""
    monkeypatch.setattr(write_snapshots, "ROOT", tmp_path)
    monkeypatch.setattr(snapshots, "FOLDER", tmp_path / "environments/snapshots")
    monkeypatch.setattr(
        write_snapshots, "synthesize", lambda folder: assembly(folder, tmp_path / "stacks.json")
    )
    return tmp_path


def assembly(folder: Path, file: Path) -> None:
    """Write an assembly with a folder for each stage."""
    for path, resources in json.loads(file.read_text(encoding="utf-8")).items():
        stage, _, stack = path.partition("/")
        inside = folder / stage
        inside.mkdir(parents=True, exist_ok=True)
        (inside / f"{stack}.json").write_text(json.dumps({"Resources": resources}))
        one = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/eu-west-1",
            "properties": {"templateFile": f"{stack}.json"},
            "displayName": path,
        }
        (inside / "manifest.json").write_text(json.dumps({"artifacts": {stack: one}}))
    stages = {
        each.name: {"type": "cdk:cloud-assembly", "properties": {"directoryName": each.name}}
        for each in sorted(folder.iterdir())
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": stages}))


def written(project: Path, capsys: pytest.CaptureFixture[str], stacks: Mapping[str, object]) -> str:
    """Return what the program prints when the stacks are these."""
    (project / "stacks.json").write_text(json.dumps(stacks), encoding="utf-8")
    assert main([]) == 0
    return capsys.readouterr().out


def test_an_environment_comes_and_goes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its folder and its list, too."""
    both = {"Dev/Network": {"Key": KEY}, "Prod/Network": {}}
    assert written(project, capsys, both) == (
        "written environments/snapshots/Dev/Network.json\n"
        "written environments/snapshots/Prod/Network.json\n"
        "written environments/frozen/Dev.json\n"
        "written environments/frozen/Prod.json\n"
    )
    assert written(project, capsys, both) == "No snapshot changed.\n"
    assert written(project, capsys, {"Dev/Network": {"Key": KEY}}) == (
        "deleted environments/frozen/Prod.json\ndeleted environments/snapshots/Prod/Network.json\n"
        "Environment Prod was removed from the code: its stacks keep running until you run "
        "`make destroy ENV=Prod` in a checkout that still has it. `make teardown ENV=Prod` there says "
        "what to do first, and what stays.\n"
    )
    assert sorted(each.name for each in (project / "environments").rglob("*")) == [
        *("Dev", "Dev.json", "Network.json", "frozen", "snapshots")
    ]


def test_a_snapshot_is_for_people(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each value, sorted; only the hash of an asset is masked."""
    written(project, capsys, {"Dev/Network": {"Key": KEY}})

    text = snapshots.snapshot_file("Dev/Network").read_text(encoding="utf-8")
    assert text.splitlines()[3:6] == [
        '      "Properties": {',
        '        "Description": "ASSET_HASH"',
        "      },",
    ]
    frozen = json.loads(snapshots.frozen_file("Dev").read_text(encoding="utf-8"))
    assert frozen["stateful_resources"] == {"Network": {"Key": "AWS::KMS::Key"}}


def test_a_lost_id_is_not_accepted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The template is; the list keeps the id."""
    written(project, capsys, {"Dev/Network": {"Key": KEY}})
    printed = written(project, capsys, {"Dev/Network": {}})

    assert printed == "written environments/snapshots/Dev/Network.json\n"


def test_what_cannot_be_synthesized_is_left_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The app says why."""

    def refuse(_: Path) -> None:
        raise ValueError("The environments have 1 problem.")

    monkeypatch.setattr(write_snapshots, "synthesize", refuse)
    assert main([]) == 1
    assert capsys.readouterr().err == "The environments have 1 problem.\n"
    assert not (project / "environments").exists()


def test_it_takes_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever names one stage would get all of them."""
    with pytest.raises(SystemExit):
        main(["Dev"])
    assert "unrecognized arguments: Dev" in capsys.readouterr().err
