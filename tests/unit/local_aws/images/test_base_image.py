from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from local_aws.images import base_image
from local_aws.images.base_image import NoStandInError
from tests.unit.local_aws.images.images_support import Programs

# Makes what the real one makes, in small: the last argument is the folder.
DEBOOTSTRAP = """
for last; do :; done
mkdir -p "$last/usr/bin" "$last/usr/share/doc/python3" "$last/dev"
touch "$last/usr/bin/python3" "$last/usr/share/doc/python3/README" "$last/dev/null"
"""


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch, programs: Programs) -> None:
    """Let the test be root as far as the code can see, without namespaces."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    programs.add("unshare", 'shift; exec "$@"')


def test_bases_are_the_images_that_are_no_stages() -> None:
    """A name that the Dockerfile gave itself is nothing to fetch."""
    dockerfile = (
        "# FROM comment\n"
        "FROM --platform=$BUILDPLATFORM registry.example/python:3.13-slim AS Base\n"
        "FROM base as dependencies\n"
        "from scratch\n"
        "FROM debian:12\n"
        "FROM registry.example/python:3.13-slim\n"
        "COPY --from=dependencies /a /a\n"
    )
    assert base_image.bases_of(dockerfile) == ["registry.example/python:3.13-slim", "debian:12"]


@pytest.mark.parametrize(
    ("base", "release"),
    [
        ("public.ecr.aws/docker/library/python:3.13-slim-bookworm", "bookworm"),
        ("python:3.14-trixie", "trixie"),
        ("localhost:5000/python:3.13", "bookworm"),
        ("python:3.13-slim@sha256:0123", "bookworm"),
    ],
)
def test_python_image_is_stood_in_for_by_its_debian(base: str, release: str) -> None:
    """The release comes from the tag where it says one."""
    assert base_image.release_for(base) == release


@pytest.mark.parametrize("base", ["node:24", "python:3.13-alpine", "my/python-tools:1"])
def test_other_images_have_no_stand_in(base: str) -> None:
    """Debian with Python is no Node and no Alpine."""
    with pytest.raises(NoStandInError, match=f"not {base}"):
        base_image.release_for(base)


def test_root_is_made_once(tmp_path: Path, programs: Programs) -> None:
    """Python has the name that Dockerfiles use; devices and documentation stay out."""
    programs.add("debootstrap", DEBOOTSTRAP)
    cache = tmp_path / "cache"

    made = base_image.archive("bookworm", cache=cache)
    assert base_image.archive("bookworm", cache=cache) == made

    calls = [call for call in programs.calls if call.startswith("debootstrap")]
    assert len(calls) == 1
    assert "--include=python3,python3-pip,ca-certificates bookworm" in calls[0]
    with tarfile.open(made) as tar:
        names = tar.getnames()
        assert tar.getmember("./usr/bin/python").linkname == "python3"
    assert "./dev" in names
    assert not {"./dev/null", "./usr/share/doc/python3"} & set(names)
    assert sorted(path.name for path in cache.iterdir()) == [
        "python-bookworm.tar.gz",
        "python-bookworm.tar.lock",
    ]


def test_failure_leaves_nothing_and_says_why(tmp_path: Path, programs: Programs) -> None:
    """The next run starts afresh."""
    programs.add("debootstrap", f"{DEBOOTSTRAP}\necho noise >&2; echo 'E: no mirror' >&2; exit 1")
    cache = tmp_path / "cache"
    (cache / "making" / "of a killed run").mkdir(parents=True)
    with pytest.raises(NoStandInError, match="could not be made: E: no mirror"):
        base_image.archive("bookworm", cache=cache)
    assert [path.name for path in cache.iterdir()] == ["python-bookworm.tar.lock"]


def test_half_an_archive_is_no_archive(tmp_path: Path, programs: Programs) -> None:
    """A full disk, for example, ends the packing in the middle."""
    programs.add("debootstrap", DEBOOTSTRAP)
    cache = tmp_path / "cache"
    programs.add("tar", f"touch {cache}/python-bookworm.tar.new; echo 'disk full' >&2; exit 2")
    with pytest.raises(NoStandInError, match="disk full"):
        base_image.archive("bookworm", cache=cache)
    assert [path.name for path in cache.iterdir()] == ["python-bookworm.tar.lock"]


def test_missing_tools_are_named(
    tmp_path: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to install, or who has to do it."""
    monkeypatch.setattr(base_image, "_path", lambda: str(programs.folder))
    with pytest.raises(NoStandInError, match="apt-get install debootstrap"):
        base_image.archive("bookworm", cache=tmp_path)
    programs.add("debootstrap")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NoStandInError, match="only be made by root"):
        base_image.archive("bookworm", cache=tmp_path)
