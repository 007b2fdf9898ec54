"""Another state of the code is synthesized beside the working tree, which stays as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from assembly import kept
from assembly.synthesis import KEPT, synthesize_commit
from commands.review_base import main
from tests.unit.review.test_consents import git

APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir()
(out / "context").write_text(os.environ["CDK_CONTEXT_JSON"])
(out / "which").write_text("WHICH")
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with an app whose second commit differs from its first."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "cdk.json").write_text('{"context": {"flag": true}}')
    for which in ("first", "second"):
        (folder / "app.py").write_text(APP.replace("WHICH", which))
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", which)
    return folder


def test_a_commit_is_synthesized(repository: Path, tmp_path: Path) -> None:
    """With the context that the CDK CLI would hand to it, and nothing is left behind."""
    synthesize_commit("HEAD~1", tmp_path / "out", repository=repository)

    assert (tmp_path / "out/which").read_text() == "first"
    assert '"flag": true' in (tmp_path / "out/context").read_text()
    assert '"aws:cdk:enable-path-metadata": true' in (tmp_path / "out/context").read_text()
    worktrees = subprocess.check_output(  # noqa: S603  # git
        ["git", "-C", str(repository), "worktree", "list"],  # noqa: S607  # git as it is
        text=True,
    )
    assert worktrees.count("\n") == 1


def test_an_app_that_fails_says_why(repository: Path, tmp_path: Path) -> None:
    """A base that can't be synthesized has no review."""
    (repository / "app.py").write_text("raise SystemExit('no such zone')")
    git(repository, "commit", "--quiet", "--all", "--message", "broken")

    with pytest.raises(ValueError, match="HEAD can't be synthesized:\nno such zone"):
        synthesize_commit("HEAD", tmp_path / "out", repository=repository)


def test_a_commit_without_an_app_has_none(repository: Path, tmp_path: Path) -> None:
    """The first commit of a repository often is its README."""
    git(repository, "rm", "--quiet", "cdk.json")
    git(repository, "commit", "--quiet", "--message", "none")
    with pytest.raises(ValueError, match=r"HEAD can't be synthesized:\n.*cdk\.json"):
        synthesize_commit("HEAD", tmp_path / "out", repository=repository)


def test_the_project_may_be_a_folder_of_the_repository(repository: Path, tmp_path: Path) -> None:
    folder = repository / "platform"
    shutil.copytree(repository, folder, ignore=shutil.ignore_patterns(".git"))
    (folder / "app.py").write_text(APP.replace("WHICH", "inner"))
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "moved")
    synthesize_commit("HEAD", tmp_path / "out", repository=folder, own=["workloads"])
    assert (tmp_path / "out/which").read_text() == "inner"


def test_an_unknown_commit_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message says what may be named."""
    assert main(["no-such-branch", str(tmp_path / "out")]) == 2
    assert "use a branch, tag or commit that has been fetched" in capsys.readouterr().err


def again(repository: Path, out: Path, commit: str = "HEAD") -> bool:
    """Synthesize into a new folder; tell whether it was kept, after a look at what it is."""
    shutil.rmtree(out, ignore_errors=True)
    found = synthesize_commit(commit, out, repository=repository, own=["environments"])
    assert (out / "which").read_text() == {"HEAD": "second", "HEAD~1": "first"}[commit]
    return found


@pytest.fixture
def own(repository: Path) -> Path:
    """Return a folder that is taken from the working tree instead of the commit."""
    folder = repository / "environments"
    folder.mkdir()
    (folder / "prod.py").write_text("nodes = 3")
    shared = repository.with_name("shared")
    shared.mkdir()
    (folder / "shared").symlink_to(shared)
    (folder / "common.py").symlink_to(repository.with_name("common.py"))
    for file in (shared / "sizes.py", folder / "common.py"):
        file.write_text("nodes = 3")
    # Emacs locks a file with a link to nothing.
    (folder / ".#prod.py").symlink_to("somebody@host.1")
    return folder


def test_the_same_commit_is_synthesized_once(repository: Path, own: Path, tmp_path: Path) -> None:
    """A terminal that is new, or what Python cached, is no other input; a second commit is."""
    assert not again(repository, tmp_path / "out")
    (own / "__pycache__").mkdir()
    (own / "__pycache__/prod.pyc").write_text("")
    with pytest.MonkeyPatch.context() as terminal:
        terminal.setenv("SHLVL", "7")
        terminal.setenv("BASE", "main")
        terminal.setenv("KUBERNETES", "envtest")
        assert again(repository, tmp_path / "out")
    assert not again(repository, tmp_path / "out", "HEAD~1")
    assert again(repository, tmp_path / "out")
    (tmp_path / "empty").mkdir()
    assert synthesize_commit(
        "HEAD", tmp_path / "empty", repository=repository, own=["environments"]
    )


LATER = SimpleNamespace(now=lambda *, tz: datetime(2099, 1, 1, tzinfo=tz))


def installed(repository: Path, patch: pytest.MonkeyPatch) -> None:
    """Install one thing more."""
    place = repository.with_name("packages")
    (place / "more-1.0.dist-info").mkdir(parents=True)
    patch.setattr(sys, "path", [*sys.path, str(place)])


def written(name: str, text: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    """Return what writes a file of the repository; `*` in its name stands for the kept one's key."""

    def write(repository: Path, _: pytest.MonkeyPatch) -> None:
        *above, last = name.split("/")
        (folder,) = repository.glob("/".join(above)) if above else (repository,)
        (folder / last).write_text(text)

    return write


