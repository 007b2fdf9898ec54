"""What a vpc-cni add-on in the templates is told.

vpc_cni_schema.json is its closed schema. Sources: the AWS CLI reference prints that of v1.15.1
(https://docs.aws.amazon.com/cli/latest/reference/eks/describe-addon-configuration.html). What came
later is from the release notes and the README of https://github.com/aws/amazon-vpc-cni-k8s. When a
key is refused here and EKS takes it, compare with `aws eks describe-addon-configuration --addon-name
vpc-cni --addon-version VERSION` and add it there: one of the words or `a|b` for a value, `!` after a
key that is required, `*` for any key. A word has a pattern of the value's JSON, and how to say it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assembly.environment import Environment
from assembly.kinds import ADD_ON
from assembly.resource import Resource
from assembly.structured import structured
from kube.values import Unknown, known, look_up, mapping, table

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
    for add_on in environment.resources(ADD_ON):
        if add_on.properties.get("AddonName") == "vpc-cni":
            yield add_on


def configured(environment: Environment) -> Iterator[VpcCni]:
    """Yield every vpc-cni add-on whose configuration can be read."""
    for add_on in add_ons(environment):
        try:
            yield read_configuration(add_on)
        except ValueError:
            continue


def read_configuration(add_on: Resource) -> VpcCni:
    """Return what an add-on is told; raises `ValueError` for what is neither JSON nor YAML."""
    value = add_on.properties.get("ConfigurationValues")
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
