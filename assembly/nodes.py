"""The nodes that the templates make, as the scheduler will see them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import AUTO_SCALING_GROUP, CHART, CLUSTER, DEFAULT_TYPE, NODE_GROUP
from assembly.links import template_of
from assembly.node_group import NodeGroup
from assembly.resource import Resource
from assembly.self_managed import SelfManagedGroup, self_managed_groups
from kube.scheduling import HOSTNAME, REGION, TAINT_EFFECTS, ZONE
from kube.values import Json, Unknown, dicts, flag, look_up, mapping, several, text, unsure

IMAGE_ID = re.compile("ami-[0-9a-f]+")

ARCHITECTURES = {"ARM_64": "arm64", "x86_64": "amd64"}
"""The label kubernetes.io/arch of a node, by what its AMI type contains."""
OLD_NAMES = tuple(
    f"failure-domain.beta.kubernetes.io/{place}" for place in ("zone", "region")
) + tuple(f"beta.kubernetes.io/{fact}" for fact in ("arch", "os", "instance-type"))
"""Labels that nodes still have beside those that took their place."""
GROUP = "eks.amazonaws.com/nodegroup"
GENERATED = "-${random}"
"""The end of a name that CloudFormation makes, which is never that of a manifest."""
ANY = Unknown("a label that something else sets")


@indexed
def node_groups(environment: Environment) -> tuple[NodeGroup, ...]:
    """Return the node groups, also the self-managed ones, each with the properties of a managed one."""
    managed = (
        NodeGroup(stack=each.stack, logical_id=each.logical_id, body=each.body, scope=each.scope)
        for each in environment.resources(NODE_GROUP)
    )
    return (*managed, *self_managed_groups(environment))


def resources_of(environment: Environment, *kinds: str) -> tuple[Resource, ...]:
    """Return the resources of some types, among node groups the self-managed ones, too."""
    own = self_managed_groups(environment) if NODE_GROUP in kinds else ()
    return (*environment.resources(*kinds), *own)


def is_self_managed(group: Resource) -> bool:
    """Tell whether a node group is an Auto Scaling group that EKS knows nothing of."""
    return isinstance(group, SelfManagedGroup)


def types_of(group: Resource) -> Sequence[Any]:
    """Return the instance types of a node group: its own, else that of its launch template, else EKS's default."""
    named = several(group.properties, "InstanceTypes")
    template = template_of(group.scope.environment, group)
    if named or (template is None and "LaunchTemplate" in group.properties):
        return named
    data = mapping(template.properties, "LaunchTemplateData") if template else {}
    return [data.get("InstanceType") or DEFAULT_TYPE]


def node_of(group: Resource, *, may_have_more: bool) -> Json:
    """Return a node of a node group; what isn't known may be anything.

    An autoscaler or a person can give it other labels: `may_have_more` takes those into account.
    """
    kinds, image = types_of(group), text(group.properties, "AmiType")
    found = (word for name, word in ARCHITECTURES.items() if name in image)
    labels: dict[str, object] = {
        **dict.fromkeys((HOSTNAME, ZONE, REGION, *OLD_NAMES), Unknown("its place")),
        "kubernetes.io/os": "windows" if "WINDOWS" in image else "linux",
        "kubernetes.io/arch": next(found, Unknown("the architecture of its image")),
        "node.kubernetes.io/instance-type": kinds[0] if len(kinds) == 1 else Unknown("its type"),
        **({} if is_self_managed(group) else _labels_of_eks(group)),
        **mapping(group.properties, "Labels"),
        **({ANY: ""} if may_have_more or unsure(group.properties.get("Labels")) else {}),
    }
    taints = [
        {
            "key": look_up(each, "Key"),
            "value": look_up(each, "Value"),
            "effect": TAINT_EFFECTS.get(text(each, "Effect")),
        }
        for each in dicts(group.properties, "Taints")
    ]
    return {"metadata": {"labels": labels}, "spec": {"taints": taints}}


def _labels_of_eks(group: Resource) -> Json:
    return {
        GROUP: text(group.properties, "NodegroupName") or f"{group.logical_id}{GENERATED}",
        "eks.amazonaws.com/capacityType": text(group.properties, "CapacityType") or "ON_DEMAND",
    }


def not_understood(environment: Environment) -> tuple[Resource, ...]:
    """Return the Auto Scaling groups that may have nodes of which not all is known."""
    read = {each for each in self_managed_groups(environment) if each.understood}
    return tuple(x for x in environment.resources(AUTO_SCALING_GROUP) if x not in read)


def has_other_nodes(environment: Environment) -> bool:
    """Tell whether nodes may come from elsewhere: Auto Mode, Karpenter, groups that nobody can read."""
    automatic = (
        flag(each.properties, "ComputeConfig", "Enabled") for each in environment.resources(CLUSTER)
    )
    charts = (text(each.properties, "Chart") for each in environment.resources(CHART))
    return (
        any(each is not False for each in automatic)
        or any("karpenter" in chart for chart in charts)
        or bool([*environment.kubernetes_objects("NodePool", "Provisioner")])
        or bool(not_understood(environment))
    )


def own_image(environment: Environment, group: Resource) -> str:
    """Return the id of the image that a group's launch template names; empty where AWS's is meant."""
    template = template_of(environment, group)
    image = text(template.properties, "LaunchTemplateData", "ImageId") if template else ""
    return image if IMAGE_ID.fullmatch(image) else ""
