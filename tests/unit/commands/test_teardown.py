"""`make teardown` prints the teardown sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.teardown import main
from tests.support import Assembly


def test_it_prints_the_sheet_of_a_stage(
    capsys: pytest.CaptureFixture[str], assembly: Assembly
) -> None:
    """And of no other."""
    main(["Dev"], assembly.path)
    told = capsys.readouterr().out

    assert told.startswith("Dev: before you destroy it")
    assert "groundwork-prod" not in told


def test_it_prints_all_sheets(capsys: pytest.CaptureFixture[str], assembly: Assembly) -> None:
    """Where no stage is named."""
    main([], assembly.path)
    told = capsys.readouterr().out

    assert "Dev: before you destroy it" in told
    assert "Prod: before you destroy it" in told


def test_it_knows_no_other_stage(assembly: Assembly) -> None:
    """It says what is missing."""
    with pytest.raises(SystemExit, match="has no stage Test"):
        main(["Test"], assembly.path)


def test_without_an_assembly_it_says_what_is_missing(tmp_path: Path) -> None:
    """Nothing was synthesized there."""
    with pytest.raises(SystemExit, match="has no cloud assembly"):
        main([], tmp_path)


def test_it_takes_one_stage(assembly: Assembly, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody believes that a second one has no sheet."""
    with pytest.raises(SystemExit):
        main(["Dev", "Prod"], assembly.path)
    assert "unrecognized arguments: Prod" in capsys.readouterr().err
