"""What the templates say about the nodes of a managed node group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from capacity.instance_types import InstanceType, UnknownInstanceTypeError, instance_type
from guardrails.environment import Environment, Resource
from guardrails.targets import target

NODE_GROUP = "AWS::EKS::Nodegroup"
DEFAULT_INSTANCE_TYPE = "t3.medium"
"""What EKS takes where a node group names no type (EKS API reference, CreateNodegroup)."""


def instance_types(environment: Environment, group: Resource) -> Iterator[InstanceType]:
    """Yield the instance types of a node group, as far as capacity/instance_limits.csv has them."""
    names = group.properties.get("InstanceTypes") or [_of_template(environment, group)]
    for name in names:
        try:
            yield instance_type(str(name))
        except UnknownInstanceTypeError:
            # A type newer than the data: nothing is known of it, so nothing is found.
            continue


def zones(environment: Environment, group: Resource) -> frozenset[str]:
    """Return the zones of a node group, as far as its subnets are in the templates."""
    subnets = group.properties.get("Subnets", ())
    found = (
        zone_of(environment, group.stack, value)
        for value in (subnets if isinstance(subnets, list) else ())
    )
    return frozenset(zone for zone in found if zone is not None)


def zone_of(environment: Environment, stack: str, subnet: object) -> str | None:
    """Return the zone of a subnet, if a template names it."""
    found = target(environment, stack, subnet)
    zone = found.properties.get("AvailabilityZone") if found else None
    return zone if isinstance(zone, str) else None


def _of_template(environment: Environment, group: Resource) -> object:
    if "LaunchTemplate" not in group.properties:
        return DEFAULT_INSTANCE_TYPE
    template = target(environment, group.stack, group.properties["LaunchTemplate"].get("Id"))
    if template is None:
        return None
    data: Mapping[str, object] = template.properties.get("LaunchTemplateData", {})
    return data.get("InstanceType", DEFAULT_INSTANCE_TYPE)
