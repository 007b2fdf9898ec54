"""Assemblies that are kept, so that the same commit is not synthesized for every review."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

MOST = 5
"""As many are kept; each takes about 100 MB."""
CACHES = "__pycache__"
NO_INPUT = re.compile(
    r"_|SHLVL|(OLD)?PWD|WINDOWID|COLUMNS|LINES|(SSH|TMUX|VSCODE)_.*|TERM(_.*)?|TMUX"
    r"|M(AKE)?FLAGS|MAKE(LEVEL|OVERRIDES|FILES|_.*)|ARGS|BASE|UPSTREAM|REHEARSE|KUBERNETES"
)
"""Variables that differ from one terminal or call of make to the next. An app may read any other."""


def put(folder: Path, key: str, directory: Path, make: Callable[[Path], None]) -> bool:
    """Write an assembly into `directory`: the kept one of its key, or what `make` writes there.

    Returns whether it was kept. One that is not whole, or that was changed, is made anew. Raises
    `ValueError` where `directory` has files.
    """
    if directory.exists() and any(directory.iterdir()):
        raise ValueError(f"{directory} has files: name a folder that is new or empty")
    entry = folder / key
    with contextlib.suppress(OSError):
        shutil.copytree(entry / "assembly", directory, symlinks=True, dirs_exist_ok=True)
        if digest_of(directory) == (entry / "digest").read_text(encoding="utf-8"):
            os.utime(entry)
            return True
    for broken in (entry, directory):
        shutil.rmtree(broken, ignore_errors=True)
    make(directory)
    # A full disk, or a second review that was quicker, is no reason to fail this one.
    with contextlib.suppress(OSError):
        _keep(entry, directory)
    return False


def digest_of(folder: Path, around: Sequence[Path] = ()) -> str:
    """Return a digest of the names, modes and contents of all files below a folder, links followed.

    `around` are the folders whose links led here.
    """
    found, around = hashlib.blake2b(digest_size=16), (*around, folder.resolve())
    for path in sorted(folder.rglob("*")):
        link = path.is_symlink()
        if CACHES in path.parts or (path.is_dir() and not link):
            continue
        status = path.lstat()
        content = os.fsencode(path.readlink()) if link else b""
        content += path.read_bytes() if path.is_file() else b""
        # A link to a folder that holds it, or another one that led here, has no end.
        if link and path.is_dir() and not any(x.is_relative_to(path.resolve()) for x in around):
            content += digest_of(path, around).encode()
        found.update(os.fsencode(path.relative_to(folder)))
        found.update(f"\0{status.st_mode} {len(content)}\0".encode() + content)
    return found.hexdigest()


def key_of(commit: str, repository: Path, own: Iterable[str]) -> str:
    """Return what decides the assembly of a commit's hash, as one name of a folder.

    That is the commit, the folders in `own`, the lock files and what is installed, the variables
    that the app can read, and the day: what the guardrails say depends on it.
    """
    found = hashlib.blake2b(digest_size=16)
    for part in _inputs(commit, repository, own):
        found.update(f"{part}\0".encode(errors="surrogateescape"))
    return f"{commit[:10]}-{found.hexdigest()}"


def _inputs(commit: str, repository: Path, own: Iterable[str]) -> Iterator[str]:
    yield commit
    for name in own:
        yield f"{name} {digest_of(repository / name)}"
    # The programs of this folder hand the context over.
    yield digest_of(Path(__file__).parent)
    for lock in sorted(repository.glob("requirements*.txt")):
        yield lock.read_text(encoding="utf-8")
    yield from surroundings()


def surroundings() -> Iterator[str]:
    """Yield what an app can read besides its own files: packages, variables, and the day."""
    yield from installed()
    yield from sorted(f"{k}={v}" for k, v in os.environ.items() if not NO_INPUT.fullmatch(k))
    yield datetime.now(tz=UTC).date().isoformat()


def installed() -> Iterator[str]:
    """Yield the Python and the packages."""
    yield f"{sys.executable} {sys.version}"
    # A folder such as pydantic-2.12.0.dist-info says as much as the metadata in it, which takes half a second.
    yield from sorted({each.name for path in sys.path for each in Path(path).glob("*.dist-info")})


def _keep(entry: Path, directory: Path) -> None:
    """Copy an assembly beside its name, rename it there once it is whole, and delete the oldest."""
    entry.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=entry.parent, ignore_cleanup_errors=True) as unfinished:
        whole = Path(unfinished) / "whole"
        shutil.copytree(directory, whole / "assembly", symlinks=True)
        (whole / "digest").write_text(digest_of(directory), encoding="utf-8")
        whole.rename(entry)
    newest_first = sorted(entry.parent.iterdir(), key=lambda each: -each.stat().st_mtime)
    for old in newest_first[MOST:]:
        shutil.rmtree(old, ignore_errors=True)
