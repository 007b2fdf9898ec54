"""A consent is a trailer of a commit of the change, with a reason."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from review.consents import consents_in, consents_of


def git(repository: Path, *arguments: str) -> None:
    """Run git as somebody."""
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    subprocess.run(  # noqa: S603  # git
        ["git", "-C", str(repository), *identity, *arguments],  # noqa: S607  # git as it is
        check=True,
        capture_output=True,
    )


def test_a_reason_is_needed() -> None:
    """A key alone says nothing to whoever reads the history."""
    values = ["Prod locks out: it goes today", "Dev locks out:", "Dev locks out: ", ""]
    assert consents_of(values) == {"Prod locks out": "it goes today"}


def test_the_trailers_of_a_range_of_commits(tmp_path: Path) -> None:
    """Those before the range belong to another change; a reason may take several lines."""
    git(tmp_path, "init", "--quiet")
    for message in (
        "feat: old\n\nReview-consent: Prod/A/X replaced: old",
        "feat: new\n\nText.\n\nReview-consent: Prod/A/Y replaced: a long\n  reason",
        "feat: more\n\nReview-consent: Prod/A/Z removed: gone",
    ):
        git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", message)

    assert consents_in("HEAD~2..HEAD", repository=tmp_path) == {
        "Prod/A/Y replaced": "a long reason",
        "Prod/A/Z removed": "gone",
    }


def test_unknown_commits_are_an_error(tmp_path: Path) -> None:
    """No consent would be read from a shallow clone, silently."""
    git(tmp_path, "init", "--quiet")
    with pytest.raises(ValueError, match=r"name a range such as main\.\.HEAD"):
        consents_in("nope..HEAD", repository=tmp_path)
