"""The date of the build."""

from __future__ import annotations

import datetime as dt

import pytest

from configuration.build_date import today


def test_the_date_of_the_build_is_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guardrails judge by it; no template depends on it."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert abs(today() - dt.datetime.now(tz=dt.UTC).date()) <= dt.timedelta(days=1)


def test_the_date_of_the_build_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old commit is judged as of its own time (reproducible-builds.org)."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764028800")
    assert today() == dt.date(2025, 11, 25)
