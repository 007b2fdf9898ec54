"""The clusters of an environment: usually one, which needs no name."""

from __future__ import annotations

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from assembly.links import cluster_of
from assembly.resource import Resource
from review.labels import label


def several(environment: Environment) -> bool:
    """Tell whether an environment has more than one cluster."""
    return len(environment.resources(CLUSTER)) > 1


def of_its_cluster(environment: Environment, resource: Resource) -> str:
    """Return " of cluster `x`" for a resource of one of several clusters."""
    cluster = cluster_of(environment, resource) if several(environment) else None
    return "" if cluster is None else f" of {label(cluster)}"
