"""What becomes of pods that PodDisruptionBudgets hold back, where nodes of NodePools go.

Source: Karpenter documentation, "Disruption", "TerminationGracePeriod".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from assembly.kubernetes_object import KubernetesObject
from kube.values import mapping
from review import node_pools
from review.labels import duration, words
from review.model import DETAILS
from review.sides import Sides

SECONDS: Mapping[str, int] = {"h": 3600, "m": 60, "s": 1}
TIME = re.compile(r"(\d+)([hms])")
"""A part of a duration as Go writes it."""


def held(going: Iterable[node_pools.Pool]) -> str:
    """Return what becomes of pods that PodDisruptionBudgets hold back."""
    times = {x.grace for x in going}
    parts = [(int(x), SECONDS[y]) for each in times for x, y in TIME.findall(each)]
    if len(times) == 1 and parts:
        time = duration(f"{sum(x * y for x, y in parts)}")
        return DETAILS["killed after"].format(time=time)
    return DETAILS["holds"] if times == {""} else ""


def by(sides: Sides, item: KubernetesObject) -> str:
    """Return the same of the pools that an object is, or whose nodes have it as their class."""
    every = (x for x in node_pools.pools(sides.before) if x.cluster == item.resource.cluster_key)
    if item.kind == "NodePool":
        return held(x for x in every if x.name == words(item.name) and not x.built_in)
    ref = {"kind": item.kind, "name": item.name}
    of = ("template", "spec", "nodeClassRef")
    return held(x for x in every if ref.items() <= mapping(x.spec, *of).items())
