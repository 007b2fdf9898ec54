"""What happens between two stacks of one deploy: they are updated one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import CLUSTER, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from assembly.resource import Resource
from kube.pods import pod_template
from kube.scheduling import HOSTNAME, ZONE, takes
from kube.values import Unknown, dicts, flag, items, mapping, text
from review.cost import profile_of
from review.differences import told
from review.labels import place
from review.model import Sentence, say
from review.sides import Sides

ARCHITECTURES = {"ARM_64": "arm64", "x86_64": "amd64"}
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"}


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods that no node takes until the stack that they are in is deployed, too."""
    old, new = sides.objects
    for key, item in old.items():
        after = new.get(key)
        template = pod_template(item.content)
        if after is None or template is None or profile_of(sides.before, item) is not None:
            continue
        was, now = (_takers(side, item) for side in sides.both)
        if not was or now or _makes_nodes(sides.after, item):
            continue
        stack = sides.after.stacks[after.resource.stack]
        groups = [*beside(sides.after, after.resource, NODE_GROUP)]
        earlier = sides.after.order.stacks_before(stack.path)
        stacks = [sides.after.stacks[each.stack] for each in groups if each.stack in earlier]
        if stacks:
            later = pod_template(after.content)
            values = told(template.spec, later.spec if later else None)
            ends = bool(_takers(sides.after, after))
            yield say(
                "pods wait" if ends else "pods find no node",
                name=f"{item.kind} `{place(item)}`",
                first=stacks[0].name,
                last=stack.name,
                details=[f"They fit again with {values}."] if ends else [],
            )


def _takers(side: Environment, item: KubernetesObject) -> list[Resource]:
    """Return the node groups of an environment whose nodes take an object's pods, or may."""
    template = pod_template(item.content)
    pod = {"spec": template.spec if template else {}}
    groups = beside(side, item.resource, NODE_GROUP)
    return [group for group in groups if takes(_node(group), pod)]


def _node(group: Resource) -> object:
    """Return a node of a group: what isn't known may be anything."""
    kinds, image = items(group.properties, "InstanceTypes"), text(group.properties, "AmiType")
    found = (word for name, word in ARCHITECTURES.items() if name in image)
    labels = {
        **dict.fromkeys((HOSTNAME, ZONE, "topology.kubernetes.io/region"), Unknown("its place")),
        "kubernetes.io/os": "windows" if image.startswith("WINDOWS") else "linux",
        "kubernetes.io/arch": next(found, Unknown("the architecture of its image")),
        "node.kubernetes.io/instance-type": kinds[0] if len(kinds) == 1 else Unknown("its type"),
        "eks.amazonaws.com/nodegroup": Unknown("the name of its group"),
        "eks.amazonaws.com/capacityType": text(group.properties, "CapacityType") or "ON_DEMAND",
        **mapping(group.properties, "Labels"),
    }
    taints = [
        {"key": taint.get("Key"), "value": taint.get("Value"), "effect": effect}
        for taint in dicts(group.properties, "Taints")
        if (effect := EFFECTS.get(text(taint, "Effect")))
    ]
    return {"metadata": {"labels": labels}, "spec": {"taints": taints}}


def _makes_nodes(side: Environment, item: KubernetesObject) -> bool:
    """Tell whether something makes nodes for whatever pods there are: Auto Mode or Karpenter."""
    clusters = beside(side, item.resource, CLUSTER)
    auto = any(flag(each.properties, "ComputeConfig", "Enabled") is not False for each in clusters)
    return auto or bool(side.kubernetes_objects("NodePool", "Provisioner"))
