from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from review.sources import environments_at
from tests.support import Assembly
from tools.pictures import FOLDER, drawn, main

PICTURES = ["prod-network.svg", "prod-access.svg", "prod-deploy-order.svg"]


def test_the_committed_pictures_are_those_of_prod(assembly: Assembly) -> None:
    """The README shows what the code deploys."""
    fresh = drawn(environments_at(assembly.path)["Prod"])

    assert [*fresh] == PICTURES
    assert {file.name for file in FOLDER.iterdir()} == set(PICTURES)
    old = [
        name for name, text in fresh.items() if (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    assert not old, f"docs/pictures is out of date ({', '.join(old)}): run make snapshots"


def test_the_program_writes_the_pictures_of_the_environments_named(
    assembly: Assembly, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file stands alone, with its colors."""
    folder = tmp_path / "new"

    assert main(["Dev", "--assembly", str(assembly.path), "--folder", str(folder)]) == 0

    written = [folder / name.replace("prod", "dev") for name in PICTURES]
    assert capsys.readouterr().out.split() == [str(file) for file in written]
    for file in written:
        root = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314  # our own text
        assert root.find("{http://www.w3.org/2000/svg}style") is not None


def test_an_unknown_environment_is_a_mistake(
    assembly: Assembly, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says which there are; nothing is written."""
    arguments = ["prod", "--assembly", str(assembly.path), "--folder", str(tmp_path / "new")]

    assert main(arguments) == 1

    assert capsys.readouterr().err == "No stage prod; there are Dev, Prod.\n"
    assert not (tmp_path / "new").exists()


def test_without_an_assembly_there_is_nothing_to_draw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what to do."""
    assert main(["Prod", "--assembly", str(tmp_path)]) == 1
    assert "has no cloud assembly" in capsys.readouterr().err
