"""Findings that are newly acknowledged, or no longer."""

from __future__ import annotations

from collections.abc import Iterator

from review.environment import Environment
from review.model import Sentence


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield each acknowledgement that comes, goes or gets another reason."""
    old, new = before.acknowledgements, after.acknowledgements
    if old is None or new is None:
        return
    for (path, rule), reason in new.items():
        where = path.partition("/")[2]
        if (path, rule) not in old:
            yield Sentence(text=f"`{rule}` is **acknowledged** at `{where}`: “{reason}”")
        elif old[path, rule] != reason:
            yield Sentence(
                text=f"`{rule}` is acknowledged at `{where}` for another reason: “{reason}”"
            )
    for path, rule in old:
        if (path, rule) not in new:
            where = path.partition("/")[2]
            yield Sentence(text=f"`{rule}` is no longer acknowledged at `{where}`.")
