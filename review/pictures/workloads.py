"""What runs in the clusters, where, and which load balancer leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key
from kube.fargate import selects
from kube.load_balancers import internet_facing
from kube.pods import TEMPLATES, pod_template, replicas
from kube.selectors import matches
from kube.values import Json, dicts, items, mapping, text
from review.labels import listed, short_name, words
from review.networks import EVERYBODY

PODS_ON_NODES = "pods on nodes"
"""The key of the band with all pods that no Fargate profile takes."""
MAKES_PODS = tuple(kind for kind in TEMPLATES if kind != "PodTemplate")


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What makes pods, such as a Deployment; `place` is the key of the band that they run in."""

    cluster: object
    namespace: str
    name: str
    replicas: int | None
    place: str
    labels: Json

    @property
    def words(self) -> str:
        """Return the pods in words: how many of what, such as three of sample/web."""
        count = "" if self.replicas is None else f"{self.replicas} \N{MULTIPLICATION SIGN} "
        return f"{count}{self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Balancer:
    """A load balancer that a Service asks for, whom it answers, and the bands of its pods."""

    service: str
    public: bool
    answers: str
    places: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return the key of its band."""
        return f"load balancer {self.service}"


@indexed
def workloads_of(environment: Environment) -> tuple[Workload, ...]:
    """Return what makes pods in an environment."""
    return tuple(_workloads(environment))


def balancers_of(environment: Environment) -> tuple[Balancer, ...]:
    """Return the load balancers of an environment."""
    by_namespace: dict[tuple[object, str], list[Workload]] = {}
    for each in workloads_of(environment):
        by_namespace.setdefault((each.cluster, each.namespace), []).append(each)
    return tuple(
        _balancer(
            item, by_namespace.get((cluster_key(environment, item.resource), _namespace(item)), [])
        )
        for item in environment.kubernetes_objects("Service")
        if text(item.spec, "type") == "LoadBalancer"
    )


def _workloads(environment: Environment) -> Iterator[Workload]:
    for item in environment.kubernetes_objects(*MAKES_PODS):
        template = pod_template(item.content)
        if template is not None:
            yield Workload(
                cluster=cluster_key(environment, item.resource),
                namespace=_namespace(item),
                name=words(item.name),
                replicas=replicas(item.content),
                place=_place(environment, item, template.labels),
                labels=template.labels,
            )


def _place(environment: Environment, item: KubernetesObject, labels: Json) -> str:
    """Return the band of some pods; of several profiles that take them, EKS chooses one at random."""
    for profile in beside(environment, item.resource, PROFILE):
        for selector in dicts(profile.properties, "Selectors"):
            if selects(selector, item.namespace or "default", labels):
                return f"Fargate profile {short_name(profile)}"
    return PODS_ON_NODES


def _balancer(service: KubernetesObject, workloads: list[Workload]) -> Balancer:
    networks = items(service.spec, "loadBalancerSourceRanges") or [EVERYBODY]
    public = internet_facing(service.content)
    everybody = "everybody" if public else "everybody who reaches the VPC"
    ports = listed(text(port, "port") for port in dicts(service.spec, "ports"))
    selector = mapping(service.spec, "selector")
    # A Service without a selector has endpoints that somebody else writes.
    pods = [
        each for each in workloads if selector and matches({"matchLabels": selector}, each.labels)
    ]
    return Balancer(
        service=f"{_namespace(service)}/{words(service.name)}",
        public=public,
        answers=f"answers {everybody if EVERYBODY in networks else listed(map(words, networks))}"
        + (f" on port {ports}" if ports else ""),
        places=tuple(dict.fromkeys(each.place for each in pods)),
    )


def _namespace(item: KubernetesObject) -> str:
    return words(item.namespace) or "default"
