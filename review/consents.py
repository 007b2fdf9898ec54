"""Consents: trailers of commits, such as `Review-consent: Prod locks out: we delete it today`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

TRAILER = "Review-consent"


def consents_of(values: Iterable[str]) -> Mapping[str, str]:
    """Return the reason of each consent by what it is for; one without a reason is none."""
    pairs = [value.partition(": ") for value in values]
    return {key.strip(): reason.strip() for key, _, reason in pairs if reason.strip()}


def consents_in(commits: str, *, repository: Path) -> Mapping[str, str]:
    """Return the consents that a range of commits carries, such as `main..HEAD`.

    A trailer in the commits of a change leaves nothing behind to be cleaned up: the next change
    carries its own, or none.
    """
    result = subprocess.run(  # noqa: S603  # git, with a range that the caller names
        [  # git as the user has it
            *("git", "-C", str(repository), "log"),
            f"--format=%(trailers:key={TRAILER},valueonly,unfold)",
            *("--end-of-options", commits),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if result.returncode:
        raise ValueError(
            f"git doesn't know the commits {commits!r}: {result.stderr.strip()}; name a range such "
            "as main..HEAD, and fetch the whole history"
        )
    return consents_of(result.stdout.splitlines())
