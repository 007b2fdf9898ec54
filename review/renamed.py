"""Workloads that go by another name from now on, and what goes with all that names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject
from kube.pods import containers, replicas
from kube.values import look_up, text
from review.labels import counted, label
from review.model import DETAILS, Sentence, read, say
from review.sides import Sides

KINDS = ("Deployment", "DaemonSet")
"""A StatefulSet has names of its own for its pods and claims: under another one it is none of that."""
NAMED_BY: Mapping[str, Sequence[str]] = read("consequences")["named_by"]
"""The fields in which other objects name one of a kind, each with the field above it."""
Objects = Sequence[KubernetesObject]


def pairs(added: Objects, removed: Objects) -> Iterator[tuple[KubernetesObject, KubernetesObject]]:
    """Yield what goes, and the only thing that comes with the same images in its stack and namespace."""
    for was, *rest in grouped((_made_of(x), x) for x in (*removed, *added) if _made_of(x)).values():
        if was in removed and len(rest) == 1 and rest[0] in added:
            yield was, rest[0]


def _made_of(item: KubernetesObject) -> tuple[str, ...]:
    images = [text(x, "image") for _, x in containers(look_up(item.spec, "template", "spec"))]
    runs = item.kind in KINDS and replicas(item.content) != 0
    return (item.resource.stack, item.kind, item.namespace, *images) if runs and images else ()


def sentence(was: KubernetesObject, now: KubernetesObject) -> Sentence:
    """Return what happens in between.

    What one manifest no longer has, kubectl prunes as soon as the rest is applied; a resource that goes
    is deleted at the end (CloudFormation user guide, "Understand update behaviors of stack resources").
    """
    old, new, stack = label(was), label(now), now.resource.scope.stack.name
    if was.resource.node == now.resource.node:
        return say("object renamed at once", old=old, new=new)
    more = counted(replicas(now.content) or 0, "more pod")
    details = [DETAILS["both run"].format(more=more)]
    return say("object renamed", old=old, new=new, stack=stack, details=details)


def is_unused(sides: Sides, item: KubernetesObject) -> bool:
    """Tell whether something of these stacks named an object, and nothing does any more."""
    wanted = {(field, item.name) for field in NAMED_BY.get(item.kind, ())}
    if not wanted:
        return False
    was, now = (
        any(
            wanted & texts
            for namespace, texts in _texts_of(side)
            if item.namespace in {"", namespace}
        )
        for side in sides.both
    )
    return was and not now


@indexed
def _texts_of(environment: Environment) -> Sequence[tuple[str, AbstractSet[tuple[str, str]]]]:
    """Return the texts of each object, beside its namespace."""
    return [(x.namespace, {*_texts(x.content)}) for x in environment.kubernetes_objects()]


def _texts(value: object, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of an object, each with its field and the field above that."""
    for each in value if isinstance(value, list) else ():
        yield from _texts(each, above)
    for name, each in value.items() if isinstance(value, Mapping) else ():
        yield from [(f"{above}.{name}", each)] if isinstance(each, str) else _texts(each, name)
