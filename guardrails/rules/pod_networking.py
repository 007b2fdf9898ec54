"""The configuration of the vpc-cni add-on, and whether pods can get addresses with it.

vpc_cni_schema.json is its closed schema, with its sources and how to add to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ADD_ON, NODE_GROUP
from assembly.links import beside
from assembly.nodes import node_groups, types_of
from assembly.resource import Resource
from assembly.structured import structured
from capacity.cni import Cni
from capacity.instance_types import InstanceType, UnknownInstanceTypeError, instance_type
from capacity.pods import branch_interfaces, network_pods, type_limit
from guardrails.rule import Finding, breach, rule, rules
from guardrails.rules.workloads import HELD
from kube.values import Unknown, items, known, look_up, mapping, table, text, unsure

_DATA = table(__file__, "vpc_cni_schema.json")


@dataclass(frozen=True, kw_only=True)
class VpcCni:
    """The add-on and its configuration."""

    add_on: Resource
    configuration: object

    def env(self, name: str) -> object:
        """Return an environment variable of the CNI, or None."""
        return look_up(self.configuration, "env", name)

    def is_on(self, name: str) -> bool:
        """Tell whether a switch among the environment variables is on."""
        return self.env(name) in ("true", True)

    def serves(self, kind: InstanceType) -> int:
        """Return how many pods the interfaces of an instance type can give an address."""
        cni = Cni(
            prefix_delegation=self.is_on("ENABLE_PREFIX_DELEGATION"),
            pod_security_groups=self.is_on("ENABLE_POD_ENI"),
        )
        return network_pods(cni, kind) + branch_interfaces(cni, [kind])

    @property
    def has_agent(self) -> bool:
        """Tell whether the agent that enforces network policies is on."""
        return look_up(self.configuration, "enableNetworkPolicy") in ("true", True)

    @property
    def may_isolate(self) -> bool:
        """Tell whether something may bind pods: the agent, or security groups of their own."""
        switch = look_up(self.configuration, "enableNetworkPolicy")
        off = switch in ("false", False, None) and not unsure(self.configuration)
        return not off or self.is_on("ENABLE_POD_ENI")

    @property
    def pod_subnets(self) -> Mapping[str, object]:
        """Return the subnet of each zone of custom networking."""
        subnets = mapping(self.configuration, "eniConfig", "subnets")
        return {
            zone if isinstance(zone, Unknown) else str(zone): look_up(subnet, "id")
            for zone, subnet in subnets.items()
        }


def add_ons(environment: Environment) -> Iterator[Resource]:
    """Yield every vpc-cni add-on."""
    every = environment.resources(ADD_ON)
    return (each for each in every if each.properties.get("AddonName") == "vpc-cni")


@indexed
def configured(environment: Environment) -> tuple[VpcCni, ...]:
    """Return every vpc-cni add-on whose configuration can be read."""
    found: list[VpcCni] = []
    for add_on in add_ons(environment):
        with suppress(ValueError):
            found.append(read_configuration(add_on))
    return tuple(found)


def cni_of(environment: Environment, resource: Resource) -> VpcCni | None:
    """Return the vpc-cni add-on of a resource's cluster, None if there is none that can be read."""
    return _by_cluster(environment).get(resource.cluster_key)


@indexed
def _by_cluster(environment: Environment) -> Mapping[object, VpcCni]:
    return {each.add_on.cluster_key: each for each in configured(environment)}


def read_configuration(add_on: Resource) -> VpcCni:
    """Return what an add-on is told; raises `ValueError` for what is neither JSON nor YAML."""
    value = add_on.properties.get(TOLD)
    try:
        configuration = structured("{}" if value is None else value, or_yaml=True)
    except ValueError:
        # What a deploy fills in may make it readable.
        if known(value):
            raise
        configuration = value
    return VpcCni(add_on=add_on, configuration=configuration)


