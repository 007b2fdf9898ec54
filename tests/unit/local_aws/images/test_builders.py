from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from local_aws.images import builders, platforms
from local_aws.images.builders import BuildFailedError, Docker, Nothing, Request
from local_aws.images.manifests import NoManifestError
from tests.unit.local_aws.images.images_support import Programs

MANIFEST = json.dumps({"layers": [{"digest": "sha256:base", "size": 7}]})


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test run on an amd64 machine that emulates nothing."""
    monkeypatch.setattr(platforms, "machine_platform", lambda: "linux/amd64")
    monkeypatch.setattr(platforms, "buildable", lambda _wanted: "linux/amd64")


def request_for(context: Path, *, platform: str | None = "linux/arm64") -> Request:
    """Return what the CDK CLI asks for."""
    return Request(
        name="cdkasset-1",
        context=context,
        file="Dockerfile",
        platform=platform,
        options=("--build-arg", "A=1"),
    )


def saved(folder: Path) -> Path:
    """Write what `docker save` prints."""
    path = folder / "saved.tar"
    documents = {
        "blobs/sha256/m": MANIFEST,
        "index.json": json.dumps({"manifests": [{"digest": "sha256:m"}]}),
    }
    with tarfile.open(path, "w") as tar:
        for name, text in documents.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def test_docker_builds_and_tells_the_manifest(
    programs: Programs, context: Path, tmp_path: Path
) -> None:
    """The options of the CLI arrive; the platform is one that the machine can run."""
    programs.add("docker", f'[ "$1" = save ] && cat {saved(tmp_path)}; true')
    build = Docker().build(request_for(context))
    assert programs.calls == [
        "docker build --build-arg A=1 --tag cdkasset-1 --file Dockerfile --platform linux/amd64 .",
        "docker save cdkasset-1",
    ]
    assert (build.builder, build.base, build.manifest.text) == ("docker", "registry", MANIFEST)
    assert (build.platform_wanted, build.platform) == ("linux/arm64", "linux/amd64")
    assert "should be for linux/arm64, which this machine can't run" in build.reason


def test_docker_has_what_it_can_inspect(programs: Programs) -> None:
    """An image that was removed is built again."""
    programs.add("docker", '[ "$3" = there ]')
    assert Docker().has("there")
    assert not Docker().has("gone")


def test_failed_build_is_an_error(programs: Programs, context: Path) -> None:
    """A broken Dockerfile must not pass for an image."""
    programs.add("docker", "exit 17")
    with pytest.raises(BuildFailedError, match="The image build ended with code 17"):
        Docker().build(request_for(context))


def test_docker_that_saves_nothing_is_an_error(programs: Programs, context: Path) -> None:
    """Without a manifest there is nothing to tell the repository."""
    programs.add("docker", '[ "$1" = build ]')
    with pytest.raises(NoManifestError):
        Docker().build(request_for(context))


@pytest.mark.parametrize(
    ("script", "answers"),
    [
        ("""echo '{"Version": "28.2.2"}'""", True),
        ("echo null", False),
        ("echo; exit 1", False),
        ("echo 'Cannot connect'", False),
    ],
    ids=["daemon", "no daemon, code 0", "no daemon", "words"],
)
def test_docker_counts_only_with_a_daemon(
    programs: Programs, script: str, *, answers: bool
) -> None:
    """The client alone builds nothing."""
    programs.add("docker", script)
    assert builders.docker_answers() is answers


def test_program_that_hangs_has_failed(programs: Programs) -> None:
    """A daemon that does not answer must not hold the deployment."""
    programs.add("docker", "exec sleep 30")
    assert builders.quietly(["docker"], timeout=0.1).returncode == 1
    assert builders.quietly(["no-such-program"]).returncode == 1


def test_nothing_says_why_there_is_nothing(context: Path) -> None:
    """It never has an image, so the next run tries again."""
    builder = Nothing("No builder.")
    build = builder.build(request_for(context))
    assert not build.is_built
    assert build.reason == "No builder."
    assert build.platform == ""
    assert "Not built. No builder." in build.manifest.text
    assert not builder.has(build.name)
    assert builder.build(request_for(context, platform=None)).platform_wanted == "linux/amd64"
