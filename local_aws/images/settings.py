"""What the program is told by environment variables, and how the CDK CLI is made to call it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

FOLDER = "LOCAL_AWS_IMAGES"
"""Where builds, their storage and the record of them are kept."""

BUILDER = "LOCAL_AWS_IMAGE_BUILDER"
"""What builds: docker, buildah, none, or auto for the first of them that works."""

CACHE = "LOCAL_AWS_CACHE"
"""Where the base image is kept that is made once per machine."""

BUILDERS = ("auto", "docker", "buildah", "none")

PROGRAM = Path(__file__).resolve().with_name("docker")
"""What CDK_DOCKER names: a single program, since the CLI takes no arguments there."""


class UnusableSettingsError(ValueError):
    """A variable is missing or has a value that means nothing."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The variables, read and checked."""

    folder: Path
    cache: Path
    builder: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables; only the folder has no default."""
        folder = environ.get(FOLDER)
        if not folder:
            raise UnusableSettingsError(
                f"{FOLDER} is not set: name the folder of the image builds."
            )
        builder = environ.get(BUILDER) or "auto"
        if builder not in BUILDERS:
            raise UnusableSettingsError(
                f"{BUILDER} is {builder!r}: say one of {', '.join(BUILDERS)}."
            )
        return cls(
            folder=Path(folder).absolute(), cache=_cache_folder(environ).absolute(), builder=builder
        )


def cdk_environment(folder: Path) -> dict[str, str]:
    """Return the variables that make the CDK CLI build its images in a folder."""
    return {"CDK_DOCKER": os.fspath(PROGRAM), FOLDER: os.fspath(folder.absolute())}


def _cache_folder(environ: Mapping[str, str]) -> Path:
    if named := environ.get(CACHE):
        return Path(named)
    caches = environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "eks-groundwork"
