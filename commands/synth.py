"""Synthesize by the CDK CLI, unless nothing has changed since it last did that well.

`python -m commands.synth '**' ARGUMENTS`: what follows goes to `cdk synth --quiet`. A deploy always
synthesizes: own code may read what lies outside of the project.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from assembly import kept
from assembly.synthesis import run
from commands import start

ROOT = Path(__file__).parents[1]
OUTPUT, NOTE = "cdk.out", "synth.json"
CDK = ("cdk", "synth", "--quiet")

NO_SOURCE = frozenset(
    {".git", ".venv", "node_modules", "__pycache__", OUTPUT}
    | {"bench.out", "plan.out", "review.out", ".review-cache", ".local-aws", "htmlcov"}
    | {".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".coverage"}
)
"""What no synth reads: what programs write."""


def digest_of(words: Sequence[str], root: Path) -> str:
    """Return what a synth depends on as one text: too much rather than too little.

    The command, each file of the project, what is installed, the variables, the day, the settings of
    the CDK CLI, and git's commits: the guardrails compare with one, and a message may accept a loss.
    """
    found = hashlib.sha256()
    git = (("for-each-ref", "--format=%(objectname) %(refname)"), ("rev-parse", "HEAD"))
    told = (run("git", *command, cwd=root).stdout for command in git)
    outside = map(_of_file, (root / "node_modules/.installed", Path.home() / ".cdk.json"))
    base = os.environ.get("BASE", "")
    for part in (*words, str(root), base, *kept.surroundings(), *told, *outside):
        found.update(f"{part}\0".encode(errors="surrogateescape"))
    for path in sorted(_files(root)):
        found.update(f"{path.relative_to(root)}\0".encode(errors="surrogateescape"))
        found.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"")
    return found.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    seen = set[Path]()
    for place, inside, names in os.walk(folder, followlinks=True):
        real = Path(place).resolve()
        again = real in seen  # a link to a folder above it
        seen.add(real)
        inside[:] = [name for name in inside if name not in NO_SOURCE and not again]
        yield from (Path(place, name) for name in names if name not in NO_SOURCE)


def _of_file(path: Path) -> str:
    if not path.exists():
        return ""
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _of_folder(folder: Path) -> str:
    """Return what tells whether somebody has written into a folder since."""
    files = sorted(path for path in folder.rglob("*") if path.name != NOTE and path.is_file())
    told = "".join(f"{path.relative_to(folder)} {_of_file(path)}\n" for path in files)
    return hashlib.sha256(told.encode()).hexdigest()


def main(
    arguments: Sequence[str] | None = None, root: Path = ROOT, cdk: Sequence[str] = CDK
) -> int:
    """Synthesize, or say that it isn't needed; what the last synth warned of is said again."""
    words = [*cdk, *(sys.argv[1:] if arguments is None else arguments)]
    output, note = root / OUTPUT, root / OUTPUT / NOTE
    digest = digest_of(words, root)
    last = json.loads(note.read_text("utf-8")) if note.is_file() else {}
    if last.get("digest") == digest and last["output"] == _of_folder(output):
        sys.stderr.write(last["told"])
        print(f"Nothing has changed since the last synth. To have one: rm -r {OUTPUT}\n")
        return 0
    note.unlink(missing_ok=True)
    program = shutil.which(words[0]) or words[0]
    with subprocess.Popen([program, *words[1:]], cwd=root, stderr=subprocess.PIPE) as process:  # noqa: S603
        told = "".join(_passed_on(process))
    if process.returncode == 0:
        new = {"digest": digest, "output": _of_folder(output), "told": told}
        note.write_text(json.dumps(new), encoding="utf-8")
    return process.returncode


def _passed_on(process: subprocess.Popen[bytes]) -> Iterator[str]:
    for line in process.stderr or ():
        text = line.decode(errors="replace")
        sys.stderr.write(text)
        sys.stderr.flush()
        yield text


if __name__ == "__main__":
    start(main)
