"""What the templates say about the nodes of a managed node group."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.resource import Resource
from capacity.instance_types import InstanceType, UnknownInstanceTypeError, instance_type
from kube.values import items, known, look_up, text

DEFAULT_INSTANCE_TYPE = "t3.medium"
"""What EKS takes where a node group names no type (EKS API reference, CreateNodegroup)."""


def instance_types(environment: Environment, group: Resource) -> Iterator[InstanceType]:
    """Yield the instance types of a node group, as far as capacity/instance_limits.csv has them."""
    for name in _names(environment, group):
        try:
            yield instance_type(str(name))
        except UnknownInstanceTypeError:
            # A type newer than the data, or filled in at deploy: nothing is known of it.
            continue


def zones(environment: Environment, group: Resource) -> frozenset[str]:
    """Return the zones of a node group, as far as its subnets are in the templates."""
    found = (zone_of(environment, subnet) for subnet in items(group.properties, "Subnets"))
    return frozenset(zone for zone in found if zone is not None)


def zone_of(environment: Environment, subnet: object) -> str | None:
    """Return the zone of a subnet, if a template names it."""
    found = environment.target(subnet)
    zone = text(found.properties, "AvailabilityZone") if found else ""
    return zone if zone and known(zone) else None


def _names(environment: Environment, group: Resource) -> tuple[object, ...]:
    named = group.properties.get("InstanceTypes")
    template = group.properties.get("LaunchTemplate")
    if items(named) or not known(named):
        return tuple(items(named))
    if template is None:
        return (DEFAULT_INSTANCE_TYPE,)
    found = environment.target(look_up(template, "Id"))
    if found is None:
        return ()
    named = look_up(found.properties, "LaunchTemplateData", "InstanceType")
    return (named or DEFAULT_INSTANCE_TYPE,)
