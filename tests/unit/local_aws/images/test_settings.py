from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws.images.settings import Settings, UnusableSettingsError, cdk_environment


@pytest.mark.parametrize(
    ("environ", "cache"),
    [
        ({"LOCAL_AWS_CACHE": "/c"}, Path("/c")),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/eks-groundwork")),
        ({}, Path.home() / ".cache" / "eks-groundwork"),
    ],
    ids=["named", "by the desktop's rule", "neither"],
)
def test_cache_is_per_user_unless_named(environ: dict[str, str], cache: Path) -> None:
    """A base image is made once for all checkouts."""
    settings = Settings.from_environ({"LOCAL_AWS_IMAGES": "images", **environ})
    assert settings.cache == cache
    assert settings.folder == Path.cwd() / "images"
    assert settings.builder == "auto"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "LOCAL_AWS_IMAGES is not set"),
        (
            {"LOCAL_AWS_IMAGES": "/i", "LOCAL_AWS_IMAGE_BUILDER": "podman"},
            "'podman': say one of auto, docker, buildah, none",
        ),
    ],
)
def test_useless_settings_are_refused(environ: dict[str, str], words: str) -> None:
    """The message names the variable, and what it may be."""
    with pytest.raises(UnusableSettingsError, match=words):
        Settings.from_environ(environ)


def test_cdk_docker_is_one_program_that_works_from_any_folder(tmp_path: Path) -> None:
    """The CDK CLI starts it in the folder of the asset, without arguments of its own."""
    environ = cdk_environment(tmp_path / "images")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(  # noqa: S603  # our own program
        [environ["CDK_DOCKER"], "inspect", "cdkasset-unknown"],
        cwd=tmp_path,
        env={**environ, "PATH": path, "LOCAL_AWS_IMAGE_BUILDER": "none"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (1, "")
