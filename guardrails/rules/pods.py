"""The pods that the Kubernetes objects in the templates make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guardrails.environment import Environment, KubernetesObject
from guardrails.rule import Finding

FAMILY = "Kubernetes objects"
LOCATION = "Properties/Manifest"
UNKNOWN = "value"
"""What stands in a manifest for a text that CloudFormation fills in (guardrails/intrinsics.py)."""

SERVERS = ("Deployment", "StatefulSet")
"""Kinds whose pods answer others: they must survive the loss of a node."""
CONTROLLERS = (*SERVERS, "DaemonSet", "ReplicaSet")
"""Kinds that keep pods running, which they find by a selector."""

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pods:
    """The pods of one object: their labels and their specification."""

    owner: KubernetesObject
    labels: Mapping[str, str]
    spec: Json

    @property
    def containers(self) -> Sequence[Json]:
        """Return the containers that run together, those that only prepare left out."""
        return dicts(self.spec.get("containers"))

    @property
    def all_containers(self) -> Sequence[Json]:
        """Return every container."""
        return [*dicts(self.spec.get("initContainers")), *self.containers]

    @property
    def replicas(self) -> int:
        """Return how many pods there are; 0 may also be a number that is filled in at deploy."""
        replicas = self.owner.spec.get("replicas", 1)
        return replicas if isinstance(replicas, int) else 0


def pods(environment: Environment, *kinds: str) -> Iterator[Pods]:
    """Yield the pods of every object of these kinds, or of every kind that makes pods."""
    for item in environment.kubernetes_objects(*kinds):
        template = _template(item)
        spec = template.get("spec")
        if isinstance(spec, Mapping):
            labels = mapping(mapping(template.get("metadata")).get("labels"))
            yield Pods(owner=item, labels=labels, spec=spec)


def namespace(item: KubernetesObject) -> str:
    """Return the namespace of an object."""
    return item.namespace or "default"


def found(item: KubernetesObject, value: str = "", *, detail: str = "") -> Finding:
    """Return a finding about an object; `value` is what offends in it."""
    return Finding(
        resource=item.resource,
        value=f"{item.kind}/{item.name} {value}".rstrip(),
        location=LOCATION,
        detail=detail,
    )


def mapping(value: object) -> Json:
    """Return an object's field as a mapping, empty if it is missing or no mapping."""
    return value if isinstance(value, Mapping) else {}


def dicts(value: object) -> Sequence[Json]:
    """Return an object's field as a list of mappings, empty if it is missing or no list."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _template(item: KubernetesObject) -> Json:
    match item.kind:
        case "Pod":
            return item.content
        case "CronJob":
            job = mapping(mapping(item.spec.get("jobTemplate")).get("spec"))
            return mapping(job.get("template"))
        case "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job":
            return mapping(item.spec.get("template"))
        case _:
            return {}
