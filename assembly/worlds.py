"""Every possible outcome of the conditions of an environment.

Rules see plain values. Where a condition depends on what only a deploy knows, such as a parameter,
they see each branch in an environment of its own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from assembly.environment import Environment
from assembly.scope import Assumed

MOST = 32
"""As many ways are looked at: all of them where there are so few, else one change at a time."""


def worlds(environment: Environment) -> tuple[Environment, ...]:
    """Return the environment for each way, first the way that a deploy takes by itself.

    What it is compared with is read the same way.
    """
    if not environment.asked:
        return (environment,)
    ways = itertools.islice(_ways(environment.asked), MOST)
    base = environment.base
    return tuple(
        replace(environment, assumed=assumed, base=base and replace(base, assumed=assumed))
        for assumed in ({**environment.assumed, **way} for way in ways)
    )


def _ways(choices: Mapping[str, Sequence[str]]) -> Iterator[Assumed]:
    usual = {variable: values[0] for variable, values in choices.items()}
    if math.prod(len(values) for values in choices.values()) <= MOST:
        for way in itertools.product(*choices.values()):
            yield dict(zip(choices, way, strict=True))
        return
    yield usual
    # All at once first: with the usual ones, that is every branch of every condition on its own.
    yield {variable: values[-1] for variable, values in choices.items()}
    for variable, values in choices.items():
        for value in values[1:]:
            yield {**usual, variable: value}
