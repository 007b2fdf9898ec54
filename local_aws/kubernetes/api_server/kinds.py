"""The kinds that the API server knows: those of kinds.json, and those that definitions add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kube.values import table
from local_aws.kubernetes.client import Kind
from local_aws.kubernetes.objects import Json

_BUILT_IN: Json = table(__file__)


@dataclass(frozen=True, kw_only=True)
class Resource(Kind):
    """A kind at a version, and what the API tells of it."""

    singular: str = ""
    short_names: Sequence[str] = ()
    categories: Sequence[str] = ()
    subresources: Sequence[str] = ()

    @property
    def group(self) -> str:
        """Return the API group; empty for the core one."""
        return self.api_version.rpartition("/")[0]

    @property
    def group_resource(self) -> str:
        """Return the resource with its group, as messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self) -> tuple[str, str]:
        """Return what all versions of the kind share."""
        return self.group, self.plural


class Registry:
    """Which resources there are, by API version and plural."""

    def __init__(self) -> None:
        self._resources = {
            (api_version, plural): Resource(api_version=api_version, plural=plural, **kind)
            for api_version, kinds in _BUILT_IN.items()
            for plural, kind in kinds.items()
        }

    def __iter__(self) -> Iterator[Resource]:
        return iter(list(self._resources.values()))

    def find(self, api_version: str, plural: str) -> Resource | None:
        """Return the resource at a path, or None."""
        return self._resources.get((api_version, plural))

    def by_kind(self, api_version: str, kind: str) -> Resource:
        """Return the resource of a kind that is known."""
        return next(one for one in self if (one.api_version, one.kind) == (api_version, kind))

    def add(self, definition: Json) -> None:
        """Serve the versions of a CustomResourceDefinition."""
        names = (spec := definition["spec"])["names"]
        for version in filter(lambda one: one.get("served"), spec["versions"]):
            resource = Resource(
                api_version=f"{spec['group']}/{version['name']}",
                **{name: names[name] for name in ("plural", "kind")},
                namespaced=spec["scope"] == "Namespaced",
                singular=names.get("singular", ""),
                short_names=names.get("shortNames") or (),
                categories=names.get("categories") or (),
                subresources=[*(version.get("subresources") or ())],
            )
            self._resources[resource.api_version, resource.plural] = resource

    def remove(self, definition: Json) -> None:
        """Serve a CustomResourceDefinition's kind no more."""
        key = definition["spec"]["group"], definition["spec"]["names"]["plural"]
        self._resources = {at: one for at, one in self._resources.items() if one.key != key}
