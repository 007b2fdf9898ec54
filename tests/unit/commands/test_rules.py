"""`make rules` prints the catalogue."""

from __future__ import annotations

import pytest

from commands.rules import main
from guardrails.catalogue import RULES
from guardrails.texts import as_markdown, as_text


def test_it_prints_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """For a terminal."""
    main([])
    assert capsys.readouterr().out == as_text(RULES)


def test_it_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """To the last byte, so that the shell can write docs/guardrails.md."""
    main(["--markdown"])
    assert capsys.readouterr().out == as_markdown(RULES)
