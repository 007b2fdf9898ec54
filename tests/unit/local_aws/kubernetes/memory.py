"""A Kubernetes API that keeps what it is given, clears nothing up, and is at hand without a process."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NAMESPACES, PODS, SERVICES, Client, Kind
from local_aws.kubernetes.objects import Json


class Memory(Client):
    """Objects by kind; the uid of each is its name, if it brings none."""

    def __init__(self) -> None:
        self.kept: dict[Kind, list[Json]] = {}

    def namespaced_kinds(self) -> Iterator[Kind]:
        """Return the kinds to look for."""
        yield from (PODS, SERVICES)

    def names(self) -> set[str]:
        """Return the names of all objects."""
        return {objects.name(one) for kept in self.kept.values() for one in kept}

    def list(self, kind: Kind, namespace: str = "", *, label_selector: str = "") -> list[Json]:
        """Return copies, as an API does."""
        label, _, value = label_selector.partition("=")
        return [
            copy.deepcopy(one)
            for one in self.kept.get(kind, [])
            if namespace in ("", objects.namespace(one))
            and (not label or objects.labels(one).get(label) == value)
        ]

    def get(self, kind: Kind, namespace: str, name: str) -> Json | None:
        """Return an object, or nothing."""
        found = (one for one in self.list(kind, namespace) if objects.name(one) == name)
        return next(found, None)

    def create(self, kind: Kind, obj: Json, *, name: str = "", subresource: str = "") -> Json:
        """Keep another object."""
        assert (name, subresource) == ("", "")
        metadata = {"uid": objects.name(obj), **obj["metadata"]}
        self.kept.setdefault(kind, []).append({**obj, "metadata": metadata})
        return copy.deepcopy(self.kept[kind][-1])

    def delete(self, kind: Kind, obj: Json, *, now: bool = False) -> None:
        """Delete an object."""
        assert not now
        self.kept[kind].remove(self._own(kind, obj))

    def replace(self, kind: Kind, obj: Json, *, subresource: str = "") -> Json:
        """Free a namespace."""
        assert (kind, subresource, obj["spec"]["finalizers"]) == (NAMESPACES, "finalize", [])
        self.delete(kind, obj)
        return obj

    def patch(self, kind: Kind, obj: Json, patch: Json, *, subresource: str = "") -> Json:
        """Set the parts that a patch names; a terminating object without finalizers goes."""
        own = self._own(kind, obj)
        for part, values in patch.items():
            assert (part == "status") is bool(subresource)
            own.setdefault(part, {}).update(values)
        if objects.is_terminating(own) and own["metadata"].get("finalizers") == []:
            self.kept[kind].remove(own)
        return copy.deepcopy(own)

    def _own(self, kind: Kind, obj: Json) -> Json:
        return next(one for one in self.kept[kind] if objects.uid(one) == objects.uid(obj))
