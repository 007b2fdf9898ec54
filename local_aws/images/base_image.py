"""A base image made on this machine, for where no registry can be reached.

A Python image of Debian is Debian with Python, so debootstrap can make one that serves: the
Python is Debian's, which may be another version. It is made once per machine and kept.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

logger = logging.getLogger("images")

PACKAGES = ("python3", "python3-pip", "ca-certificates")
DEFAULT_RELEASE = "bookworm"
RELEASES = ("bookworm", "trixie")
"""Releases of Debian whose pip can install into another environment (`pip --python`)."""

LEFT_OUT = (
    # Devices are the host's; apt's files and documentation serve nobody here.
    "./dev/*",
    "./var/cache/apt/*",
    "./var/lib/apt/lists/*",
    "./var/log/*",
    "./usr/share/doc/*",
    "./usr/share/locale/*",
    "./usr/share/man/*",
)

MAKING_TAKES = 900
"""Seconds. About 40 with a near mirror; a slow line may need minutes."""


class NoStandInError(Exception):
    """A base image can't be made here; the message says why, and what would help."""


def bases_of(dockerfile: str) -> list[str]:
    """Return the images that a Dockerfile starts from, without the names of its own stages."""
    stages: set[str] = set()
    bases: dict[str, None] = {}
    for line in dockerfile.splitlines():
        found = re.match(r"\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", line, re.IGNORECASE)
        if found:
            image, stage = found.groups()
            if image.lower() not in stages | {"scratch"}:
                bases.setdefault(image)
            if stage:
                stages.add(stage.lower())
    return list(bases)


def release_for(base: str) -> str:
    """Return the Debian release that can stand in for an image, or say that none can."""
    path, _, tag = base.partition("@")[0].rpartition(":")
    if path.rpartition("/")[2] != "python" or "alpine" in tag:
        raise NoStandInError(f"Only a Python image of Debian can be stood in for, not {base}.")
    return next((word for word in tag.split("-") if word in RELEASES), DEFAULT_RELEASE)


def archive(release: str, *, cache: Path) -> Path:
    """Return the root file system of the stand-in as an archive; the first caller makes it."""
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / f"python-{release}.tar.gz"
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            _demand_tools()
            logger.info("Making a base image with debootstrap, once per machine: about a minute.")
            _make(made, release)
    return made


def _demand_tools() -> None:
    if not shutil.which("debootstrap", path=_path()):
        raise NoStandInError(
            "Without debootstrap no base image can be made: apt-get install debootstrap."
        )
    if os.geteuid() != 0:
        raise NoStandInError("A base image can only be made by root, as debootstrap demands.")


def _make(made: Path, release: str) -> None:
    root = made.parent / "making"
    draft = made.with_suffix(".new")
    # What a killed run left behind.
    shutil.rmtree(root, ignore_errors=True)
    try:
        # What debootstrap mounts must be gone with it, however it ends: hence the namespace.
        _run(
            ["unshare", "--mount", "debootstrap", "--variant=minbase"],
            [f"--include={','.join(PACKAGES)}", release, os.fspath(root)],
        )
        # The official image says `python`, Debian's says `python3`.
        (root / "usr/bin/python").symlink_to("python3")
        _run(
            # Fast rather than small: the archive is read more often than its megabytes matter.
            ["tar", "--create", "--use-compress-program=gzip -1", "--numeric-owner"],
            [f"--exclude={pattern}" for pattern in LEFT_OUT],
            [f"--file={draft}", f"--directory={root}", "."],
        )
        draft.replace(made)
    finally:
        shutil.rmtree(root, ignore_errors=True)
        draft.unlink(missing_ok=True)


def _path() -> str:
    """Return the search path, with the folders of administrators' programs."""
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _run(*parts: list[str]) -> None:
    command = [word for part in parts for word in part]
    try:
        result = subprocess.run(  # noqa: S603  # programs of this file, never a shell
            command,
            env={**os.environ, "PATH": _path()},
            capture_output=True,
            text=True,
            timeout=MAKING_TAKES,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoStandInError(f"The base image could not be made: {error}.") from error
    if result.returncode:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines() or ["it said nothing"]
        raise NoStandInError(f"The base image could not be made: {said[-1]}")
