"""Names that must be unique: a repeated one would be the same resource twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from constructs_lib.specs.base import Problem, Spec, repeated


def distinct_names(field: str, items: Sequence[Spec]) -> Iterator[Problem]:
    """Yield a problem for each item of a field whose name an earlier one has."""
    for index, name in repeated(items, "name"):
        yield Problem(
            at=f"{field}[{index}].name",
            got=name,
            allowed=f"a name that is unique in {field}",
            fix="rename one of them",
        )
