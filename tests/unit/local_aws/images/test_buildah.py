from __future__ import annotations

import json
import os
from pathlib import Path

import httpx
import pytest

from local_aws.images import base_image, buildah, pip_settings, platforms
from local_aws.images.base_image import NoStandInError
from local_aws.images.buildah import STAND_IN, Buildah
from local_aws.images.builders import BuildFailedError, CannotBuildError, Request
from tests.unit.local_aws.images.images_support import Programs

BASE = "public.ecr.aws/docker/library/python:3.13-slim-bookworm"
MANIFEST = json.dumps({"layers": []})


class Scene:
    """A buildah that pretends, a registry that may answer, and an archive of a base."""

    def __init__(
        self, programs: Programs, folder: Path, context: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Have no image and no registry."""
        self._programs = programs
        self._images = folder / "images-there"
        self._images.mkdir()
        self.environ = folder / "environ"
        archive = folder / "base.tar.gz"
        monkeypatch.setattr(platforms, "machine_platform", lambda: "linux/amd64")
        monkeypatch.setattr(platforms, "buildable", lambda wanted: wanted or "linux/amd64")
        monkeypatch.setattr(buildah, "registry_answers", lambda _image: False)
        monkeypatch.setattr(base_image, "archive", lambda _release, *, cache: archive)  # noqa: ARG005
        monkeypatch.setattr(pip_settings, "of_this_machine", lambda _environ: {"proxy": "http://p"})
        self.monkeypatch = monkeypatch
        self.buildah = Buildah(folder=folder / "state", cache=folder / "cache")
        self._request = Request(
            name="app", context=context, file="Dockerfile", platform="linux/arm64", options=()
        )
        self.let_build()

    def let_build(self, *, code: int = 0) -> None:
        """Let `buildah build` end with a code."""
        self._programs.add(
            "buildah",
            f"""
            shift 2
            env >{self.environ}
            for last; do :; done
            file={self._images}/$(echo "$last" | tr /: __)
            case "$1" in
              inspect) cat "$file" 2>/dev/null || exit 1;;
              from) echo working-container;;
              build) [ {code} = 0 ] && echo '{json.dumps({"Manifest": MANIFEST})}' >{self._images}/app
                exit {code};;
            esac
            """,
        )

    def have(self, image: str, **labels: str) -> None:
        """Put an image into the storage."""
        document = {"Manifest": MANIFEST, "OCIv1": {"config": {"Labels": labels}}}
        (self._images / image.replace("/", "_").replace(":", "_")).write_text(json.dumps(document))

    @property
    def calls(self) -> list[str]:
        """Return the calls of buildah, without the places of its storage."""
        return [call.split(maxsplit=3)[3] for call in self._programs.calls if "buildah" in call]

    def build(self) -> tuple[str, str, str]:
        """Build, and return where the image starts, its platform, and what is missing."""
        build = self.buildah.build(self._request)
        return build.base, build.platform, build.reason


@pytest.fixture
def scene(
    programs: Programs, tmp_path: Path, context: Path, monkeypatch: pytest.MonkeyPatch
) -> Scene:
    """Return a scene without any image."""
    return Scene(programs, tmp_path, context, monkeypatch)


def test_base_comes_from_its_registry(scene: Scene) -> None:
    """Where the registry answers, the image is what it would be anywhere."""
    scene.monkeypatch.setattr(buildah, "registry_answers", lambda _image: True)
    assert scene.build() == ("registry", "linux/arm64", "")
    assert f"pull --quiet --platform=linux/arm64 {BASE}" in scene.calls
    assert not [call for call in scene.calls if call.startswith("commit")]


def test_base_that_is_there_is_not_fetched_again(scene: Scene) -> None:
    """A tag of a release does not move."""
    scene.have(BASE)
    scene.monkeypatch.setattr(buildah, "registry_answers", lambda _image: pytest.fail("asked"))
    assert scene.build() == ("registry", "linux/arm64", "")


def test_stand_in_takes_the_name_of_the_base(scene: Scene) -> None:
    """It can only be for the machine's own platform, and the image says where it starts."""
    base, platform, reason = scene.build()
    assert (base, platform) == ("stand-in", "linux/amd64")
    assert reason.startswith(f"It starts from a stand-in for {BASE}. It should be for linux/arm64")
    assert f"commit --quiet --disable-compression working-container {BASE}" in scene.calls
    assert any(f"--label {STAND_IN}=bookworm" in call for call in scene.calls)
    assert "rm working-container" in scene.calls


