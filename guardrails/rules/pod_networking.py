"""Whether pods can get addresses in the way that the VPC CNI is told to give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.links import beside
from assembly.resource import Resource
from capacity.cni import Cni
from capacity.instance_types import InstanceType, UnknownInstanceTypeError, instance_type
from capacity.pods import type_limit
from guardrails.rule import Finding, breach, rule
from guardrails.rules.vpc_cni import add_ons, configured, problems, read_configuration
from kube.values import items, known, look_up, text

DEFAULT_TYPE = "t3.medium"
"""What EKS takes where a node group names no type (EKS API reference, CreateNodegroup)."""
ZONE_LABEL = "topology.kubernetes.io/zone"
TOLD = "ConfigurationValues"


def instance_types(environment: Environment, group: Resource) -> Iterator[InstanceType]:
    """Yield the instance types of a node group, as far as capacity/instance_limits.csv has them."""
    named = group.properties.get("InstanceTypes")
    template = group.properties.get("LaunchTemplate")
    found = group if template is None else environment.target(look_up(template, "Id"))
    names = items(named)
    if not names and known(named) and found is not None:
        names = [look_up(found.properties, "LaunchTemplateData", "InstanceType") or DEFAULT_TYPE]
    for name in names:
        try:
            yield instance_type(str(name))
        except UnknownInstanceTypeError:
            # A type newer than the data, or filled in at deploy: nothing is known of it.
            continue


def zones(environment: Environment, group: Resource) -> frozenset[str]:
    """Return the zones of a node group, as far as its subnets are in the templates."""
    subnets = items(group.properties, "Subnets")
    return frozenset(filter(None, (zone_of(environment, subnet) for subnet in subnets)))


def zone_of(environment: Environment, subnet: object) -> str | None:
    """Return the zone of a subnet, if a template names it."""
    found = environment.target(subnet)
    zone = text(found.properties, "AvailabilityZone") if found else ""
    return zone if zone and known(zone) else None


@rule("CNI1")
def _invalid(environment: Environment) -> Iterator[Finding]:
    for add_on in add_ons(environment):
        try:
            told = read_configuration(add_on).configuration
        except ValueError as error:
            yield breach(add_on, TOLD, "unreadable", f"It is neither JSON nor YAML: {error}.")
            continue
        for at, allowed in problems(told):
            yield breach(add_on, TOLD, at, f"At {at} the schema wants {allowed}.")


def _has_addresses(kind: InstanceType) -> bool:
    return type_limit(Cni(custom_networking=True), kind).addressed > 0


ABLE: Mapping[str, tuple[str, Callable[[InstanceType], bool]]] = {
    "CNI2": ("ENABLE_POD_ENI", attrgetter("trunking")),
    "CNI3": ("ENABLE_PREFIX_DELEGATION", attrgetter("prefixes")),
    "CNI4": ("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", _has_addresses),
}
"""The rules about a setting, and on which instance types it works."""


def _unable(
    setting: str, able: Callable[[InstanceType], bool], environment: Environment
) -> Iterator[Finding]:
    for cni in configured(environment):
        groups = beside(environment, cni.add_on, NODE_GROUP) if cni.is_on(setting) else ()
        for group in groups:
            for kind in instance_types(environment, group):
                if not able(kind):
                    detail = f"The VPC CNI has {setting}=true."
                    yield breach(group, "InstanceTypes", kind.name, detail)


for _id, _row in ABLE.items():
    rule(_id)(partial(_unable, *_row))


@rule("CNI5")
def _zones_apart(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        subnets = cni.pod_subnets
        if not subnets or not known([*subnets]):
            continue
        groups = beside(environment, cni.add_on, NODE_GROUP)
        used = {zone for group in groups for zone in zones(environment, group)}
        for zone in sorted(used - set(subnets)):
            detail = f"Nodes run in {zone}, and eniConfig.subnets has only {', '.join(subnets)}."
            yield breach(cni.add_on, TOLD, zone, detail)
        for zone, subnet in subnets.items():
            actual = zone_of(environment, subnet)
            if actual is not None and actual != zone:
                detail = f"The subnet that eniConfig names for {zone} is in {actual}."
                yield breach(cni.add_on, TOLD, zone, detail)


@rule("CNI6")
def _unlabelled(environment: Environment) -> Iterator[Finding]:
    name = "ENI_CONFIG_LABEL_DEF"
    for cni in configured(environment):
        label = cni.env(name)
        if cni.pod_subnets and known(label) and label != ZONE_LABEL:
            detail = f"It is {label!r}." if label else "It is not set."
            yield breach(cni.add_on, TOLD, name, detail)


@rule("CNI7")
def _probes_fail(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        # strict is the CNI's own default.
        strict = cni.env("POD_SECURITY_GROUP_ENFORCING_MODE") in (None, "strict")
        demux = look_up(cni.configuration, "init", "env", "DISABLE_TCP_EARLY_DEMUX")
        demux_stays = known(demux) and demux not in ("true", True)
        if cni.is_on("ENABLE_POD_ENI") and strict and demux_stays:
            yield breach(cni.add_on, TOLD, "DISABLE_TCP_EARLY_DEMUX")


@rule("CNI8")
def _architectures(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        image = text(group.properties, "AmiType")
        wanted = "arm64" if "_ARM_64" in image else "x86_64" if "x86_64" in image else None
        for kind in instance_types(environment, group):
            if wanted is not None and kind.architecture != wanted:
                detail = f"{kind.name} is {kind.architecture}, and {image} is {wanted}."
                yield breach(group, "InstanceTypes", kind.name, detail)
