"""A row of the report: what was checked, the result, what was found, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from preflight.account import Account
from preflight.target import Target

Result = Literal["passes", "warns", "fails"]


@dataclass(frozen=True)
class Row:
    """The result of one check. `run` is a command or advice, empty if there is nothing to do."""

    check: str
    result: Result
    found: str
    run: str = ""


Check = Callable[[Account, Target], Iterator[Row]]
"""Checks an account for an environment. Its caller handles denied calls."""


def judged(check: str, found: str, *, fails: object = "", warns: object = "", run: str = "") -> Row:
    """Return a row that fails or warns if there is a reason to, and only then says what to run."""
    if fails or warns:
        return Row(check, "fails" if fails else "warns", found, run)
    return Row(check, "passes", found)
