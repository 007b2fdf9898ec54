"""What a synth depends on, and what it wrote, as digests."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from assembly import kept
from assembly.synthesis import run

OUTPUT, NOTE = "cdk.out", "synth.json"
PACKAGE = "environments"
NO_SOURCE = frozenset(
    {".git", ".venv", "node_modules", OUTPUT}
    | {"bench.out", "plan.out", "review.out", ".review-cache", ".local-aws", "htmlcov"}
    | {".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".coverage"}
)
"""What no synth reads of the project's own folder: what programs write."""
IMPORT = re.compile(rf"^\s*(?:from\s+|import\s+(?:.*,\s*)?)(?:{PACKAGE}\b|\.)", re.MULTILINE)


def digests_of(words: Sequence[str], root: Path) -> tuple[str, str]:
    """Return what a synth depends on, and that without the files of single environments, each as one text.

    The command, each file of the project, what is installed, the variables, the day, the settings of
    the CDK CLI, and git's commits: the guardrails compare with one, and a message may accept a loss.
    It is too much rather than too little.
    """
    found = hashlib.sha256()
    git = (("for-each-ref", "--format=%(objectname) %(refname)"), ("rev-parse", "HEAD"))
    told = (run("git", *command, cwd=root).stdout for command in git)
    outside = map(of_file, (root / "node_modules/.installed", Path.home() / ".cdk.json"))
    base = os.environ.get("BASE", "")
    for each in (*words, str(root), base, *kept.surroundings(), *told, *outside):
        found.update(f"{each}\0".encode(errors="surrogateescape"))
    rest, single, shared = found.copy(), dict[str, bytes](), set[str]()
    for path in sorted(files_of(root)):
        part = content_of(path, root)
        found.update(part)
        if path.parent == root / PACKAGE and path.suffix == ".py" and path.name[0] != "_":
            single[path.stem] = part
        else:
            rest.update(part)
        shared |= _named(path, root)
    for name in sorted(single.keys() & shared):
        # What another file imports decides more than its own environment.
        rest.update(single[name])
    return found.hexdigest(), rest.hexdigest()


def content_of(path: Path, root: Path) -> bytes:
    """Return what tells a file's name and content, or where a link points, from any other."""
    part = f"{path.relative_to(root)}\0".encode(errors="surrogateescape")
    if path.is_symlink():
        part += os.fsencode(path.readlink())
    if path.is_file():
        with path.open("rb") as content:
            part += hashlib.file_digest(content, "sha256").digest()
    return part


def files_of(root: Path) -> Iterator[Path]:
    """Yield all files of a project, and the links to folders, which are followed once."""
    seen = set[Path]()
    for place, inside, names in os.walk(root, followlinks=True):
        real = Path(place).resolve()
        again = real in seen
        seen.add(real)
        left_out = {"__pycache__", *(NO_SOURCE if Path(place) == root else ())}
        inside[:] = [name for name in inside if name not in left_out and not again]
        yield from (each for name in inside if (each := Path(place, name)).is_symlink())
        yield from (Path(place, name) for name in names if name not in left_out)


def _named(path: Path, root: Path) -> set[str]:
    """Return the words of a module that imports environments; it may use what they name."""
    if path.suffix != ".py" or not path.is_file() or "tests" in path.relative_to(root).parts:
        return set()
    text = path.read_text(encoding="utf-8", errors="replace")
    return {*re.findall(r"\w+", text)} - {path.stem} if IMPORT.search(text) else set()


def of_file(path: Path) -> str:
    """Return what tells whether somebody has written a file since."""
    if not path.exists():
        return ""
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def of_folder(folder: Path) -> str:
    """Return what tells whether somebody has written into a folder since."""
    files = sorted(path for path in folder.rglob("*") if path.name != NOTE and path.is_file())
    told = "".join(f"{path.relative_to(folder)} {of_file(path)}\n" for path in files)
    return hashlib.sha256(told.encode()).hexdigest()