def test_stand_in_is_used_until_the_registry_answers(scene: Scene) -> None:
    """It is not made twice, and gives way to the real image."""
    scene.have(BASE, **{STAND_IN: "bookworm"})
    assert scene.build()[0] == "stand-in"
    assert not [call for call in scene.calls if call.startswith(("pull", "commit"))]
    scene.monkeypatch.setattr(buildah, "registry_answers", lambda _image: True)
    assert scene.build()[0] == "registry"


def test_without_base_nothing_can_be_built(scene: Scene) -> None:
    """The message says what failed, and what would help."""

    def archive(_release: str, *, cache: Path) -> Path:
        raise NoStandInError(f"apt-get install debootstrap, for {cache.name}")

    scene.monkeypatch.setattr(base_image, "archive", archive)
    with pytest.raises(CannotBuildError, match=r"does not answer\. apt-get install debootstrap"):
        scene.build()


def test_failed_build_is_an_error(scene: Scene) -> None:
    """A broken Dockerfile must not pass for an image."""
    scene.have(BASE)
    scene.let_build(code=125)
    with pytest.raises(BuildFailedError, match="The image build ended with code 125"):
        scene.build()


def test_build_gets_the_way_to_packages_as_a_volume(scene: Scene) -> None:
    """Nothing of it is an argument or a variable, which the image would keep."""
    scene.have(BASE)
    scene.build()
    (call,) = (call for call in scene.calls if call.startswith("build"))
    assert "--layers" in call
    assert "/pip.conf:/etc/pip.conf:ro" in call
    assert call.endswith("--tag app --file Dockerfile --platform linux/arm64 .")


def test_buildah_needs_no_daemon_and_keeps_to_its_folder(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, programs: Programs, tmp_path: Path
) -> None:
    """Storage is in the folder; a driver that the user chose stays."""
    scene.buildah.inspect("app")
    assert (
        f"buildah --root={tmp_path}/state/storage --runroot={tmp_path}/state/run inspect"
        in programs.calls[0]
    )
    assert "BUILDAH_ISOLATION=chroot" in scene.environ.read_text().splitlines()
    monkeypatch.setenv("STORAGE_DRIVER", "overlay")
    assert "--storage-driver=overlay" in Buildah(folder=tmp_path, cache=tmp_path).command("images")


@pytest.mark.parametrize(
    ("user", "unshare"),
    [(0, "unshare --mount true"), (1000, "unshare --user --map-root-user --mount true")],
)
def test_buildah_must_be_allowed_to_mount(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, user: int, unshare: str
) -> None:
    """In a plain container root may not, and then buildah fails late and darkly."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    programs.add("buildah")
    programs.add("unshare", "exit 1")
    assert "no permission to mount" in buildah.unusable()
    assert programs.calls == [unshare]
    programs.add("unshare")
    assert buildah.unusable() == ""


def test_missing_buildah_is_said(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thing that is missing is the one to name."""
    monkeypatch.setenv("PATH", str(programs.folder))
    assert buildah.unusable() == "There is no buildah."


@pytest.mark.parametrize(
    ("image", "host"),
    [
        (BASE, "public.ecr.aws"),
        ("python:3.13", "registry-1.docker.io"),
        ("library/python", "registry-1.docker.io"),
    ],
)
def test_registry_answers_if_anything_comes_back(
    monkeypatch: pytest.MonkeyPatch, image: str, host: str
) -> None:
    """A refusal is an answer: without credentials every registry begins with one."""
    asked: list[str] = []

    def get(url: str, *, timeout: float) -> httpx.Response:
        asked.append(url)
        assert timeout <= 5
        return httpx.Response(401)

    monkeypatch.setattr(httpx, "get", get)
    assert buildah.registry_answers(image)
    assert asked == [f"https://{host}/v2/"]


def test_registry_that_can_not_be_reached_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name, no route, no time: all the same."""

    def get(_url: str, *, timeout: float) -> httpx.Response:
        raise httpx.ConnectTimeout(f"{timeout} s")

    monkeypatch.setattr(httpx, "get", get)
    assert not buildah.registry_answers(BASE)
