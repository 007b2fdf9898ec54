"""Objects that go together with all that names them: nothing fails for want of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.kubernetes_object import KubernetesObject
from review.model import read
from review.sides import Objects, Sides

FIELDS: Mapping[str, Sequence[str]] = read("consequences")["named_by"]
"""The fields in which other objects name one of a kind, each with the field above it."""


def is_left(sides: Sides, item: KubernetesObject) -> bool:
    """Tell whether something of these stacks named an object, and nothing does any more."""
    old, new = sides.objects
    return _is_named(old, item) and not _is_named(new, item)


def _is_named(objects: Objects, item: KubernetesObject) -> bool:
    wanted = {(field, item.name) for field in FIELDS.get(item.kind, ())}
    beside = (x for x in objects.values() if item.namespace in {"", x.namespace})
    return any(not wanted.isdisjoint(_texts(each.content)) for each in beside)


def _texts(value: object, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of an object, each with its field and the field above that."""
    for name, each in value.items() if isinstance(value, Mapping) else ():
        if isinstance(each, str):
            yield f"{above}.{name}", each
        yield from _texts(each, str(name))
    for each in value if isinstance(value, list) else ():
        yield from _texts(each, above)
