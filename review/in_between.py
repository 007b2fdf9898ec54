"""What happens between two stacks of one deploy: they are updated one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from assembly.nodes import has_other_nodes, node_of
from assembly.resource import Resource
from kube.pods import pod_template
from kube.scheduling import takes
from review.cost import profile_of
from review.differences import told
from review.labels import place
from review.model import Sentence, say
from review.sides import Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods that no node takes until the stack that they are in is deployed, too."""
    old, new = sides.objects
    for key, item in old.items():
        after = new.get(key)
        template = pod_template(item.content)
        if after is None or template is None or profile_of(sides.before, item) is not None:
            continue
        was, now = (_takers(side, item) for side in sides.both)
        if not was or now or has_other_nodes(sides.after):
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
                details=[f"They run again with stack `{stack.name}`: {values}."] if ends else [],
            )


def _takers(side: Environment, item: KubernetesObject) -> list[Resource]:
    """Return the node groups of an environment whose nodes take an object's pods, or may."""
    template = pod_template(item.content)
    pod = {"spec": template.spec if template else {}}
    groups = beside(side, item.resource, NODE_GROUP)
    return [group for group in groups if takes(node_of(group, may_have_more=False), pod)]
