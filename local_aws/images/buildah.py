"""Buildah: builds without a daemon, and on a base image made here where no registry answers."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from local_aws.images import base_image, pip_settings, platforms
from local_aws.images.builders import (
    BuildFailedError,
    CannotBuildError,
    Request,
    loudly,
    other_platform,
    quietly,
)
from local_aws.images.ledger import Build
from local_aws.images.manifests import Manifest

STAND_IN = "eks-groundwork.stand-in"
"""A label: it stays on every image that starts from a stand-in."""

DOCKER_HUB = "registry-1.docker.io"
PULLING_TAKES = 600
"""Seconds that a slow line may need."""


class Buildah:
    """Buildah, with a storage of its own: the machine's other images stay as they are."""

    name = "buildah"

    def __init__(self, *, folder: Path, cache: Path) -> None:
        """Keep images in `folder`, and what is made once per machine in `cache`."""
        self._folder = folder
        self._cache = cache
        # No daemon and no privileges beyond mounting.
        self.environ = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        # Buildah takes no notice of the variable once it is told a root. Without a driver it takes
        # the best that the file system allows.
        driver = os.environ.get("STORAGE_DRIVER")
        self._driver = [f"--storage-driver={driver}"] if driver else []

    def command(self, *arguments: str) -> list[str]:
        """Return a call of buildah on this storage; it needs `environ`."""
        places = (f"--root={self._folder / 'storage'}", f"--runroot={self._folder / 'run'}")
        return ["buildah", *places, *self._driver, *arguments]

    def _alone(self, *arguments: str) -> list[str]:
        """Return a call whose mounts end with it: the folder can be removed at any time.

        Without root's privileges buildah makes such a namespace itself.
        """
        own = ["unshare", "--mount"] if os.geteuid() == 0 else []
        return [*own, *self.command(*arguments)]

    def has(self, name: str) -> bool:
        """Return whether the storage still has the image."""
        return self.inspect(name) is not None

    def inspect(self, name: str) -> dict[str, Any] | None:
        """Return what buildah knows about an image, or None."""
        result = quietly(self.command("inspect", "--type", "image", name), environ=self.environ)
        if result.returncode:
            return None
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def build(self, request: Request) -> Build:
        """Build with the machine's way to packages; nothing of it stays in the image."""
        started = time.monotonic()
        stand_ins = [
            base
            for base in base_image.bases_of(request.dockerfile)
            if self._provide(base, request.platform)
        ]
        own = platforms.machine_platform()
        platform = own if stand_ins else platforms.buildable(request.platform)
        with tempfile.TemporaryDirectory() as folder:
            volumes = pip_settings.write(
                pip_settings.of_this_machine(os.environ), Path(folder).resolve()
            )
            loudly(
                self._alone("build", "--layers", *(f"--volume={volume}" for volume in volumes))
                + request.arguments(platform=platform),
                folder=request.context,
                environ=self.environ,
            )
        found = self.inspect(request.name)
        if found is None:
            raise BuildFailedError(f"buildah built {request.name}, but does not have it.")
        stand_in = f"It starts from a stand-in for {stand_ins[0]}." if stand_ins else ""
        return Build(
            name=request.name,
            builder=self.name,
            base="stand-in" if stand_ins else "registry",
            reason=f"{stand_in} {other_platform(request.platform, platform)}".strip(),
            platform_wanted=request.platform or platform,
            platform=platform,
            seconds=round(time.monotonic() - started, 1),
            manifest=Manifest.read(found["Manifest"]),
        )

    def _provide(self, base: str, platform: str | None) -> bool:
        """See to it that a base image is in the storage; return whether it is a stand-in."""
        found = self.inspect(base)
        labels = (found or {}).get("OCIv1", {}).get("config", {}).get("Labels") or {}
        if (found and STAND_IN not in labels) or self._pull(base, platforms.buildable(platform)):
            return False
        if not found:
            self._make_stand_in(base)
        return True

    def _pull(self, base: str, platform: str) -> bool:
        if not registry_answers(base):
            return False
        pull = self._alone("pull", "--quiet", f"--platform={platform}", base)
        return quietly(pull, environ=self.environ, timeout=PULLING_TAKES).returncode == 0

    def _make_stand_in(self, base: str) -> None:
        try:
            release = base_image.release_for(base)
            root = base_image.archive(release, cache=self._cache)
        except base_image.NoStandInError as error:
            message = f"The registry of {base} does not answer. {error}"
            raise CannotBuildError(message) from error
        container = self._ask("from", "scratch")
        try:
            self._ask("add", "--quiet", container, os.fspath(root), "/")
            path = "PATH=/usr/local/bin:/usr/bin:/bin"
            self._ask("config", "--env", path, "--label", f"{STAND_IN}={release}", container)
            self._ask("commit", "--quiet", "--disable-compression", container, base)
        finally:
            self._ask("rm", container)

    def _ask(self, *arguments: str) -> str:
        result = quietly(self._alone(*arguments), environ=self.environ)
        if result.returncode:
            raise CannotBuildError(f"buildah {arguments[0]}: {result.stderr.strip()}")
        return result.stdout.strip()


def unusable() -> str:
    """Return why buildah can't build here, or nothing."""
    if not shutil.which("buildah"):
        return "There is no buildah."
    users = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    if _fails(["unshare", *users, "--mount", "true"]):
        return "There is buildah, but no permission to mount, which it needs."
    return ""


def registry_answers(image: str) -> bool:
    """Return whether an image's registry can be reached: any answer at all will do."""
    host, slash, _ = image.partition("/")
    if not slash or "." not in host:
        host = DOCKER_HUB
    try:
        httpx.get(f"https://{host}/v2/", timeout=5)
    except httpx.HTTPError:
        return False
    return True


def _fails(command: Sequence[str]) -> bool:
    return quietly(command, timeout=10).returncode != 0
