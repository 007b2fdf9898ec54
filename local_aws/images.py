#!/usr/bin/env python
"""What the CDK CLI runs in place of `docker`, by its variable CDK_DOCKER: one program, no arguments.

Docker builds, where its daemon answers. `push` only tells the emulated repository that the tag
exists and how the image came about: no container runs there, so nobody pulls the layers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAM = Path(__file__).resolve()
SWITCH = "LOCAL_AWS_BUILD_IMAGES"
"""Set to `no`, it leaves Docker alone."""

NOT_BUILT = "Not built; the repository only gets the tag."
DESCRIPTION = "org.opencontainers.image.description"
MANIFEST = json.loads(PROGRAM.with_suffix(".json").read_text(encoding="utf-8"))
"""The smallest valid one."""

ADDRESS = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
    r"/(?P<repository>[^:]+):(?P<tag>.+)"
)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one of the commands that the CLI knows; return the exit code."""
    words = list(arguments)
    # A folder with credentials for registries, if the user configured some.
    if words[:1] == ["--config"]:
        del words[:2]
    verb = words[0] if words else ""
    if verb == "login":
        # The password must be read, or the CLI can't write it.
        sys.stdin.read()
        return 0
    if verb not in {"inspect", "build", "tag", "push"}:
        sys.stderr.write("Only docker inspect, build, tag, login and push work here.\n")
        return 2
    reason = why_not(environ)
    if verb == "push":
        return push(words[-1], f"{NOT_BUILT} {reason}" if reason else "")
    if not reason:
        return subprocess.run(["docker", *words], check=False).returncode  # noqa: S603, S607
    if verb == "build":
        sys.stdout.write(f"{NOT_BUILT} {reason}\n")
    # 1 means an unknown image, so the CLI goes on to build it.
    return 1 if verb == "inspect" else 0


def why_not(environ: Mapping[str, str]) -> str:
    """Return why Docker builds nothing, or nothing if it does."""
    if environ.get(SWITCH) == "no":
        return f"{SWITCH} is no."
    answer = _docker("version", "--format", "{{json .Server}}")
    return "No Docker daemon is running." if answer in {"", "null"} else ""


def push(address: str, not_built: str) -> int:
    """Put a manifest that says how the image came about, and its tag, into the repository."""
    found = ADDRESS.fullmatch(address)
    image = "" if not_built else _docker("image", "inspect", "--format", "{{.Id}}", address)
    if found is None or not (not_built or image):
        sys.stderr.write(f"There is no image {address}, or this is not an ECR address.\n")
        return 2
    import boto3  # noqa: PLC0415  # slow to load, and the other commands don't need it

    # The tag makes each image's digest its own.
    title, description = found["tag"], not_built or f"Built with Docker: {image}."
    notes = {"org.opencontainers.image.title": title, DESCRIPTION: description}
    # Endpoint and credentials come from the environment, as for every AWS client.
    boto3.client("ecr", region_name=found["region"]).put_image(
        registryId=found["account"],
        repositoryName=found["repository"],
        imageManifest=json.dumps({**MANIFEST, "annotations": notes}),
        imageManifestMediaType=MANIFEST["mediaType"],
        imageTag=found["tag"],
    )
    return 0


def _docker(*arguments: str) -> str:
    """Return docker's answer; one that is missing, fails or hangs says nothing."""
    try:
        return subprocess.run(  # noqa: S603
            ["docker", *arguments],  # noqa: S607  # the user's own
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
