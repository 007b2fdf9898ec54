"""What each section of a review is made of, in the order that they are shown in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from review import (
    access,
    access_table,
    accounts,
    acknowledgements,
    autoscaled,
    balanced_zones,
    billing,
    capacity,
    comings,
    cost,
    cut_off,
    exposure,
    iam,
    in_between,
    interrupted,
    kubernetes,
    load_balancers,
    losses,
    moved_stacks,
    network_policies,
    node_pools,
    nodes_gone,
    rbac,
    refusals,
    rehearsal,
    rejected,
    remaining_resources,
    rolled,
    room,
    safeguards,
    security_groups,
    settings,
    versions,
)
from review.model import ObjectDiff, Sentence
from review.sides import Sides
from review.tables import Table

Part = Sentence | Table | ObjectDiff
Make = Callable[[Sides], Iterable[Part]]

SUBJECTS: Mapping[str, tuple[str, tuple[Make, ...]]] = {
    "refusals": ("Can it be deployed", (refusals.sentences, rejected.sentences)),
    "replacements": (
        "Replaced, removed, interrupted",
        (
            versions.sentences,
            rolled.sentences,
            losses.replacements,
            losses.hidden,
            interrupted.sentences,
            comings.sentences,
            losses.removals,
            node_pools.sentences,
            nodes_gone.sentences,
            in_between.sentences,
        ),
    ),
    "protection": ("Protection against loss", (safeguards.protection,)),
    "access": (
        "Access to the cluster",
        (access.sentences, nodes_gone.entries, rbac.sentences, access_table.tables),
    ),
    "exposure": (
        "Exposure",
        (
            load_balancers.sentences,
            balanced_zones.sentences,
            exposure.sentences,
            security_groups.sentences,
            network_policies.sentences,
        ),
    ),
    "permissions": ("Permissions in AWS", (iam.sentences, accounts.sentences)),
    "capacity": ("Capacity", (capacity.sentences, room.sentences, capacity.tables)),
    "kubernetes": (
        "Kubernetes objects",
        (kubernetes.sentences, cut_off.unenforced, autoscaled.sentences, settings.diffs),
    ),
    "versions": ("Versions and support", (versions.tables,)),
    "acknowledgements": ("Acknowledged findings", (acknowledgements.acknowledgements,)),
    "cost": ("Cost", (cost.sentences, billing.sentences, cost.tables)),
    "rehearsal": ("Rehearsal on an emulated account", (rehearsal.sentences, rehearsal.tables)),
    "other": ("Everything else", (moved_stacks.stacks, remaining_resources.sentences)),
}
