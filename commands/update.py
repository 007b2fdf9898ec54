"""`python -m commands.update v0.2.0`: merge a release, and keep the team's own files."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from assembly.synthesis import ROOT

ENVIRONMENTS, WORKLOADS = "environments", "workloads"


def main(arguments: Sequence[str] | None = None, *, root: Path = ROOT) -> int:
    """Merge without a commit; return 1 if a person must resolve conflicts."""
    parser = argparse.ArgumentParser(prog="python -m commands.update", description=__doc__)
    parser.add_argument("release", help="a tag or branch, such as v0.2.0 or upstream/main")
    release = parser.parse_args(arguments).release
    if git(root, "status", "--porcelain", "--untracked-files=no"):
        return _said("There are uncommitted changes: commit or stash them first.")
    merge = _run(root, "merge", "--no-commit", "--no-ff", "--end-of-options", release)
    if not (root / git(root, "rev-parse", "--git-path", "MERGE_HEAD").strip()).exists():
        text = (merge.stdout + merge.stderr).strip()
        print(text, file=sys.stderr)
        return merge.returncode and 1
    _restore(root, [*_lines(root, "diff", "--name-only", "HEAD", "--", ENVIRONMENTS)])
    _restore(root, [*_workloads(root)])
    conflicts = [*_lines(root, "diff", "--name-only", "--diff-filter=U")]
    if conflicts:
        listing = "".join(f"  {path}\n" for path in conflicts)
        return _said(
            f"Both you and {release} changed:\n{listing}Resolve them (see docs/update.md), `git add` them, "
            "then run `make snapshots` and `git commit`. To undo the merge: `git merge --abort`."
        )
    print(f"Merged {release} without committing. {ENVIRONMENTS}/ is unchanged.")
    return 0


def _workloads(root: Path) -> Iterator[str]:
    """Yield what the merge must not change there: conflicts, and files in folders the team lacks."""
    folders = {*_lines(root, "ls-tree", "--name-only", "HEAD", f"{WORKLOADS}/")}
    for path in _lines(root, "diff", "--name-only", "HEAD", "--", WORKLOADS):
        if "/".join(path.split("/")[:2]) not in folders:
            yield path
    yield from _lines(root, "diff", "--name-only", "--diff-filter=U", "--", WORKLOADS)


def _restore(root: Path, paths: Sequence[str]) -> None:
    """Restore files from before the merge, and delete those that the team doesn't have."""
    if not paths:
        return
    git(root, "reset", "--quiet", "HEAD", "--", *paths)
    had = _lines(root, "ls-tree", "-r", "--name-only", "HEAD", "--", *paths)
    if had:
        git(root, "checkout", "HEAD", "--", *had)
    for path in {*paths} - {*had}:
        (root / path).unlink(missing_ok=True)
        with suppress(OSError):  # it isn't empty, or no longer exists
            (root / path).parent.rmdir()


def _lines(root: Path, *arguments: str) -> list[str]:
    return git(root, "-c", "core.quotePath=false", *arguments).splitlines()


def git(root: Path, *arguments: str) -> str:
    """Return what git prints; raises `CalledProcessError` if it fails."""
    done = _run(root, *arguments)
    done.check_returncode()
    return done.stdout


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # git, with the user's arguments
        ["git", *arguments],  # noqa: S607  # git from the PATH
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def _said(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
