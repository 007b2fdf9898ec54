"""`make update UPSTREAM=v0.2.0`: merge a release, and keep what the team owns as the team has it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assembly.synthesis import ROOT, run
from commands import start

ADVICE = (
    (("requirements", "package"), "take theirs, add your package, run `make lock`"),
    (".github/", "keep yours, and read what changed"),
    ("", "you changed the project itself: merge both by hand, and propose your change upstream"),
)

MOVED = "your {}, whose folder the release renamed: keep it here, or move it to where it belongs"
OWNED = ("environments/", "workloads/")


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
    if in_the_way := _in_the_way(git, repository, base, commit):
        raise UpdateError(
            f"{release} has files where you have some that git doesn't track:"
            + "".join(f"\n  {path}" for path in in_the_way)
            + "\nMove or delete yours first: git would overwrite those that .gitignore covers."
        )
    # Without a question git would move your files along with a folder that the release renames.
    merging = ("-c", "merge.directoryRenames=conflict", "merge", "--no-commit", "--no-ff")
    merge = run("git", *merging, commit, cwd=repository)
    if git(*pending) != commit:
        raise UpdateError(f"git can't merge {release}:\n{merge.stderr or merge.stdout}".rstrip())
    moved = _moved(git)
    _keep_what_is_theirs(git, base, commit, moved)
    after = "`git diff HEAD -- environments`, `make check`, `git commit`"
    if unmerged := git.lines("diff", "-z", "--name-only", "--diff-filter=U"):
        told = "".join(
            f"\n  {path}: {MOVED.format(moved[path]) if path in moved else _advice(path)}"
            for path in dict.fromkeys(unmerged)
        )
        undo = "To undo the merge: `git merge --abort`."
        raise UpdateError(
            f"git asks you about:{told}\nThen `git add` them, `make snapshots`, {after}. {undo}"
        )
    return f"Merged {release}, not committed yet. What you own is as you had it.\nThen: {after}"


def _advice(path: str) -> str:
    return next(text for start, text in ADVICE if path.startswith(start))


def _in_the_way(git: Git, repository: Path, base: str, commit: str) -> list[str]:
    """Return what git doesn't track and the release would write over."""
    tracked = {*git.lines("ls-files", "-z")}
    folders = {str(parent) for path in tracked for parent in Path(path).parents}
    added = git.lines(
        *("diff", "-z", "--name-only", "--no-renames", "--diff-filter=A", base, commit)
    )
    places = {
        place
        for path in added
        for place in (path, *map(str, Path(path).parents))
        if place not in tracked and place not in folders
    }
    return sorted(
        place
        for place in places
        if os.path.lexists(repository / place)
        and (place in added or not (repository / place).is_dir())
    )


def _moved(git: Git) -> dict[str, str]:
    """Return the files that git moved along with a folder, each with its path before."""
    stages: dict[str, list[str]] = {}
    blobs: dict[str, str] = {}
    for line in git.lines("ls-files", "-u", "-z"):
        entry, _, path = line.partition("\t")
        _, blobs[path], stage = entry.split()
        stages.setdefault(path, []).append(stage)
    before: dict[str, str] = {}
    for line in git.lines("ls-tree", "-r", "-z", "HEAD"):
        entry, _, path = line.partition("\t")
        before.setdefault(entry.split()[-1], path)
    mine = {*before.values()}
    return {
        path: before[blobs[path]]
        for path, found in stages.items()
        if found == ["2"] and blobs[path] in before and path not in mine
    }


def _keep_what_is_theirs(git: Git, base: str, commit: str, moved: dict[str, str]) -> None:
    """Restore the environments, and each workload that the team changed or removed.

    A workload under another name is the release's own, without what the team did to the old one.
    """
    for path, before in moved.items():
        if before.startswith(OWNED):
            git("rm", "-f", "--quiet", "--", path, wrong=f"git can't remove {path}.")
    here = {*git.lines("ls-tree", "-z", "--name-only", "HEAD", "--", "workloads/")}
    for path in git.lines("ls-tree", "-z", "--name-only", commit, "--", "workloads/"):
        if path not in here and git.lines("ls-files", "-z", "--", path):
            git("checkout", "--quiet", commit, "--", path, wrong=f"git can't take {path}.")
    changed = git.lines(
        "diff", "-z", "--name-only", "--no-renames", base, "HEAD", "--", "workloads"
    )
    for path in ("environments", *sorted({"/".join(path.split("/")[:2]) for path in changed})):
        mine = git.lines("ls-tree", "-r", "-z", "--name-only", "HEAD", "--", path)
        if theirs := {*git.lines("ls-files", "-z", "--", path)} - {*mine}:
            git("rm", "-f", "--quiet", "--", *theirs, wrong=f"git can't remove {path}.")
        if mine:
            git("checkout", "--quiet", "HEAD", "--", path, wrong=f"git can't keep your {path}.")


@dataclass(frozen=True)
class Git:
    """Runs git in a repository."""

    repository: Path

    def __call__(self, *command: str, wrong: str = "") -> str:
        """Return what git prints; raises `UpdateError` with `wrong` if it fails."""
        result = run("git", *command, cwd=self.repository)
        if result.returncode and wrong:
            raise UpdateError(f"{wrong}\n{(result.stderr or result.stdout).strip()}".rstrip())
        return result.stdout.strip()

    def lines(self, *command: str) -> list[str]:
        """Return what git prints between zero bytes."""
        return [line for line in self(*command).split("\0") if line]


if __name__ == "__main__":
    start(main)
