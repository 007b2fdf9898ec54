"""Kubernetes objects as kubectl reads them, lists among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kube.values import Json, items, text


def expanded(obj: object) -> list[Json]:
    """Return the objects of a list such as v1 List, or the object alone."""
    return [item for _, item in placed(obj) if isinstance(item, Mapping)]


def placed(obj: object, at: str = "") -> Iterator[tuple[str, object]]:
    """Yield each object of a list with the start of its path, such as `items[1].`."""
    if isinstance(obj, Mapping) and _is_list(obj):
        for index, item in enumerate(items(obj, "items")):
            yield from placed(item, f"{at}items[{index}].")
    else:
        yield at, obj


def _is_list(obj: Json) -> bool:
    return text(obj, "kind").endswith("List") and isinstance(obj.get("items"), list | tuple)
