"""Changes of Kubernetes objects that an API server refuses."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from guardrails.rule import Family, Finding
from kube.immutability import problems

IMMUTABLE = Family("Replacement")


@IMMUTABLE.rule(
    "REPLACE5",
    reason="The API server refuses to change this field of an object that exists, so the deploy fails.",
    source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/"
    "#label-selector-updates",
    fix="Put the old value back. If it is meant, give the object another name, or remove it in one deploy "
    "and add it in the next.",
)
def refused(environment: Environment) -> Iterator[Finding]:
    """Yield the fields that may not change."""
    if environment.base is None:
        return
    before = {
        _place(environment.base, item): item for item in environment.base.kubernetes_objects()
    }
    for item in environment.kubernetes_objects():
        was = before.get(_place(environment, item))
        for problem in problems(was.content, item.content) if was else ():
            yield Finding(
                resource=item.resource,
                value=f"{item.kind}/{item.name} {problem.field}",
                location="Properties/Manifest",
                detail=f"{problem}.",
            )


def _place(environment: Environment, item: KubernetesObject) -> object:
    return cluster_key(environment, item.resource), item.key
