"""Another state of the code is synthesized beside the working tree, which stays as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from assembly.synthesis import synthesize_commit
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


def test_an_unknown_commit_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message says what may be named."""
    assert main(["no-such-branch", str(tmp_path / "out")]) == 2
    assert "use a branch, tag or commit that has been fetched" in capsys.readouterr().err
