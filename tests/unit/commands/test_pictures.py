"""Pages of environments as they are, and the pictures of the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import pictures
from commands.pictures import main
from tests.support import Assembly
from tests.write_reference import DOCUMENTED, documented


@pytest.fixture
def synthesized(assembly: Assembly, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what the tests have synthesized."""

    def link(directory: Path) -> None:
        directory.symlink_to(assembly.path)

    monkeypatch.setattr(pictures, "synthesize", link)


def test_the_documentation_shows_the_pictures_of_today(assembly: Assembly) -> None:
    """`make reference` writes them anew."""
    today = documented(assembly.environments())
    committed = {each.name: each.read_text(encoding="utf-8") for each in DOCUMENTED.iterdir()}
    stale = sorted(
        name for name in {**today, **committed} if today.get(name) != committed.get(name)
    )
    assert stale == [], "docs/pictures is not what the code draws; run `make reference`"


@pytest.mark.usefixtures("synthesized")
def test_every_environment_has_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Or those that are named; the end of `make plan` tells where they are."""
    assert main(["--output", str(tmp_path / "all")]) == 0
    assert main(["dev", "--output", str(tmp_path / "one")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"Pictures: {tmp_path}/all/dev.html, {tmp_path}/all/prod.html",
        f"Pictures: {tmp_path}/one/dev.html",
    ]
    assert "</span> Dev</h1>" in (tmp_path / "one/dev.html").read_text(encoding="utf-8")
    assert not (tmp_path / "one/prod.html").exists()


def test_what_cannot_be_synthesized_has_no_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plan that overflows is still a plan."""

    def refuse(directory: Path) -> None:
        raise ValueError(f"{directory.name}: the subnets are too small")

    monkeypatch.setattr(pictures, "synthesize", refuse)
    assert main(["--output", str(tmp_path / "out")]) == 0
    assert "Run `make synth` to see why" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
