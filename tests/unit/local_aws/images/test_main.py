from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.images import __main__ as program
from local_aws.images import registry
from local_aws.images.builders import BuildFailedError, CannotBuildError, Request
from local_aws.images.ledger import Build, ledger_in
from local_aws.images.manifests import Manifest
from local_aws.images.registry import Address
from tests.unit.local_aws.images.images_support import build

URI = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/assets:abc"


class Builder:
    """A builder that remembers what it was asked for."""

    name = "buildah"

    def __init__(self) -> None:
        """Have built nothing."""
        self.requests: list[Request] = []
        self.error: Exception | None = None
        self.lost = False

    def has(self, name: str) -> bool:
        """Return whether an image was built here and not lost."""
        return not self.lost and name in [request.name for request in self.requests]

    def build(self, request: Request) -> Build:
        """Pretend to build, or fail."""
        if self.error:
            raise self.error
        self.requests.append(request)
        return build(request.name)


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Builder:
    """Return the builder that is chosen."""
    builder = Builder()
    monkeypatch.setattr(program, "choose", lambda _settings: builder)
    return builder


@pytest.fixture
def docker(tmp_path: Path, context: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return the program; it runs in the folder of the Dockerfile, as the CDK CLI does it."""
    monkeypatch.chdir(context)
    return lambda *words: program.main(words, {"LOCAL_AWS_IMAGES": str(tmp_path / "images")})


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Address, Manifest]]:
    """Return what the repository is told."""
    pushed: list[tuple[Address, Manifest]] = []
    monkeypatch.setattr(registry, "put", lambda *arguments: pushed.append(arguments))
    return pushed


def test_calls_of_the_cdk_cli(
    docker: Callable[..., int],
    builder: Builder,
    pushed: list[tuple[Address, Manifest]],
    monkeypatch: pytest.MonkeyPatch,
    context: Path,
) -> None:
    """In its order: is it there, log in, build, tag, push; the next time it is there."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("password"))
    assert docker("inspect", "cdkasset-abc") == 1
    assert docker("login", "--username", "AWS", "--password-stdin", "111122223333.dkr") == 0
    options = ("--build-arg", "A=1", "--target", "runtime", "--platform", "linux/arm64")
    assert docker("build", "--tag", "cdkasset-abc", *options, ".") == 0
    assert docker("tag", "cdkasset-abc", URI) == 0
    assert docker("push", URI) == 0
    assert docker("inspect", "cdkasset-abc") == 0
    assert docker("--config", "/credentials", "inspect", URI) == 0

    assert builder.requests == [
        Request(
            name="cdkasset-abc",
            context=context / ".",
            file="Dockerfile",
            platform="linux/arm64",
            options=("--build-arg", "A=1", "--target", "runtime"),
        )
    ]
    assert pushed == [(Address.read(URI), build("cdkasset-abc").manifest)]


def test_image_that_is_lost_is_missing(docker: Callable[..., int], builder: Builder) -> None:
    """A record alone is no image: somebody may have removed the storage."""
    docker("build", "--tag", "app", ".")
    builder.lost = True
    assert docker("inspect", "app") == 1


def test_image_of_another_builder_is_missing(docker: Callable[..., int], builder: Builder) -> None:
    """Docker does not have what buildah built."""
    docker("build", "--tag", "app", ".")
    builder.name = "docker"
    assert docker("inspect", "app") == 1


def test_machine_that_can_not_build_still_deploys(
    docker: Callable[..., int],
    builder: Builder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The repository is told that the tag exists, and the user that nothing was built."""
    builder.error = CannotBuildError("No registry answers.")
    with caplog.at_level("INFO", logger="images"):
        assert docker("build", "--tag", "app", ".") == 0
    found = ledger_in(tmp_path / "images").find("app")
    assert found
    assert not found.is_built
    assert "Not built; the repository is only told that the tag exists. No registry" in caplog.text
    assert "install Docker, or buildah and debootstrap" in caplog.text


def test_broken_image_stops_the_deployment(
    docker: Callable[..., int],
    builder: Builder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The user learns how to go on without images."""
    builder.error = BuildFailedError("The image build ended with code 1.")
    assert docker("build", "--tag", "app", ".") == 2
    assert "code 1. To deploy without images: LOCAL_AWS_IMAGE_BUILDER=none" in caplog.text
    assert ledger_in(tmp_path / "images").builds() == ()


@pytest.mark.parametrize("words", [("tag", "unknown", "other"), ("push", URI)])
def test_unknown_image_is_refused(
    docker: Callable[..., int], builder: Builder, words: tuple[str, ...]
) -> None:
    """As docker does."""
    assert docker(*words) == 1
    assert builder.requests == []


def test_refusal_of_the_repository_is_said(
    docker: Callable[..., int],
    builder: Builder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In its own words, without a trace of the program."""

    def put(_address: Address, _manifest: Manifest) -> None:
        error = {"Error": {"Code": "RepositoryNotFoundException", "Message": "no assets"}}
        raise ClientError(error, "PutImage")

    monkeypatch.setattr(registry, "put", put)
    docker("build", "--tag", "app", ".")
    docker("tag", "app", URI)
    assert docker("push", URI) == 2
    said = capsys.readouterr().err
    assert "RepositoryNotFoundException" in said
    assert "Traceback" not in said
    assert builder.requests


@pytest.mark.parametrize("words", [("run", "app"), ()])
def test_other_commands_are_refused(
    docker: Callable[..., int], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no docker: it says what it can do."""
    assert docker(*words) == 2
    assert "only these work here: inspect, build, tag, login, push" in capsys.readouterr().err


def test_missing_settings_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Outside of a local deployment nothing works, and the message says what is missing."""
    assert program.main(["inspect", "app"], {}) == 2
    assert "LOCAL_AWS_IMAGES is not set" in capsys.readouterr().err
