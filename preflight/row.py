"""One line of the answer: what was checked, how it stands, what was found, and what to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from preflight.account import Account
from preflight.target import Target

Result = Literal["passes", "warns", "fails"]


@dataclass(frozen=True)
class Row:
    """How one thing stands. `run` is a command or an advice, empty where nothing is to be done."""

    check: str
    result: Result
    found: str
    run: str = ""


Check = Callable[[Account, Target], Iterator[Row]]
"""Asks an account about an environment. It leaves to its caller what is denied."""


def judged(check: str, found: str, *, fails: object = "", warns: object = "", run: str = "") -> Row:
    """Return a row that fails or warns if there is a reason to, and only then says what to run."""
    if fails or warns:
        return Row(check, "fails" if fails else "warns", found, run)
    return Row(check, "passes", found)
