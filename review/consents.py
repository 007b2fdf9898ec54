"""Consents: a field of the environment, or a commit trailer where there is no field.

A trailer is such as `Review-consent: Prod locks out: we delete it today`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from assembly.synthesis import run
from review.model import Consent

TRAILER = "Review-consent"


def asked(missing: Iterable[Consent]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield how to give consents, each of which is asked for once, and the lines to write."""
    consents = list(dict.fromkeys(missing))
    losses = [each for each in consents if not each.trailer]
    if losses:
        how = "Add a reason for each resource below to the environment's file, for example, what you did to prepare:"
        yield how, ("accepted_replacements={", *map(_line, losses), "},")
    trailers = [f"{TRAILER}: {each.key}: WHY" for each in consents if each.trailer]
    if trailers:
        yield "Add to the end of a commit message:", trailers


def _line(consent: Consent) -> str:
    comment = f"  # {consent.what.replace('`', '')}" if consent.what else ""
    return f'    "{consent.key}": "WHY",{comment}'


def consents_of(values: Iterable[str]) -> Mapping[str, str]:
    """Return the reason of each consent by what it is for; one without a reason is none."""
    pairs = [value.partition(": ") for value in values]
    return {key.strip(): reason.strip() for key, _, reason in pairs if reason.strip()}


def consents_in(commits: str, *, repository: Path) -> Mapping[str, str]:
    """Return the consents that a range of commits carries, such as `main..HEAD`.

    A trailer in the commits of a change leaves nothing behind to be cleaned up: the next change
    carries its own, or none.
    """
    form = f"--format=%(trailers:key={TRAILER},valueonly,unfold)"
    result = run("git", "log", form, "--end-of-options", commits, cwd=repository, timeout=60)
    if result.returncode:
        raise ValueError(
            f"git doesn't know the commits {commits!r}: {result.stderr.strip()}; use a range such "
            "as main..HEAD, and fetch the full history"
        )
    return consents_of(result.stdout.splitlines())
