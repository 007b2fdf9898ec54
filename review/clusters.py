"""The clusters of an environment before and after: usually one, which needs no name."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from assembly.links import cluster_of
from assembly.resource import Resource
from review.labels import label


def several(*environments: Environment) -> bool:
    """Tell whether one of some environments has more than one cluster."""
    return any(len(each.resources(CLUSTER)) > 1 for each in environments)


def pairs(
    before: Environment, after: Environment
) -> Iterator[tuple[Resource | None, Resource | None, str]]:
    """Yield each cluster before and after, and its name where there are several.

    A single one stays the same one under another logical id.
    """
    old, new = ({each.node: each for each in side.resources(CLUSTER)} for side in (before, after))
    if len(old) == len(new) == 1:
        yield next(iter(old.values())), next(iter(new.values())), ""
        return
    for node in dict.fromkeys((*new, *old)):
        one, other = old.get(node), new.get(node)
        cluster = other or one
        named = cluster is not None and several(before, after)
        yield one, other, label(cluster) if cluster is not None and named else ""


def of_its_cluster(environment: Environment, resource: Resource) -> str:
    """Return " of cluster `x`" for a resource of one of several clusters."""
    cluster = cluster_of(environment, resource) if several(environment) else None
    return "" if cluster is None else f" of {label(cluster)}"
