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
from contextlib import suppress
from pathlib import Path

from assembly import kept
from assembly.synthesis import run
from commands import start, write

ROOT = Path(__file__).parents[1]
OUTPUT, NOTE = "cdk.out", "synth.json"
CDK = ("cdk", "synth", "--quiet")

NO_SOURCE = frozenset(
    {".git", ".venv", "node_modules", OUTPUT}
    | {"bench.out", "plan.out", "review.out", ".review-cache", ".local-aws", "htmlcov"}
    | {".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".coverage"}
)
"""What no synth reads of the project's own folder: what programs write."""


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
        if path.is_symlink():
            found.update(os.fsencode(path.readlink()))
        if path.is_file():
            with path.open("rb") as content:
                found.update(hashlib.file_digest(content, "sha256").digest())
    return found.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    """Yield all files, and the links to folders, which are followed once."""
    seen = set[Path]()
    for place, inside, names in os.walk(root, followlinks=True):
        real = Path(place).resolve()
        again = real in seen
        seen.add(real)
        left_out = {"__pycache__", *(NO_SOURCE if Path(place) == root else ())}
        inside[:] = [name for name in inside if name not in left_out and not again]
        yield from (each for name in inside if (each := Path(place, name)).is_symlink())
        yield from (Path(place, name) for name in names if name not in left_out)


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
    elsewhere = any(word.startswith(("-o", "--output")) for word in words)
    # What --ci changes is where the CLI writes what it says.
    asked = [word for word in words if word != "--ci"]
    output, note = root / OUTPUT, root / OUTPUT / NOTE
    digest = "" if elsewhere else digest_of(asked, root)
    last = _noted(note)
    if digest and last.get("digest") == digest and last.get("output") == _of_folder(output):
        sys.stderr.write(last["told"])
        print(f"Nothing has changed since the last synth. To have one: rm -r {OUTPUT}\n")
        return 0
    with suppress(OSError):
        note.unlink()
    program = shutil.which(words[0]) or words[0]
    try:
        with subprocess.Popen([program, *words[1:]], cwd=root, stderr=subprocess.PIPE) as process:  # noqa: S603
            told = "".join(_passed_on(process))
    except KeyboardInterrupt:
        return 130
    # Who saves a file meanwhile has neither what was before nor what is now.
    if process.returncode == 0 and digest and digest == digest_of(asked, root):
        new = {"digest": digest, "output": _of_folder(output), "told": told}
        write(output, {NOTE: json.dumps(new)})
    return process.returncode


def _noted(note: Path) -> dict[str, str]:
    """Return what the last synth left; nothing where nobody can read it."""
    try:
        found = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and {*found} >= {"digest", "output", "told"} else {}


def _passed_on(process: subprocess.Popen[bytes]) -> Iterator[str]:
    for line in process.stderr or ():
        text = line.decode(errors="replace")
        sys.stderr.write(text)
        sys.stderr.flush()
        yield text


if __name__ == "__main__":
    start(main)
