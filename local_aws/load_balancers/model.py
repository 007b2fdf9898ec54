"""What a Service asks of its Network Load Balancer, read from its spec and annotations.

The names, tags, defaults and words are those of the AWS Load Balancer Controller 3.5 (its guide,
"NLB" and "Service annotations").
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kube.load_balancers import SERVICE
from local_aws.kubernetes import objects

LOAD_BALANCER_CLASS = "service.k8s.aws/nlb"
FINALIZER = "service.k8s.aws/resources"
PREFIX = f"{SERVICE}-"

CLUSTER_TAG = "elbv2.k8s.aws/cluster"
STACK_TAG = "service.k8s.aws/stack"

ROLE_TAGS = {
    "internet-facing": "kubernetes.io/role/elb",
    "internal": "kubernetes.io/role/internal-elb",
}
"""The tag that marks the subnets of a scheme; its value is 1 or empty."""

MINIMUM_FREE_ADDRESSES = 8
"""Elastic Load Balancing refuses a subnet with fewer (its user guide, "Availability Zones")."""
_OWNER = "kubernetes.io/cluster/"


class ModelError(ValueError):
    """A Service asks for what can't be built; the message is what the controller says."""


class Port(NamedTuple):
    """A listener and its target group. `target` is a number or the name of a container's port."""

    listener: int
    target: int | str
    protocol: str


@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """The load balancer that a Service asks for."""

    name: str
    scheme: str
    target_type: str
    ports: Sequence[Port]
    source_ranges: Sequence[str]
    attributes: Mapping[str, str]
    target_group_attributes: Mapping[str, str]
    tags: Mapping[str, str]

    def target_group_name(self, port: Port) -> str:
        """Return the name of the target group behind a port."""
        return short_name(self.tags[STACK_TAG], f"{self.name} {port.listener} {port.target}")


def is_ours(service: Mapping[str, Any]) -> bool:
    """Tell whether the controller takes a Service: by its class, or else by the old annotation."""
    spec, by_type = service["spec"], objects.annotations(service).get(f"{PREFIX}type")
    by_class = spec.get("loadBalancerClass")
    ours = by_class == LOAD_BALANCER_CLASS if by_class else by_type in {"external", "nlb-ip"}
    return bool(spec.get("type") == "LoadBalancer" and ours)


def load_balancer(
    service: Mapping[str, Any], *, cluster_name: str, default_target_type: str
) -> LoadBalancer:
    """Return what a Service asks for.

    Raises `ModelError` for an annotation with a value that the controller refuses.
    """
    metadata, spec = service["metadata"], service["spec"]
    stack = f"{metadata['namespace']}/{metadata['name']}"
    annotations = objects.annotations(service).items()
    said = {key.removeprefix(PREFIX): value for key, value in annotations}
    scheme = _one_of(said, "scheme", "internal", ROLE_TAGS)
    target_type = _one_of(said, "nlb-target-type", default_target_type, ("ip", "instance"))
    if target_type == "instance" and not spec.get("allocateLoadBalancerNodePorts", True):
        raise ModelError("unable to support instance target type with an unallocated NodePort")
    own = {CLUSTER_TAG: cluster_name, STACK_TAG: stack}
    return LoadBalancer(
        # The scheme of a load balancer can't change: another scheme is another load balancer.
        name=short_name(stack, f"{cluster_name} {metadata.get('uid', '')} {scheme}"),
        scheme=scheme,
        target_type=target_type,
        ports=[
            Port(port["port"], port.get("targetPort", port["port"]), port.get("protocol", "TCP"))
            for port in spec["ports"]
        ],
        source_ranges=list(spec.get("loadBalancerSourceRanges") or ["0.0.0.0/0"]),
        attributes=_pairs(said, "attributes"),
        target_group_attributes=_pairs(said, "target-group-attributes"),
        tags={**_pairs(said, "additional-resource-tags"), **own},
    )


def short_name(stack: str, identity: str) -> str:
    """Return a name such as k8s-sample-web-1a2b3c4d5e, within the 32 characters that ELB allows."""
    digest = hashlib.sha256(identity.encode()).hexdigest()[:10]
    parts = (re.sub(r"[^a-zA-Z0-9]", "", part)[:8] for part in stack.split("/", 1))
    return "-".join(["k8s", *parts, digest])


def tag_list(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags or attributes as AWS' APIs take them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def tags_of(thing: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a thing that AWS describes."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", ())}


def choose_subnets(
    subnets: Sequence[Mapping[str, Any]], *, scheme: str, cluster_name: str
) -> list[str]:
    """Return one subnet per zone, of those that are tagged for the scheme.

    Raises `ModelError` with the controller's words if there is none.
    """
    role = ROLE_TAGS[scheme]
    by_zone: dict[str, str] = {}
    for subnet in sorted(subnets, key=lambda one: str(one["SubnetId"])):
        tags = tags_of(subnet)
        owners = {key.removeprefix(_OWNER) for key in tags if key.startswith(_OWNER)}
        has_room = subnet["AvailableIpAddressCount"] >= MINIMUM_FREE_ADDRESSES
        if tags.get(role) in {"", "1"} and (not owners or cluster_name in owners) and has_room:
            by_zone.setdefault(subnet["AvailabilityZone"], subnet["SubnetId"])
    if not by_zone:
        count = f"0 match VPC and tags: [{role}], of {len(subnets)} in the VPC"
        raise ModelError(f"unable to resolve at least one subnet ({count})")
    return sorted(by_zone.values())


def _one_of(said: Mapping[str, str], name: str, default: str, allowed: Collection[str]) -> str:
    value = said.get(name, default)
    if value not in allowed:
        raise ModelError(f"{PREFIX}{name} is {value!r}; it may be {' or '.join(allowed)}")
    return value


def _pairs(said: Mapping[str, str], name: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in said.get(name, "").split(",") if pair.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}