def problems(
    value: object, wanted: str | Mapping[str, Any] = _DATA["schema"], path: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield what EKS would refuse in the configuration values: the path, and what must stand there."""
    if isinstance(value, Unknown):
        return
    if isinstance(wanted, str):
        words = f"one of the strings {wanted.replace('|', ', ')}"
        pattern, allowed = _DATA["words"].get(wanted, (f'"({wanted})"', words))
        # YAML also has dates and the like: no word stands for them.
        written = json.dumps(value, skipkeys=True, default=lambda _: None)
        if known(value) and not re.fullmatch(pattern, written):
            yield path, allowed
    elif not isinstance(value, Mapping):
        yield path or "the configuration", "an object"
    elif "*" in wanted and not value:
        yield path, "an object with a subnet for each zone"
    else:
        yield from _of_object(value, wanted, path)


def _of_object(
    value: Mapping[Any, object], wanted: Mapping[str, Any], path: str
) -> Iterator[tuple[str, str]]:
    fields = {name.removesuffix("!"): inner for name, inner in wanted.items()}
    for key, inner in value.items():
        at = f"{path}.{key}".lstrip(".")
        if key in fields or "*" in fields:
            yield from problems(inner, fields[key if key in fields else "*"], at)
        elif not isinstance(key, Unknown):
            yield at, f"one of the keys {', '.join(sorted(fields))}"
    for name in wanted:
        if name.endswith("!") and name[:-1] not in value and known([*value]):
            yield f"{path}.{name[:-1]}".lstrip("."), "a value; the schema requires it"


TOLD = HELD[ADD_ON]


def instance_types(group: Resource) -> Iterator[InstanceType]:
    """Yield the instance types of a node group, as far as capacity/instance_limits.csv has them."""
    for name in types_of(group):
        # Of a type newer than the data, or filled in at deploy, nothing is known.
        with suppress(UnknownInstanceTypeError):
            yield instance_type(str(name))


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
            for at, allowed in problems(read_configuration(add_on).configuration):
                yield breach(add_on, TOLD, at, f"At {at} the schema expects {allowed}.")
        except ValueError as error:
            yield breach(add_on, TOLD, "unreadable", f"It is neither JSON nor YAML: {error}.")


ABLE: Mapping[str, tuple[str, Callable[[InstanceType], bool]]] = {
    "CNI2": ("ENABLE_POD_ENI", attrgetter("trunking")),
    "CNI3": ("ENABLE_PREFIX_DELEGATION", attrgetter("prefixes")),
    "CNI4": (
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
        lambda kind: type_limit(Cni(custom_networking=True), kind).addressed > 0,
    ),
}
"""The rules about a setting, and on which instance types it works."""


@rules(*ABLE, "CNI8")
def _unable(environment: Environment) -> Iterator[tuple[str, Finding]]:
    for group in node_groups(environment):
        image, cni = text(group.properties, "AmiType"), cni_of(environment, group)
        wanted = "arm64" if "_ARM_64" in image else "x86_64" if "x86_64" in image else None
        for kind in instance_types(group):
            if wanted is not None and kind.architecture != wanted:
                detail = f"{kind.name} is {kind.architecture}, but {image} is {wanted}."
                yield "CNI8", breach(group, "InstanceTypes", kind.name, detail)
            for rule_id, (setting, able) in ABLE.items():
                if cni and cni.is_on(setting) and not able(kind):
                    detail = f"The VPC CNI has {setting}=true."
                    yield rule_id, breach(group, "InstanceTypes", kind.name, detail)


@rule("CNI5")
def _zones_apart(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        subnets = cni.pod_subnets if known([*cni.pod_subnets]) else {}
        groups = beside(environment, cni.add_on, NODE_GROUP) if subnets else ()
        used = {zone for group in groups for zone in zones(environment, group)}
        for zone in sorted(used - set(subnets)):
            detail = f"Nodes run in {zone}, but eniConfig.subnets has only {', '.join(subnets)}."
            yield breach(cni.add_on, TOLD, zone, detail)
        for zone, subnet in subnets.items():
            if (actual := zone_of(environment, subnet)) is not None and actual != zone:
                detail = f"The subnet that eniConfig names for {zone} is in {actual}."
                yield breach(cni.add_on, TOLD, zone, detail)