@pytest.mark.parametrize(
    "change",
    [
        written("environments/prod.py", "nodes = 4"),
        written("requirements.txt", "aws-cdk-lib==2.1.0"),
        lambda repository, _: (repository / "environments/prod.py").chmod(0o755),
        lambda repository, _: (repository.with_name("shared") / "sizes.py").write_text("nodes = 4"),
        lambda repository, _: (repository.with_name("common.py")).write_text("nodes = 4"),
        installed,
        lambda _, patch: patch.setattr(sys, "version", "3.99"),
        lambda repository, patch: patch.setattr(kept, "__file__", repository / "environments/a.py"),
        lambda _, patch: patch.setenv("ACCOUNT", "111122223333"),
        lambda _, patch: patch.setattr(kept, "datetime", LATER),
        written(f"{KEPT}/*/assembly/which", "half of it"),
        written(f"{KEPT}/*/assembly/more", ""),
        written(f"{KEPT}/*/digest", ""),
    ],
    ids=[
        *(
            "own",
            "lock",
            "mode",
            "linked folder",
            "linked file",
            "installed",
            "Python",
            "programs",
            "variable",
            "day",
        ),
        *("broken", "added to", "half written"),
    ],
)
def test_what_may_be_another_assembly_is_synthesized(
    change: Callable[[Path, pytest.MonkeyPatch], None],
    repository: Path,
    own: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever decides its content, and a kept one that isn't as it was; then that is kept."""
    assert own.exists()
    assert not again(repository, tmp_path / "out")
    change(repository, monkeypatch)

    assert not again(repository, tmp_path / "out")
    assert again(repository, tmp_path / "out")


def test_a_few_are_kept(
    repository: Path, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was used longest ago is deleted first, and nothing is left half written."""
    assert own.exists()
    monkeypatch.setattr(kept, "MOST", 2)

    used = [again(repository, tmp_path / "out", each) for each in ("HEAD", "HEAD~1", "HEAD")]
    (own / "prod.py").write_text("nodes = 4")
    used += [again(repository, tmp_path / "out")]

    assert used == [False, False, True, False]
    assert len([*(repository / KEPT).iterdir()]) == 2
    (own / "prod.py").write_text("nodes = 3")
    assert again(repository, tmp_path / "out")


def test_what_cannot_be_kept_is_still_synthesized(
    repository: Path, own: Path, tmp_path: Path
) -> None:
    """A review doesn't need it, and never writes into a folder with files."""
    assert own.exists()
    (repository / KEPT).write_text("no folder")

    assert not again(repository, tmp_path / "out")
    with pytest.raises(ValueError, match="has files"):
        synthesize_commit("HEAD", tmp_path / "out", repository=repository)
    assert (tmp_path / "out/which").exists()
