"""An environment before and after a change, as all sections of a review read it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from assembly.resource import Resource
from review.changes import Change, changes
from review.labels import label, several
from review.model import Consent

Objects = Mapping[tuple[object, str, str, str, str], KubernetesObject]
"""Objects by what identifies them, with their cluster where there are several."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Both sides, as conditions turn out if they are as their `assumed`.

    A stack that the code no longer has stays deployed: it is part of `after`, and one of `gone`.
    """

    before: Environment
    after: Environment
    today: date
    gone: Sequence[str] = ()
    consents: Mapping[str, str] = field(default_factory=dict)

    @property
    def both(self) -> tuple[Environment, Environment]:
        """Return the environment before and after."""
        return self.before, self.after

    @functools.cached_property
    def changes(self) -> Sequence[Change]:
        """Return what a deploy does to each resource."""
        return changes(self.before, self.after)

    @functools.cached_property
    def objects(self) -> tuple[Objects, Objects]:
        """Return the Kubernetes objects of both sides."""
        old, new = (
            {
                (cluster_key(side, each.resource) if self.several else "", *each.key): each
                for each in side.kubernetes_objects()
            }
            for side in self.both
        )
        return old, new

    @functools.cached_property
    def several(self) -> bool:
        """Tell whether there are several clusters, so that each needs its name."""
        return any(map(several, self.both))

    def kept(self, *kinds: str) -> Iterator[tuple[Resource, Resource]]:
        """Yield the resources of some types that are on both sides."""
        for new in self.after.resources(*kinds):
            old = self.before.by_node.get(new.node)
            if old is not None and old.kind == new.kind:
                yield old, new

    def clusters(self) -> Iterator[tuple[Resource | None, Resource | None, str]]:
        """Yield each cluster before and after, and its name where there are several.

        A single one stays the same one under another logical id.
        """
        old, new = ({each.node: each for each in side.resources(CLUSTER)} for side in self.both)
        if len(old) == len(new) == 1:
            (one,), (other,) = old.values(), new.values()
            yield one, other, ""
            return
        for node, cluster in {**old, **new}.items():
            yield old.get(node), new.get(node), label(cluster) if self.several else ""

    @property
    def lock_out(self) -> Consent:
        """Return the consent that locking out needs, with the reason if it is given."""
        key = f"{self.after.name} locks out"
        return Consent(key=key, given=self.consents.get(key), trailer=True)
