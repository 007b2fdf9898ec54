"""Under which condition of a template a sentence is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assembly.scope import OTHER, Assumed
from review.labels import braced, listed
from review.model import Sentence


def under(sentence: Sentence, where: Sequence[Assumed], ways: Sequence[Assumed]) -> Sentence:
    """Return a sentence with the condition under which it is true, if there is one."""
    if len(where) == len(ways):
        return sentence
    common = [pair for pair in where[0].items() if all(pair in each.items() for each in where)]
    unusual = [pair for pair in common if pair not in ways[0].items()]
    values = [
        f"{_named(variable)} is {'anything else' if value == OTHER else f'`{value}`'}"
        for variable, value in unusual or common
    ]
    varied = [
        _named(variable)
        for variable in where[0]
        if len({each.get(variable) for each in where}) < len({each.get(variable) for each in ways})
    ]
    condition = f"If {listed(values)}." if values else f"Depends on {listed(varied)}."
    return replace(sentence, details=(*sentence.details, condition))


def _named(variable: str) -> str:
    return f"`{braced(variable.partition(' ')[2] or variable)}`"
