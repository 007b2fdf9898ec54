"""Run app.py without the CDK CLI: no prompts, no output, and half the time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assembly import kept

ROOT = Path(__file__).parents[1]
NOT_FOUND = 127
KEPT = ".review-cache"
"""The folder of a repository that keeps assemblies of commits; git ignores it."""


def run(
    *command: str, cwd: Path | None = None, timeout: int = 300, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a program and return its exit code and output; one that isn't there fails, as in a shell."""
    try:
        return subprocess.run(  # noqa: S603  # the callers choose from their own
            command,
            cwd=cwd,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, NOT_FOUND, "", str(error))


def context(checkout: Path = ROOT) -> dict[str, Any]:
    """Return the context that the CDK CLI hands to the app: that of its files, and two of its own."""
    settings = json.loads((checkout / "cdk.json").read_text(encoding="utf-8"))
    looked_up = checkout / "cdk.context.json"
    return {
        **(json.loads(looked_up.read_text(encoding="utf-8")) if looked_up.is_file() else {}),
        **settings.get("context", {}),
        "aws:cdk:enable-path-metadata": True,
        "aws:cdk:enable-asset-metadata": True,
    }


def synthesize(directory: Path, *, checkout: Path = ROOT) -> None:
    """Synthesize the environments of a checkout into a folder.

    Raises `ValueError` with what app.py says where it refuses.
    """
    result = run(
        *(sys.executable, "app.py"),
        cwd=checkout,
        AWS_EC2_METADATA_DISABLED="true",
        CDK_CONTEXT_JSON=json.dumps(context(checkout)),
        CDK_OUTDIR=str(directory.resolve()),
    )
    if result.returncode:
        raise ValueError((result.stderr or result.stdout).strip())


def synthesize_commit(
    commit: str, directory: Path, *, repository: Path = ROOT, own: Sequence[str] = ()
) -> bool:
    """Synthesize a commit into a new folder, or take what was kept of an earlier time.

    Returns whether it was kept, and raises `ValueError` where git or the app refuses. The folders
    in `own` are taken from the repository as it is, in place of the commit's.
    """
    found = _git(
        *("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"),
        repository=repository,
        wrong=f"git can't find {commit!r}; use a branch, tag or commit that has been fetched",
    )
    key = kept.key_of(found, repository, own)

    def make(target: Path) -> None:
        try:
            _synthesize_checkout(found, target, repository, own)
        except (ValueError, OSError) as error:
            raise ValueError(f"{commit} can't be synthesized:\n{error}") from error

    return kept.put(repository / KEPT, key, directory, make)


def _synthesize_checkout(
    commit: str, directory: Path, repository: Path, own: Sequence[str]
) -> None:
    """Check a commit out into a git worktree of its own, for a moment, and synthesize it.

    Its app.py runs in this virtual environment. So a change of what is installed shows on neither
    side; the workflow on GitHub installs each side's own requirements.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "base"
        wrong = "git can't tell where the project is"
        inside = _git("rev-parse", "--show-prefix", repository=repository, wrong=wrong)
        checkout = tree / inside
        _git(
            *("worktree", "add", "--quiet", "--detach", str(tree), commit),
            repository=repository,
            wrong="git can't check it out",
        )
        try:
            for name in own:
                shutil.rmtree(checkout / name, ignore_errors=True)
                if (repository / name).exists():
                    shutil.copytree(
                        repository / name,
                        checkout / name,
                        ignore=shutil.ignore_patterns(kept.CACHES),
                        ignore_dangling_symlinks=True,
                    )
            synthesize(directory, checkout=checkout)
        finally:
            _git(
                *("worktree", "remove", "--force", str(tree)),
                repository=repository,
                wrong="the worktree was not removed; run `git worktree prune`",
            )


def _git(*arguments: str, repository: Path, wrong: str) -> str:
    result = run("git", *arguments, cwd=repository)
    if result.returncode:
        raise ValueError(f"{wrong}:\n{(result.stderr or result.stdout).strip()}".rstrip(":\n"))
    return result.stdout.strip()
