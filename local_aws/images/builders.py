"""The programs that build images, behind one face."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local_aws.images import manifests, platforms
from local_aws.images.ledger import Build
from local_aws.images.manifests import Manifest

INSTALL = "To build it, install Docker, or buildah and debootstrap."


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the CDK CLI asks of `docker build`."""

    name: str
    context: Path
    """The folder with the Dockerfile and what it copies; the build runs in it."""
    file: str
    """The Dockerfile, as seen from the context."""
    platform: str | None
    options: tuple[str, ...]
    """All other options, as they came."""

    @property
    def dockerfile(self) -> str:
        """Return the text of the Dockerfile."""
        return (self.context / self.file).read_text(encoding="utf-8")

    def arguments(self, *, platform: str) -> list[str]:
        """Return the arguments of the build, for docker and buildah alike."""
        named = ["--tag", self.name, "--file", self.file, "--platform", platform]
        return [*self.options, *named, "."]


class BuildFailedError(Exception):
    """The builder ran and failed: the image is at fault, or what it needs from the network."""


class CannotBuildError(Exception):
    """This machine can't build the image; the message says why."""


class Builder(Protocol):
    """Builds images and keeps them."""

    name: str

    def has(self, name: str) -> bool:
        """Return whether an image of this name is still there."""

    def build(self, request: Request) -> Build:
        """Build an image."""


class Docker:
    """Docker, with its daemon."""

    name = "docker"

    def has(self, name: str) -> bool:
        """Return whether the daemon still has the image."""
        return quietly(["docker", "image", "inspect", name]).returncode == 0

    def build(self, request: Request) -> Build:
        """Build with the daemon, and read the manifest of what it saves."""
        started = time.monotonic()
        platform = platforms.buildable(request.platform)
        loudly(["docker", "build", *request.arguments(platform=platform)], folder=request.context)
        return Build(
            name=request.name,
            builder=self.name,
            base="registry",
            reason=other_platform(request.platform, platform),
            platform_wanted=request.platform or platform,
            platform=platform,
            seconds=round(time.monotonic() - started, 1),
            manifest=self._manifest(request.name),
        )

    def _manifest(self, name: str) -> Manifest:
        save = ["docker", "save", name]
        with subprocess.Popen(save, stdout=subprocess.PIPE) as saving:  # noqa: S603  # as asked
            assert saving.stdout is not None  # noqa: S101  # for the type checker: it is a pipe
            return manifests.in_archive(saving.stdout)


class Nothing:
    """No builder: the repository learns the tag, and nothing else happens."""

    name = "none"

    def __init__(self, reason: str) -> None:
        """Keep the reason for each image's record."""
        self.reason = reason

    def has(self, name: str) -> bool:  # noqa: ARG002  # there is never anything
        """Return False: what was not built may be built next time."""
        return False

    def build(self, request: Request) -> Build:
        """Record that nothing was built."""
        return Build(
            name=request.name,
            builder=self.name,
            base="",
            reason=self.reason,
            platform_wanted=request.platform or platforms.machine_platform(),
            platform="",
            seconds=0.0,
            manifest=manifests.of_nothing(name=request.name, reason=self.reason),
        )


def docker_answers() -> bool:
    """Return whether there is a Docker daemon; one that hangs does not count."""
    result = quietly(["docker", "version", "--format", "{{json .Server}}"], timeout=5)
    try:
        return result.returncode == 0 and bool(json.loads(result.stdout))
    except ValueError:
        return False


def other_platform(wanted: str | None, built: str) -> str:
    """Say that an image is for another platform than it should be, if so."""
    if wanted in {None, built}:
        return ""
    return f"It should be for {wanted}, which this machine can't run (no qemu-user-static)."


def quietly(
    command: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program for its answer; one that is missing or hangs has failed."""
    try:
        return subprocess.run(  # noqa: S603  # docker, buildah and their like, never a shell
            command, env=environ, capture_output=True, text=True, timeout=timeout, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def loudly(
    command: Sequence[str], *, folder: Path, environ: Mapping[str, str] | None = None
) -> None:
    """Run a build; its output goes to the user, a failure ends it."""
    result = subprocess.run(command, cwd=folder, env=environ, check=False)  # noqa: S603  # as above
    if result.returncode:
        raise BuildFailedError(f"The image build ended with code {result.returncode}.")
