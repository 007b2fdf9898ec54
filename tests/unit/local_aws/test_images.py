from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws import images

ADDRESS = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/assets:tag"
DOCKER = """#!{python}
import pathlib, sys
words = sys.argv[1:]
with open({calls!r}, "a") as calls:
    calls.write(" ".join(words) + "\\n")
print("sha256:1" if words[0] == "image" else {server!r} if words[0] == "version" else "")
"""


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what the repository is told."""
    told: list[dict[str, Any]] = []

    class Ecr:
        def put_image(self, **image: str) -> None:
            told.append(image)

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Ecr())
    return told


@pytest.fixture(params=["27.0", "null"], ids=["docker", "no-docker"])
def docker(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, Path]:
    """Put a docker on the PATH, with or without a daemon; return which, and what it is asked."""
    calls, program = tmp_path / "calls", tmp_path / "docker"
    program.write_text(
        DOCKER.format(python=sys.executable, calls=str(calls), server=request.param),
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return request.param != "null", calls


def test_docker_builds_where_it_is_and_the_repository_learns_how(
    docker: tuple[bool, Path],
    put: list[dict[str, Any]],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The CLI's calls in their order; without a daemon only the tag goes on."""
    there, calls = docker
    monkeypatch.setattr(sys, "stdin", io.StringIO("password"))
    asked = (
        ["inspect", "asset"],
        ["build", "--tag", "asset", "--platform", "linux/amd64", "."],
        ["tag", "asset", ADDRESS],
        ["login", "--username", "AWS", "--password-stdin", "https://ecr"],
        ["--config", "folder", "push", ADDRESS],
    )
    codes = [images.main(words, {}) for words in asked]
    assert codes == [0 if there else 1, 0, 0, 0, 0]
    passed_on = [line for line in calls.read_text().splitlines() if line.split()[0] != "version"]
    assert passed_on == (
        [*(" ".join(words) for words in asked[:3]), f"image inspect --format {{{{.Id}}}} {ADDRESS}"]
        if there
        else []
    )
    (image,) = put
    assert (image["registryId"], image["repositoryName"]) == ("111122223333", "assets")
    assert image["imageTag"] == "tag"
    said = json.loads(image["imageManifest"])["annotations"][images.DESCRIPTION]
    assert said == (
        "Built with Docker: sha256:1."
        if there
        else f"{images.NOT_BUILT} No Docker daemon is running."
    )
    assert (images.NOT_BUILT in capfd.readouterr().out) is not there


@pytest.mark.parametrize("words", [["run", "app"], [], ["push", "elsewhere/assets:tag"]])
def test_what_it_cannot_do_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It is no docker."""
    assert images.main(words, {images.SWITCH: "no"}) == 2
    assert capsys.readouterr().err
