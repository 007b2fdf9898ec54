"""Whether Docker on this machine can build the images of the workloads."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterator

from preflight.account import Account
from preflight.row import Row, judged
from preflight.target import Target

SECONDS = 20
INSTALL = "docker run --privileged --rm tonistiigi/binfmt --install all"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def docker(_account: Account, target: Target) -> Iterator[Row]:
    """Check which platforms the builder supports. Another machine may be the one that deploys."""
    own = f"linux/{MACHINES.get(platform.machine(), platform.machine())}"
    wanted = sorted({each or own for each in target.deployment.platforms})
    if not wanted:
        return
    try:
        told = subprocess.run(  # noqa: S603  # the CDK CLI runs it, too
            [os.environ.get("CDK_DOCKER", "docker"), "buildx", "inspect", "--bootstrap"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        found = f"doesn't respond; the workloads have images for {', '.join(wanted)}"
        yield Row("Docker", "warns", found, "start Docker on the machine that deploys")
        return
    lines = re.findall(r"^\s*Platforms:\s*(.+)$", told, re.MULTILINE)
    builds = {each.strip().rstrip("*") for line in lines for each in line.split(",")}
    lacking = [each for each in wanted if each not in builds]
    found = f"can't build {', '.join(lacking)}" if lacking else f"builds {', '.join(wanted)}"
    yield judged("Docker", found, fails=lacking, run=INSTALL)
