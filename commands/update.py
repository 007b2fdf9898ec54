"""`make update UPSTREAM=v0.2.0`: merge a release, and keep what the team owns as the team has it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from assembly.synthesis import ROOT, run

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

    def git(*command: str, wrong: str = "") -> str:
        result = run("git", *command, cwd=repository)
        if result.returncode and wrong:
            raise UpdateError(f"{wrong}\n{(result.stderr or result.stdout).strip()}".rstrip())
        return result.stdout.strip()

    def lines(*command: str) -> list[str]:
        return [line for line in git(*command).split("\0") if line]

    if git("status", "--porcelain", "--untracked-files=no"):
        raise UpdateError("Commit or stash your changes first: the merge must not mix with them.")
    base = git("merge-base", "HEAD", release, wrong=f"git doesn't know {release}: fetch it first.")
    if base == git("rev-parse", f"{release}^{{commit}}"):
        return f"You have {release} already."
    git("merge", "--no-commit", "--no-ff", release)
    git("rev-parse", "MERGE_HEAD", wrong="git can't merge; `git status` says what is in the way.")
    # The environments, and each workload that the team changed or removed.
    changed = lines("diff", "-z", "--name-only", "--no-renames", base, "HEAD", "--", "workloads")
    for path in ("environments", *sorted({"/".join(path.split("/")[:2]) for path in changed})):
        mine = lines("ls-tree", "-r", "-z", "--name-only", "HEAD", "--", path)
        if theirs := {*lines("ls-files", "-z", "--", path)} - {*mine}:
            git("rm", "-f", "--quiet", "--", *theirs, wrong=f"git can't remove {path}.")
        if mine:
            git("checkout", "--quiet", "HEAD", "--", path, wrong=f"git can't keep your {path}.")
    after = "`make snapshots`, `git diff HEAD -- environments`, `make check`, `git commit`"
    unmerged = lines("diff", "-z", "--name-only", "--diff-filter=U")
    if unmerged:
        told = "".join(
            f"\n  {path}: {next(text for start, text in ADVICE if path.startswith(start))}"
            for path in dict.fromkeys(unmerged)
        )
        undo = "To undo the merge: `git merge --abort`."
        raise UpdateError(f"git asks you about:{told}\nThen `git add` them, {after}. {undo}")
    return f"Merged {release}, not committed yet. What you own is as you had it.\nNext: {after}"


if __name__ == "__main__":
    sys.exit(main())
