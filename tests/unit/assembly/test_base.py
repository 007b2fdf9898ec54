from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest

from assembly import snapshots
from assembly.environment import Environment
from assembly.snapshots import UnknownBaseError, base_templates, since_base
from assembly.stack import Stack

STACK = "Dev/Network"
HASH = "a" * 64


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project, of which git knows nothing yet."""
    for name in ("BASE", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(snapshots, "ROOT", tmp_path)
    monkeypatch.setattr(snapshots, "FOLDER", tmp_path / "snapshots")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    """Run git as somebody."""
    somebody = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    subprocess.run(  # noqa: S603  # our own arguments
        ["git", *somebody, *arguments],  # noqa: S607  # the git of the machine
        cwd=folder,
        check=True,
        capture_output=True,
    )


def write(number: int) -> None:
    """Write a snapshot that can be told from others."""
    template = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"Number": number}}}}
    files = {
        snapshots.snapshot_file(STACK): template,
        snapshots.frozen_file("Dev"): {"region": "eu-west-1", "account": ""},
    }
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")


def commit(folder: Path, number: int) -> None:
    """Commit a snapshot."""
    write(number)
    git(folder, "add", ".")
    git(folder, "commit", "--message", f"Snapshot {number}")


@pytest.fixture
def branch(folder: Path) -> Path:
    """Return a project whose main has snapshot 1 and the checked-out branch 2; 3 is not committed."""
    git(folder, "init", "--initial-branch", "main")
    commit(folder, 1)
    git(folder, "checkout", "-b", "work")
    commit(folder, 2)
    write(3)
    return folder


def number() -> object:
    """Return which snapshot is the base."""
    return base_templates([STACK], snapshots.base())[STACK]["Resources"]["Key"]["Properties"][
        "Number"
    ]


@pytest.mark.usefixtures("branch")
def test_the_base_is_where_the_work_left_main() -> None:
    """The snapshots of the work itself are no base: they were updated together with the code."""
    assert number() == 1


@pytest.mark.usefixtures("branch")
def test_base_names_another_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull request into another branch, or the last commit alone, is compared with that."""
    monkeypatch.setenv("BASE", "HEAD")
    assert number() == 2


def test_a_project_may_be_a_folder_of_a_repository(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its base is the one there, and not nothing."""
    monkeypatch.setattr(snapshots, "ROOT", folder / "platform")
    monkeypatch.setattr(snapshots, "FOLDER", folder / "platform/snapshots")
    git(folder, "init", "--initial-branch", "main")
    commit(folder, 1)
    write(2)
    assert number() == 1


@pytest.mark.usefixtures("branch")
def test_an_unknown_base_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt branch must not mean that nothing is compared."""
    monkeypatch.setenv("BASE", "origin/mian")
    with pytest.raises(UnknownBaseError, match=r"BASE=origin/mian\. Fetch it"):
        snapshots.base()


def test_without_main_the_last_commit_is_the_base(branch: Path) -> None:
    """A shallow clone of one branch knows no other."""
    git(branch, "branch", "--delete", "--force", "main")
    assert number() == 2


@pytest.mark.usefixtures("folder")
def test_without_git_the_files_are_the_base() -> None:
    """An unpacked archive has nothing else."""
    write(3)
    assert snapshots.base() is None
    assert number() == 3


@pytest.mark.usefixtures("branch")
def test_a_stack_that_the_base_does_not_have_is_left_out() -> None:
    """All of a new stack is new."""
    assert base_templates(["Dev/Other"], snapshots.base()) == {}


@pytest.mark.usefixtures("branch")
def test_hashes_of_assets_are_no_change() -> None:
    """A snapshot masks them, so both sides do."""
    body = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": f"{HASH}.zip"}}
    template = {"Resources": {"Layer": body}}
    now = Environment(
        name="Dev",
        stacks={STACK: Stack(path=STACK, template=template, region="eu-west-1")},
        today=dt.date(2026, 11, 25),
    )

    step = since_base(now)

    assert step.stacks[STACK].template["Resources"]["Layer"]["Properties"] == {
        "Content": "ASSET_HASH.zip"
    }
    assert step.base is not None
    # A mapping by region has a value there, too.
    assert step.base.stacks[STACK].region == "eu-west-1"
    assert "Key" in step.base.stacks[STACK].template["Resources"]


@pytest.mark.usefixtures("branch")
@pytest.mark.parametrize(
    ("region", "account", "compared"),
    [
        ("eu-west-1", "", True),
        ("eu-west-1", "111122223333", True),
        ("", "", True),
        ("us-east-1", "", False),
    ],
)
def test_an_environment_that_moved_has_no_base(
    region: str, account: str, *, compared: bool
) -> None:
    """In another region all of it is new. Where a place isn't known, it is taken for the same."""
    stack = Stack(path=STACK, template={}, region=region, account=account)

    step = since_base(Environment(name="Dev", stacks={STACK: stack}))

    assert step.base is not None
    assert bool(step.base.stacks) is compared
