"""`make rules` prints the catalogue."""

from __future__ import annotations

import pytest

from commands.rules import main
from guardrails.catalogue import RULES
from guardrails.texts import as_markdown, as_text


def test_it_prints_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """For a terminal."""
    assert main([]) == 0
    text, _, summary = capsys.readouterr().out.rpartition("\n\n")
    assert f"{text}\n" == as_text(RULES)
    assert summary.startswith(f"{len(RULES)} of {len(RULES)} rules. ")


@pytest.mark.parametrize(
    ("words", "first", "count"),
    [
        (["kube1"], "KUBE1", 1),
        (["KUBE1", "access2"], "ACCESS2", 2),
        (["add readinessprobe"], "KUBE8", 1),
    ],
)
def test_words_pick_some(
    words: list[str], first: str, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """An id that is one is no beginning of others."""
    assert main(words) == 0
    out = capsys.readouterr().out
    assert f"  {first}\n" in out
    assert f"\n{count} of {len(RULES)} rules. " in out


def test_words_that_name_nothing_are_told_the_ids(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed as if there were no rule."""
    assert main(["banana"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "No rule matches banana. Their ids begin with ACCESS, " in told.err


def test_it_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """To the last byte, so that the shell can write docs/guardrails.md."""
    main(["--markdown"])
    assert capsys.readouterr().out == as_markdown(RULES)
