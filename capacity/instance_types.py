"""Facts about every EC2 instance type; README.md next to the data lists the source of each column."""

from __future__ import annotations

import csv
import difflib
import functools
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "instance_limits.csv"


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """One EC2 instance type.

    `architecture` is x86_64 or arm64. `interfaces` are the network interfaces (ENIs) of the default
    network card, the only one that the VPC CNI uses, and `addresses` the IPv4 addresses of each,
    its own among them. `prefixes` tells whether an interface can carry /28 prefixes: on Nitro and
    bare metal. `branch_interfaces` are for pods with security groups of their own.
    """

    name: str
    architecture: str
    vcpus: int
    memory_mib: int
    interfaces: int
    addresses: int
    prefixes: bool
    trunking: bool
    branch_interfaces: int
    current_generation: bool

    @property
    def slots(self) -> int:
        """Return what an interface can give away: all of its addresses but its own."""
        return self.addresses - 1


class UnknownInstanceTypeError(LookupError):
    """The data has no such instance type, or lacks its architecture."""

    def __init__(self, name: str, *, allowed: str, fix: str) -> None:
        """Keep what is allowed and how to fix it, for the error that a user reads."""
        self.allowed = allowed
        self.fix = fix
        super().__init__(f"{name!r}: {allowed}; {fix}")


@functools.cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    with DATA.open(newline="", encoding="utf-8") as file:
        return {row["instance_type"]: row for row in csv.DictReader(file)}


@functools.cache
def instance_type(name: str) -> InstanceType:
    """Return what is known of an instance type; raises `UnknownInstanceTypeError`."""
    row = _rows().get(name)
    if row is None:
        near = difflib.get_close_matches(name, _rows(), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "check its name."
        raise UnknownInstanceTypeError(
            name,
            allowed=f"an instance type in capacity/{DATA.name}; {name!r} is not listed",
            fix=f"{hint} For a newer type, add a row there; see capacity/README.md",
        )
    architectures = set(row["architectures"].split()) & {"x86_64", "arm64"}
    if len(architectures) != 1 or not row["vcpus"]:
        raise UnknownInstanceTypeError(
            name,
            allowed=f"an instance type with a Linux architecture in capacity/{DATA.name}; {name!r} "
            "has none",
            fix="use another type, or add its architecture there; see capacity/README.md",
        )
    return InstanceType(
        name=name,
        architecture=architectures.pop(),
        vcpus=int(row["vcpus"]),
        memory_mib=int(row["memory_mib"] or 0),
        interfaces=int(row["enis_default_card"]),
        addresses=int(row["ipv4_per_eni"]),
        prefixes=row["hypervisor"] == "nitro" or row["bare_metal"] == "true",
        trunking=row["trunking"] == "true",
        branch_interfaces=int(row["branch_enis"] or 0) if row["trunking"] == "true" else 0,
        current_generation=row["current_generation"] == "true",
    )


def siblings(name: str) -> tuple[InstanceType, ...]:
    """Return the current types with the architecture, the vCPUs and the memory of a type."""
    known = instance_type(name)
    alike = (
        other
        for other, row in _rows().items()
        if row["current_generation"] == "true"
        and row["vcpus"] == str(known.vcpus)
        and row["memory_mib"] == str(known.memory_mib)
        and row["architectures"].split() == [known.architecture]
        and other != name
    )
    return tuple(instance_type(other) for other in alike)


@functools.cache
def every_type() -> tuple[InstanceType, ...]:
    """Return every type with a Linux architecture."""
    found = []
    for name in _rows():
        with suppress(UnknownInstanceTypeError):
            found.append(instance_type(name))
    return tuple(found)
