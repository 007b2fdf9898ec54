"""Workloads that go by another name from now on: to Kubernetes, one goes and another one comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assembly.index import grouped
from assembly.kubernetes_object import KubernetesObject
from kube.pods import containers, replicas
from kube.values import look_up, text
from review.labels import counted, label
from review.model import DETAILS, Sentence, say

KINDS = ("Deployment", "DaemonSet")
"""A StatefulSet has names of its own for its pods and claims: under another one it is none of that."""
Pair = tuple[KubernetesObject, KubernetesObject]


def pairs(added: Sequence[KubernetesObject], removed: Sequence[KubernetesObject]) -> Iterator[Pair]:
    """Yield what goes, and the only thing that comes with the same images in its stack and namespace."""
    alike = grouped((_made_of(x), x) for x in (*removed, *added) if _made_of(x))
    for was, *rest in alike.values():
        if was in removed and len(rest) == 1 and rest[0] in added:
            yield was, rest[0]


def _made_of(item: KubernetesObject) -> tuple[str, ...]:
    images = [text(x, "image") for _, x in containers(look_up(item.spec, "template", "spec"))]
    runs = item.kind in KINDS and replicas(item.content) != 0
    return (item.resource.stack, item.kind, item.namespace, *images) if runs and images else ()


def sentences(several: Sequence[Pair]) -> Iterator[Sentence]:
    """Yield what happens in between.

    What one manifest no longer has, kubectl prunes as soon as the rest is applied; a resource that goes
    is deleted at the end (CloudFormation user guide, "Understand update behaviors of stack resources").
    """
    for was, now in several:
        at_once = was.resource.node == now.resource.node
        more = counted(replicas(now.content) or 0, "more pod")
        yield say(
            "object renamed at once" if at_once else "object renamed",
            old=label(was),
            new=label(now),
            stack=now.resource.scope.stack.name,
            details=[] if at_once else [DETAILS["both run"].format(more=more)],
        )
