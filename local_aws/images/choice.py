"""Which program builds on this machine."""

from __future__ import annotations

from local_aws.images import buildah
from local_aws.images.buildah import Buildah
from local_aws.images.builders import INSTALL, Builder, Docker, Nothing, docker_answers
from local_aws.images.settings import BUILDER, Settings


def choose(settings: Settings) -> Builder:
    """Return Docker if its daemon answers, else buildah if it can work here, else nothing.

    One that the user names is taken as it is: its own error says most about why it fails.
    """
    if settings.builder == "none":
        return Nothing(f"{BUILDER} is none.")
    if settings.builder == "docker" or (settings.builder == "auto" and docker_answers()):
        return Docker()
    if settings.builder == "buildah" or not (problem := buildah.unusable()):
        return Buildah(folder=settings.folder, cache=settings.cache)
    return Nothing(f"No Docker daemon answers. {problem} {INSTALL}")
