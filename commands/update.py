"""`make update UPSTREAM=v0.2.0`: merge a release, and keep what the team owns as the team has it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from assembly.synthesis import ROOT, run
from commands import start

ADVICE = (
    (("requirements", "package"), "take theirs, add your package, run `make lock`"),
    (".github/", "keep yours, and read what changed"),
    ("", "you changed the project itself: merge both by hand, and propose your change upstream"),
)


class UpdateError(Exception):
    """The merge can't begin, or git asks for a decision."""


def main(arguments: Sequence[str] | None = None, repository: Path = ROOT) -> int:
    """Merge without a commit, and say what is next."""
    parser = argparse.ArgumentParser(prog="python -m commands.update", description=__doc__)
    parser.add_argument("release", help="a tag, branch or commit that is fetched")
    release = parser.parse_args(arguments).release
    try:
        print(update(release, repository))
    except UpdateError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def update(release: str, repository: Path) -> str:
    """Merge a release; return what to do next, or raise `UpdateError` with what to decide first."""
    git = Git(repository)
    pending = ("rev-parse", "--quiet", "--verify", "MERGE_HEAD")
    if git("status", "--porcelain", "--untracked-files=no"):
        raise UpdateError("Commit or stash your changes first: the merge must not mix with them.")
    if git(*pending):
        raise UpdateError("A merge is not finished: `git commit` it, or `git merge --abort`.")
    known = ("rev-parse", "--quiet", "--verify", "--end-of-options", f"{release}^{{commit}}")
    commit = git(*known, wrong=f"git doesn't know {release}: fetch it first.")
    alone = f"{release} and HEAD have no common commit: `git fetch --unshallow` gets the history."
    base = git("merge-base", "HEAD", commit, wrong=alone)
    if base == commit:
        return f"You have {release} already."
    merge = run("git", "merge", "--no-commit", "--no-ff", commit, cwd=repository)
    if git(*pending) != commit:
        raise UpdateError(f"git can't merge {release}:\n{merge.stderr or merge.stdout}".rstrip())
    _keep_what_is_theirs(git, base)
    after = "`git diff HEAD -- environments`, `make check`, `git commit`"
    if unmerged := git.lines("diff", "-z", "--name-only", "--diff-filter=U"):
        told = "".join(
            f"\n  {path}: {next(text for start, text in ADVICE if path.startswith(start))}"
            for path in dict.fromkeys(unmerged)
        )
        undo = "To undo the merge: `git merge --abort`."
        raise UpdateError(
            f"git asks you about:{told}\nThen `git add` them, `make snapshots`, {after}. {undo}"
        )
    return f"Merged {release}, not committed yet. What you own is as you had it.\nThen: {after}"


def _keep_what_is_theirs(git: Git, base: str) -> None:
    """Restore the environments, and each workload that the team changed or removed."""
    changed = git.lines(
        "diff", "-z", "--name-only", "--no-renames", base, "HEAD", "--", "workloads"
    )
    for path in ("environments", *sorted({"/".join(path.split("/")[:2]) for path in changed})):
        mine = git.lines("ls-tree", "-r", "-z", "--name-only", "HEAD", "--", path)
        if theirs := {*git.lines("ls-files", "-z", "--", path)} - {*mine}:
            git("rm", "-f", "--quiet", "--", *theirs, wrong=f"git can't remove {path}.")
        if mine:
            git("checkout", "--quiet", "HEAD", "--", path, wrong=f"git can't keep your {path}.")


class Git:
    """Runs git in a repository."""

    def __init__(self, repository: Path) -> None:
        """Take the repository."""
        self._repository = repository

    def __call__(self, *command: str, wrong: str = "") -> str:
        """Return what git prints; raises `UpdateError` with `wrong` if it fails."""
        result = run("git", *command, cwd=self._repository)
        if result.returncode and wrong:
            raise UpdateError(f"{wrong}\n{(result.stderr or result.stdout).strip()}".rstrip())
        return result.stdout.strip()

    def lines(self, *command: str) -> list[str]:
        """Return what git prints between zero bytes."""
        return [line for line in self(*command).split("\0") if line]


if __name__ == "__main__":
    start(main)
