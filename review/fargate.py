"""Which Fargate profile takes the pods of an object."""

from __future__ import annotations

from assembly.environment import Environment
from assembly.kinds import PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from assembly.resource import Resource
from kube.fargate import selects
from kube.pods import pod_template
from kube.values import items


def profile_of(environment: Environment, item: KubernetesObject) -> Resource | None:
    """Return the profile of its cluster that takes the pods of an object; of several the first.

    Which one of several takes them is not defined (EKS user guide, "Define which Pods use AWS
    Fargate when launched").
    """
    template = pod_template(item.content)
    if template is None:
        return None
    return next(
        (
            profile
            for profile in beside(environment, item.resource, PROFILE)
            for selector in items(profile.properties, "Selectors")
            if selects(selector, item.namespace or "default", template.labels)
        ),
        None,
    )
