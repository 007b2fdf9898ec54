"""What a retained resource keeps from being deleted, and which objects kubectl prunes with a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import MANIFEST
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from assembly.resource import Resource
from kube.values import Json, text

KEPT = ("Retain", "RetainExceptOnCreate")
HOLDERS = ("ClusterName", "ResourcesVpcConfig", "RoleName", "Roles", "SubnetId", "SubnetIds")
HOLDERS += ("Subnets", "VPCZoneIdentifier", "VpcConfig", "VpcId")
"""Properties that name what a resource is in."""


def left_behind(environment: Environment, item: Resource) -> Json:
    """Return what holds a retained resource and goes; of a manifest, what is in it and who has its label."""
    facts: dict[str, object] = {}
    if item.attribute("DeletionPolicy") in KEPT:
        named = environment.targets([item.properties.get(each) for each in HOLDERS])
        facts["goes"] = [x.kind for x in named if x.attribute("DeletionPolicy") not in KEPT]
    if objects := _objects(environment).get(item) if item.kind == MANIFEST else None:
        key = cluster_key(environment, item), text(item.properties, "PruneLabel")
        others = {each.path for each in _labelled(environment).get(key, ()) if each != item}
        facts["makes"] = [f"{each.kind} {text(each.spec, 'type')}".rstrip() for each in objects]
        facts["labels"] = [*set.intersection(*({*each.every_label} for each in objects))]
        facts["others"] = ", ".join(sorted(others))
    return facts


@indexed
def _objects(environment: Environment) -> Mapping[Resource, Sequence[KubernetesObject]]:
    return grouped((each.resource, each) for each in environment.kubernetes_objects())


@indexed
def _labelled(environment: Environment) -> Mapping[tuple[object, str], Sequence[Resource]]:
    return grouped(
        ((cluster_key(environment, each.resource), label), each.resource)
        for each in environment.kubernetes_objects()
        for label in each.every_label
    )
