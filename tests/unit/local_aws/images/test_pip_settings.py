from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import pytest

from local_aws.images import pip_settings


def test_stronger_section_hides_a_weaker_one() -> None:
    """As pip itself reads them: the environment last; what is not about the way to packages, not."""
    listed = (
        ":env:.index-url='https://env/simple'\n"
        ":env:.require-virtualenv='1'\n"
        "global.cert='/certs.pem'\n"
        "global.index-url='https://global/simple'\n"
        "install.find-links='/one\\n/two'\n"
        "list.find-links='/three'\n"
        "a line that says nothing\n"
    )
    assert pip_settings.parse(listed) == {
        "cert": "/certs.pem",
        "index-url": "https://env/simple",
        "find-links": "/one\n/two",
    }


def test_settings_of_this_machine_are_those_of_its_pip(tmp_path: Path) -> None:
    """Files and variables both count, and the certificates that pip takes by itself."""
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nfind-links = /wheels\n")
    settings = pip_settings.of_this_machine(
        {
            "PIP_CONFIG_FILE": str(file),
            "PIP_EXTRA_INDEX_URL": "https://more/simple",
            "HOME": str(tmp_path),
            "REQUESTS_CA_BUNDLE": "/certs.pem",
        }
    )
    assert settings["extra-index-url"] == "https://more/simple"
    # A machine may set others in its own files.
    assert "/wheels" in settings["find-links"]
    assert settings["cert"]


def test_build_sees_the_settings_and_what_they_name(tmp_path: Path) -> None:
    """Paths are the same inside, read-only; what does not exist is not asked for."""
    index = tmp_path / "pypi"
    (index / "simple").mkdir(parents=True)
    wheels = tmp_path / "my wheels"
    wheels.mkdir()
    quoted = str(wheels).replace(" ", "%20")
    volumes = pip_settings.write(
        {
            "index-url": "https://pypi.example/simple",
            "extra-index-url": f"file://{index}/simple https://user:secret@more.example/simple",
            "find-links": f"file://{quoted}\n/does/not/exist",
        },
        tmp_path,
    )
    file = tmp_path / "pip.conf"
    assert volumes == (
        f"{file}:/etc/pip.conf:ro",
        f"{index}:{index}:ro",
        f"{wheels}:{wheels}:ro",
    )
    written = ConfigParser(interpolation=None)
    written.read(file)
    assert written["global"]["extra-index-url"].split() == [
        f"file://{index}/simple",
        "https://user:secret@more.example/simple",
    ]


@pytest.mark.parametrize("settings", [{}])
def test_ordinary_machine_has_nothing_to_show(tmp_path: Path, settings: dict[str, str]) -> None:
    """Then a build is as it would be anywhere."""
    assert pip_settings.write(settings, tmp_path) == ()
    assert not list(tmp_path.iterdir())
