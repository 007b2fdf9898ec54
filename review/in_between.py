"""What happens between two stacks of one deploy: they are updated one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from assembly.nodes import has_other_nodes, node_of
from assembly.resource import Resource
from assembly.stack import Stack
from kube.pods import pod_template
from kube.scheduling import takes
from review.cost import profile_of
from review.differences import told
from review.labels import label
from review.model import Sentence, say
from review.sides import Key, Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods that no node takes until the stack that they are in is deployed, too."""
    old, new = sides.objects
    for key, first in waiting(sides).items():
        after = new[key]
        was, now = (pod_template(each.content) for each in (old[key], after))
        values = told(was.spec if was else None, now.spec if now else None)
        ends = bool(_takers(sides.after, after))
        details = f"They fit again with {values}." if ends else f"Changed: {values}."
        yield say(
            "pods wait" if ends else "pods find no node",
            name=label(after),
            first=first.name,
            last=sides.after.stacks[after.resource.stack].name,
            details=[details] if values else [],
        )


def waiting(sides: Sides) -> Mapping[Key, Stack]:
    """Return the keys of the objects whose pods no node takes, with the stack from which on."""
    old, new = sides.objects
    found = {}
    for key, item in old.items():
        after = new.get(key)
        if after is None or profile_of(sides.before, item) is not None:
            continue
        was, now = (_takers(side, item) for side in sides.both)
        if not was or now or has_other_nodes(sides.after):
            continue
        groups = [*beside(sides.after, after.resource, NODE_GROUP)]
        earlier = sides.after.order.stacks_before(after.resource.stack)
        stacks = [sides.after.stacks[each.stack] for each in groups if each.stack in earlier]
        if stacks and pod_template(item.content) is not None:
            found[key] = stacks[0]
    return found


def _takers(side: Environment, item: KubernetesObject) -> list[Resource]:
    """Return the node groups of an environment whose nodes take an object's pods, or may."""
    template = pod_template(item.content)
    pod = {"spec": template.spec if template else {}}
    groups = beside(side, item.resource, NODE_GROUP)
    return [group for group in groups if takes(node_of(group, may_have_more=False), pod)]
