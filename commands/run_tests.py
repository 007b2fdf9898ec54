"""`make test`: run the tests; those of the project itself only where they haven't passed for these files.

They read no environment of a team (tests/contracts/test_import_directions.py), so after a change of
environments/ alone they would say the same again.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from assembly import kept
from assembly.synthesis import ROOT
from commands import start, write
from commands.synth_inputs import PACKAGE, content_of, files_of

FOLDER, NOTE = ".pytest_cache", "project-passed"
OURS = ("tests/unit", "tests/contracts", "tests/compliance", "workloads/sample_service/tests")
"""The tests of the project, which a team doesn't change; those that it adds elsewhere always run."""
READS_ALL = "test_import_directions.py"
"""The one of them that reads environments/, too."""
OPTIONS = "PYTEST_ADDOPTS"
CHOICES = ("THOROUGH", "CI", "KUBEBUILDER_ASSETS", OPTIONS)
"""Variables with which all tests run."""


def main(
    arguments: Sequence[str] | None = None, root: Path = ROOT, pytest: Sequence[str] = ("pytest",)
) -> int:
    """Run pytest with the options before `--`, and with those after it, which are a person's choice."""
    words = [*(sys.argv[1:] if arguments is None else arguments)]
    at = words.index("--") if "--" in words else len(words)
    usual, chosen = words[:at], words[at + 1 :]
    options = bool(chosen or os.environ.get(OPTIONS))
    all_wanted = options or any(os.environ.get(each) for each in CHOICES)
    now, note = _digest(root), root / FOLDER / NOTE
    when = "" if all_wanted else _passed(note, now)
    if when:
        print(
            f"The tests of the project passed for these files on {when}, so those of the environments run. "
            "THOROUGH=1 runs all.",
            flush=True,
        )
    elif not all_wanted:
        told = "All tests run: those of the project haven't passed for these files."
        print(told, flush=True)
    left_out = [word for path in _ours(root) for word in ("--ignore", path)] if when else []
    done = subprocess.run(  # noqa: S603  # pytest of this Python
        [sys.executable, "-m", *pytest, *usual, *chosen, *left_out], cwd=root, check=False
    )
    # Who saves a file meanwhile doesn't know which of both was tested.
    if done.returncode == 0 and not options and not when and now == _digest(root):
        write(root / FOLDER, {NOTE: f"{now} {datetime.now(UTC).date()}"})
    return done.returncode


def _digest(root: Path) -> str:
    """Return what the tests of the project depend on, as one text."""
    found = hashlib.sha256()
    for each in (str(root), *kept.installed()):
        found.update(f"{each}\0".encode(errors="surrogateescape"))
    for path in sorted(files_of(root)):
        if root / PACKAGE not in path.parents:
            found.update(content_of(path, root))
    return found.hexdigest()


def _passed(note: Path, digest: str) -> str:
    """Return the day on which the tests passed for a digest; empty where they didn't."""
    written = note.read_text(encoding="utf-8") if note.is_file() else ""
    before, _, day = written.partition(" ")
    return day if before == digest else ""


def _ours(root: Path) -> Iterator[str]:
    for folder in OURS:
        for path in sorted((root / folder).iterdir()) if (root / folder).is_dir() else ():
            if path.name not in (READS_ALL, "__pycache__"):
                yield str(path.relative_to(root))


if __name__ == "__main__":
    start(main)
