"""Another state of the code, synthesized beside the working tree.

The commit is checked out into a git worktree of its own, for a moment, and its app.py runs in this
virtual environment. So a change of what is installed shows on neither side; the workflow on GitHub
installs each side's own requirements.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assembly.synthesis import ROOT, synthesize


def synthesize_commit(commit: str, directory: Path, *, repository: Path = ROOT) -> None:
    """Synthesize a commit into a folder; raises `ValueError` where git or the app refuses."""
    with _worktree(commit, repository) as checkout:
        try:
            synthesize(directory, checkout=checkout)
        except ValueError as error:
            raise ValueError(f"{commit} can't be synthesized:\n{error}") from error


@contextmanager
def _worktree(commit: str, repository: Path) -> Iterator[Path]:
    git = ["git", "-C", str(repository)]
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "base"
        _run(
            [*git, "worktree", "add", "--quiet", "--detach", str(checkout), commit],
            f"git doesn't know {commit!r}; name a branch, a tag or a commit that is fetched",
        )
        try:
            yield checkout
        finally:
            _run(
                [*git, "worktree", "remove", "--force", str(checkout)],
                "the worktree stays; remove it by `git worktree prune`",
            )


def _run(command: Sequence[str], wrong: str) -> None:
    result = subprocess.run(  # noqa: S603  # git
        command, capture_output=True, text=True, check=False, timeout=300
    )
    if result.returncode:
        raise ValueError(f"{wrong}:\n{(result.stderr or result.stdout).strip()}")
