"""Both images of the sample service, built once by buildah, and containers of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.sample_service.container import Image
from tests.support import ROOT

COMPONENTS = ("api", "web")
STAND_IN = "public.ecr.aws/docker/library/python:3.13-slim-bookworm"
"""What the base image is called where it can't be pulled."""
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eks-groundwork"
"""Base image and layers stay here from run to run."""

BUILDAH = ("buildah", f"--root={CACHE / 'storage'}", f"--runroot={CACHE / 'run'}")
# Without a daemon and without privileges beyond mounting; administrators' programs are found, too.
ENVIRON = {
    **os.environ,
    "BUILDAH_ISOLATION": "chroot",
    "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
}


@pytest.fixture(scope="session")
def images() -> Iterator[dict[str, Image]]:
    """Return both images, unpacked, where this machine can build and run containers."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("buildah"):
        pytest.skip("images are built and started by root, on Linux, with buildah")
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "lock"):
        base = _provide_base()
        made = {component: _build(component, base) for component in COMPONENTS}
        yield made
        buildah("rm", "--all")


def buildah(*arguments: str, cwd: Path | None = None) -> str:
    """Run buildah on a storage of our own; return what it prints."""
    return _run(*BUILDAH, *arguments, cwd=cwd)


def _run(*command: str, cwd: Path | None = None) -> str:
    result = subprocess.run(  # noqa: S603  # programs of this file, never a shell
        command, cwd=cwd, env=ENVIRON, capture_output=True, text=True, timeout=600, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()


def _provide_base() -> str:
    """Pull what the Dockerfiles start from; where no registry answers, Debian's own Python serves.

    Returns its name here.
    """
    dockerfile = (ROOT / "workloads/sample_service/web/Dockerfile").read_text(encoding="utf-8")
    found = re.search(
        rf"^FROM ({STAND_IN}@sha256:(\w{{12}})\w+) AS base$", dockerfile, re.MULTILINE
    )
    assert found is not None
    pinned, local = found[1], f"localhost/base:{found[2]}"
    here = buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines()
    for name in (local, STAND_IN):
        if name in here:
            return name
    pulled = subprocess.run(  # noqa: S603
        [*BUILDAH, "pull", "--quiet", pinned], env=ENVIRON, capture_output=True, check=False
    )
    if pulled.returncode == 0:
        buildah("tag", pinned, local)
        return local
    if not shutil.which("debootstrap", path=ENVIRON["PATH"]):
        pytest.skip(f"{pinned} can't be pulled, and there is no debootstrap to make one like it")
    root = CACHE / "making"
    shutil.rmtree(root, ignore_errors=True)
    include = "--include=python3,python3-pip,ca-certificates"
    _run("unshare", "--mount", "debootstrap", "--variant=minbase", include, "bookworm", str(root))
    # The official image says `python`, Debian's says `python3`; devices are the host's.
    (root / "usr/bin/python").symlink_to("python3")
    for place in ("dev", "var/cache/apt", "var/lib/apt/lists", "usr/share/doc"):
        shutil.rmtree(root / place)
        (root / place).mkdir()
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, str(root), "/")
    buildah("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", container)
    buildah("commit", "--quiet", "--rm", "--disable-compression", container, STAND_IN)
    shutil.rmtree(root)
    return STAND_IN


def _build(component: str, base: str) -> Image:
    name = f"sample-{component}"
    volumes = [f"--volume={path}:{path}:ro" for path in _pip_files()]
    context = ROOT / "workloads/sample_service" / component
    steps = ("--layers", "--pull-never", f"--from={base}")
    buildah("build", *steps, *volumes, "--tag", name, ".", cwd=context)
    found = json.loads(buildah("inspect", "--type", "image", name))
    root = Path(buildah("mount", buildah("from", "--pull-never", name)))
    return Image(root=root, config=found["OCIv1"]["config"])


def _pip_files() -> list[str]:
    """Return pip's settings on this machine and the folders that they name: a build needs them, too.

    As read-only volumes they are gone when the build is over.
    """
    files = [Path("/etc/pip.conf"), Path.home() / ".config/pip/pip.conf"]
    found = {str(file): file.read_text(encoding="utf-8") for file in files if file.is_file()}
    named = re.findall(r"(?<![\w:/])(?:file://)?(/[\w./-]+)", "\n".join(found.values()))
    # The pages of an index link to files beside it.
    folders = [path.parent if len(path.parts) > 3 else path for path in map(Path, named)]
    return [*found, *dict.fromkeys(str(folder) for folder in folders if folder.exists())]
