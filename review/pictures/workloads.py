"""What runs in the cluster, where, and which load balancer leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from review.environment import Environment
from review.fargate_profiles import profile_of
from review.kubernetes_objects import KubernetesObject
from review.labels import listed, short_name
from review.load_balancers import SCHEME
from review.networks import EVERYBODY

PODS_ON_NODES = "pods on nodes"
"""The key of the band with all pods that no Fargate profile takes."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A Deployment. `profile` is the Fargate profile that takes its pods, empty for nodes."""

    namespace: str
    name: str
    replicas: int
    profile: str
    labels: Mapping[str, str]

    @property
    def place(self) -> str:
        """Return the key of the band that the pods run in."""
        return f"Fargate profile {self.profile}" if self.profile else PODS_ON_NODES

    @property
    def words(self) -> str:
        """Return the pods in words: how many of what, such as three of sample/web."""
        return f"{self.replicas} \N{MULTIPLICATION SIGN} {self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Balancer:
    """A load balancer that a Service asks for, whom it answers, and the pods behind it."""

    service: str
    public: bool
    callers: str
    ports: str
    pods: tuple[Workload, ...]

    @property
    def key(self) -> str:
        """Return the key of its band."""
        return f"load balancer {self.service}"


def workloads_of(environment: Environment) -> tuple[Workload, ...]:
    """Return the Deployments of an environment."""
    return tuple(
        _workload(environment, item)
        for item in environment.kubernetes_objects
        if item.kind == "Deployment"
    )


def balancers_of(environment: Environment) -> tuple[Balancer, ...]:
    """Return the load balancers of an environment."""
    workloads = workloads_of(environment)
    return tuple(
        _balancer(item, workloads)
        for item in environment.kubernetes_objects
        if item.kind == "Service" and item.content["spec"].get("type") == "LoadBalancer"
    )


def _workload(environment: Environment, deployment: KubernetesObject) -> Workload:
    spec, profile = deployment.content["spec"], profile_of(environment, deployment)
    return Workload(
        namespace=deployment.namespace,
        name=deployment.name,
        replicas=spec.get("replicas", 1),
        profile=short_name(profile) if profile is not None else "",
        labels=spec["template"]["metadata"].get("labels", {}),
    )


def _balancer(service: KubernetesObject, workloads: tuple[Workload, ...]) -> Balancer:
    spec: Mapping[str, Any] = service.content["spec"]
    selector = spec.get("selector", {})
    networks = spec.get("loadBalancerSourceRanges") or [EVERYBODY]
    public = service.content["metadata"].get("annotations", {}).get(SCHEME) == "internet-facing"
    everybody = "everybody" if public else "everybody who reaches the VPC"
    return Balancer(
        service=f"{service.namespace}/{service.name}",
        public=public,
        callers=everybody if EVERYBODY in networks else listed(networks),
        ports=listed(str(port["port"]) for port in spec["ports"]),
        pods=tuple(
            each
            for each in workloads
            if each.namespace == service.namespace and selector.items() <= each.labels.items()
        ),
    )
