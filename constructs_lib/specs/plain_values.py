"""Values that JSON can represent, checked at every depth."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from constructs_lib.specs.base import refused, shortened, written

LARGEST = 2**53 - 1
"""The largest whole number that JavaScript, and so the CDK, represents exactly."""
DEEPEST = 100
INSTEAD: tuple[tuple[type | tuple[type, ...], str], ...] = (
    ((set, frozenset), "write a list"),
    ((dt.date, dt.time, bytes), "write a string, in quotes"),
    (Decimal, "write a number or a string"),
    (float, "write a finite number"),
)


def plain(value: Mapping[str, object]) -> Mapping[str, object]:
    """Return a mapping that JSON, and so the CDK, writes unchanged; refuses any other."""
    for at, item, fix in _odd(value, "", 0):
        raise refused(
            f"values that JSON can represent: {shortened(at)} is {shortened(written(item))}", fix
        )
    return value


def _odd(value: Any, at: str, depth: int) -> Iterator[tuple[str, object, str]]:  # noqa: ANN401
    """Yield the path of each value that JSON can't represent, and what to write instead."""
    if depth > DEEPEST:
        yield at, value, "nest it less deeply"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                yield from _odd(item, f"{at}[{key!r}]", depth + 1)
            else:
                yield f"{at}[{written(key)}]", item, f"write the key {written(key)} in quotes"
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _odd(item, f"{at}[{index}]", depth + 1)
    elif not isinstance(value, str | int | float | None) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        fix = next((fix for kinds, fix in INSTEAD if isinstance(value, kinds)), "remove it")
        yield at, value, fix
    elif isinstance(value, int) and abs(value) > LARGEST:
        yield at, value, f"write a string, in quotes: numbers are exact up to {LARGEST:,}"
