"""What a vpc-cni add-on in the templates is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from guardrails.environment import Environment, Resource
from guardrails.intrinsics import text
from guardrails.node_groups import NODE_GROUP
from guardrails.targets import cluster_of

LOCATION = "Properties/ConfigurationValues"


@dataclass(frozen=True, kw_only=True)
class VpcCni:
    """The add-on, its configuration, and what stands for the values of CloudFormation in it."""

    add_on: Resource
    configuration: object
    filled_in: Mapping[str, object]

    def env(self, name: str) -> object:
        """Return an environment variable of the CNI, or None."""
        return _inner(self.configuration, "env", name)

    def init_env(self, name: str) -> object:
        """Return an environment variable of the CNI's init container, or None."""
        return _inner(self.configuration, "init", "env", name)

    def is_on(self, name: str) -> bool:
        """Tell whether a switch among the environment variables is on."""
        return self.env(name) in ("true", True)

    @property
    def pod_subnets(self) -> Mapping[str, object]:
        """Return the subnet of each zone of custom networking, as the template has it."""
        subnets = _inner(self.configuration, "eniConfig", "subnets")
        if not isinstance(subnets, Mapping):
            return {}
        ids = {str(zone): _inner(subnet, "id") for zone, subnet in subnets.items()}
        return {zone: self.filled_in.get(str(value), value) for zone, value in ids.items()}


class NotReadableError(ValueError):
    """The configuration values are neither JSON nor YAML."""


def add_ons(environment: Environment) -> Iterator[Resource]:
    """Yield every vpc-cni add-on."""
    for add_on in environment.resources("AWS::EKS::Addon"):
        if add_on.properties.get("AddonName") == "vpc-cni":
            yield add_on


def configured(environment: Environment) -> Iterator[VpcCni]:
    """Yield every vpc-cni add-on whose configuration can be read."""
    for add_on in add_ons(environment):
        try:
            read = read_configuration(add_on)
        except NotReadableError:
            continue
        if read is not None:
            yield read


def node_groups(environment: Environment, cni: VpcCni) -> Iterator[Resource]:
    """Yield the node groups of the add-on's cluster."""
    cluster = cluster_of(environment, cni.add_on)
    for group in environment.resources(NODE_GROUP):
        if cluster_of(environment, group) == cluster:
            yield group


def read_configuration(add_on: Resource) -> VpcCni | None:
    """Return what an add-on is told, or None if only CloudFormation knows that."""
    value = add_on.properties.get("ConfigurationValues", "{}")
    filled_in: dict[str, object] = {}
    if isinstance(value, Mapping) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        filled_in = {
            f"${{{number}}}": part for number, part in enumerate(parts) if not isinstance(part, str)
        }
        written = separator.join(
            part if isinstance(part, str) else f"${{{number}}}" for number, part in enumerate(parts)
        )
    elif isinstance(value, str):
        written = value
    elif "Fn::Sub" in value:
        written = text(value)
    else:
        return None
    try:
        configuration = _parsed(written)
    except yaml.YAMLError as error:
        if "${" in written:
            return None
        raise NotReadableError(str(error)) from error
    return VpcCni(add_on=add_on, configuration=configuration, filled_in=filled_in)


def _parsed(written: str) -> object:
    """EKS takes JSON or YAML; JSON is read a hundred times as fast."""
    try:
        parsed: object = json.loads(written)
    except json.JSONDecodeError:
        parsed = yaml.safe_load(written)
    return parsed


def _inner(value: Any, *keys: str) -> object:  # noqa: ANN401  # YAML may hold anything
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
