"""What the images are built for that the CDK builds from a Dockerfile."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from assembly.cloud_assembly import read
from assembly.environment import Environment
from assembly.index import indexed
from kube.values import mapping, text

LINUX = "linux/"


@indexed
def architectures(environment: Environment) -> Mapping[str, str]:
    """Return the architecture of each image by its tag, such as arm64, where one was declared."""
    templates = (each.template_path for each in environment.stacks.values() if each.template_path)
    found = {}
    for folder in sorted({Path(path).parent for path in templates}):
        for file in sorted(folder.glob("*.assets.json")):
            with suppress(OSError, ValueError):
                for image in mapping(read(file), "dockerImages").values():
                    platform = text(image, "source", "platform")
                    for place in mapping(image, "destinations").values():
                        found[text(place, "imageTag")] = platform.removeprefix(LINUX)
    return {tag: built_for for tag, built_for in found.items() if tag and built_for}
