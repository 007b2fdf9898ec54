"""What a group asks of its instances and some types lack: instance_features.json, with its source and date.

A type that the file doesn't know is taken to have everything but EFA, of which one must know how many.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.instance_types import instance_type
from constructs_lib.specs.base import Problem
from constructs_lib.specs.devices import EFA
from constructs_lib.specs.fitting import instead
from constructs_lib.specs.windows import runs_windows

if TYPE_CHECKING:
    from constructs_lib.specs.machines import MachinesSpec

DATA: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("instance_features.json").read_text("utf-8")
)
WITHOUT: Mapping[str, frozenset[str]] = {
    feature: frozenset(names) for feature, names in DATA["without"].items()
}
"""Families and types by what they lack; several_disks lists those that have one."""
DEVICES_OF: Mapping[str, Mapping[str, int]] = {
    device: {name: int(count) for count, names in counted.items() for name in names}
    for device, counted in {**DATA["devices"], EFA: DATA["efas"]}.items()
}
"""How many of a device an instance of a type has: accelerators, which its plug-in gives to one pod each, and adapters."""
EFAS = DEVICES_OF[EFA]
"""How many network cards have an Elastic Fabric Adapter, by type; the first one has, with few exceptions."""
WAYS_OUT = {
    "nitro_enclaves": ("Nitro Enclaves", "nitro_enclaves=False"),
    "instance_store": ("disks of its own", "instance_store=None"),
    "several_disks": (
        "two disks or more of its own, which RAID10 mirrors (mdadm(8), --raid-devices)",
        "instance_store='RAID0'",
    ),
    "hibernation": (
        "hibernation (EC2 user guide, 'Prerequisites for EC2 instance hibernation')",
        "pool_state='STOPPED'",
    ),
    "cluster": (
        "cluster placement groups, in which burstable and flex types don't run",
        "placement_group='spread'",
    ),
    "efa": ("an Elastic Fabric Adapter, in instance_features.json", "efa=False"),
}
"""What a type must have, and what to set instead."""


def unlaunchable(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield what a group asks for and can't get."""
    yield from lacking(spec)
    yield from out_of_reach(spec)
    yield from unable_to_hibernate(spec)
    yield from unlike_the_reservation(spec)


def lacking(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield the instance types that lack what their group asks for."""
    for feature, is_wanted in _wanted(spec).items():
        what, setting = WAYS_OUT[feature]
        for index, name in enumerate(spec.instance_types):
            if is_wanted and _lacks(feature, name):
                yield Problem(
                    at=f"instance_types[{index}]",
                    got=name,
                    allowed=f"a type with {what}",
                    fix=instead(spec, f"set {setting}"),
                )


def launches(spec: MachinesSpec, name: str) -> bool:
    """Tell whether EC2 launches an instance type with all that a group asks for."""
    wanted = _wanted(spec)
    memory = instance_type(name).memory_mib if wanted["hibernation"] else 0
    return (
        not any(asked and _lacks(feature, name) for feature, asked in wanted.items())
        and not (spec.efa and _is_bare(spec))
        and memory < spec.disk_size_gib * 1024
        and (spec.capacity_type != "CAPACITY_BLOCK" or _is_sold_in_blocks(name))
        and (not spec.is_windows or runs_windows(name))
    )


def interfaces(name: str) -> tuple[str, ...]:
    """Return the types of the network interfaces of an instance type with EFA, one for each network card.

    The first is the node's own. The others have no address, so they leave the plan as it is (EC2 user
    guide, "Maximize network bandwidth on Amazon EC2 instances with multiple network cards").
    """
    first = ["interface", "efa-only"] if name in DATA["efas_from_the_second_card"] else ["efa"]
    return (*first, *["efa-only"] * (EFAS[name] - 1))


def out_of_reach(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield why nodes don't reach each other by EFA: zones, an image without it, unlike network cards.

    EC2 user guide, "Elastic Fabric Adapter", limitations; EKS user guide, "Manage EFA devices on Amazon EKS".
    """
    if not spec.efa:
        return
    if len(spec.zones or ()) != 1:
        yield Problem(
            at="zones",
            got=spec.zones,
            allowed="one zone with efa=True: adapters reach no other zone",
            fix="set zones to the one zone, or efa=False",
        )
    if _is_bare(spec):
        yield Problem(
            at="ami_type",
            got=spec.ami_type,
            allowed="Bottlerocket, AL2023 with drivers of NVIDIA or Neuron, or ami_id of an AL2023 image "
            "that you installed EFA on",
            fix="use a Bottlerocket ami_type, or set efa=False",
        )
    with_efa = [name for name in spec.instance_types if name in EFAS]
    if len({*map(interfaces, with_efa)}) > 1:
        listing = ", ".join(f"{name} has {EFAS[name]}" for name in with_efa)
        yield Problem(
            at="instance_types",
            got=spec.instance_types,
            allowed="types with as many adapters as the first, which the launch template lists",
            fix=f"split the group: {listing}",
        )


def unable_to_hibernate(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield why instances that are to hibernate can't: enclaves, or no room for their memory."""
    if not _wanted(spec)["hibernation"]:
        return
    if spec.nitro_enclaves:
        yield Problem(
            at="nitro_enclaves",
            got=True,
            allowed="False with pool_state='HIBERNATED': EC2 enables one of them (API reference, RunInstances)",
            fix="set nitro_enclaves=False, or pool_state='STOPPED'",
        )
    largest = max(map(instance_type, spec.instance_types), key=lambda kind: kind.memory_mib)
    memory = -(-largest.memory_mib // 1024)
    if spec.disk_size_gib <= memory:
        yield Problem(
            at="disk_size_gib",
            got=spec.disk_size_gib,
            allowed=f"more than {memory}, the memory of {largest.name}, which hibernation writes to the volume",
            fix=f"set disk_size_gib={memory + 20} or more, or pool_state='STOPPED'",
        )


def unlike_the_reservation(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield what no capacity reservation has: Spot instances, a second type, a second zone.

    EC2 user guide, "Launch instances into an existing Capacity Reservation": attributes must match.
    The zone of Capacity Blocks has a rule of its own.
    """
    is_block = spec.capacity_type == "CAPACITY_BLOCK"
    if is_block:
        yield from _outside_blocks(spec)
    if spec.capacity_reservation_id is None:
        return
    if spec.capacity_type == "SPOT":
        yield Problem(
            at="capacity_reservation_id",
            got=spec.capacity_reservation_id,
            allowed="None with capacity_type='SPOT': reservations are of On-Demand capacity",
            fix="set capacity_type='ON_DEMAND', or remove capacity_reservation_id",
        )
        return
    for field, what in (("instance_types", "type"), *([] if is_block else [("zones", "zone")])):
        if len(getattr(spec, field) or ()) != 1:
            yield Problem(
                at=field,
                got=getattr(spec, field),
                allowed=f"the one {what} of the capacity reservation",
                fix=f"set {field} to the {what} that `aws ec2 describe-capacity-reservations` shows",
            )


def _outside_blocks(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield the types that EC2 sells in no Capacity Block (EC2 user guide, "Capacity Blocks for ML")."""
    families = DATA["capacity_blocks"]
    for index, name in enumerate(spec.instance_types):
        if not _is_sold_in_blocks(name):
            yield Problem(
                at=f"instance_types[{index}]",
                got=name,
                allowed=f"a type that EC2 sells in Capacity Blocks: of {', '.join(families)}",
                fix="use the type of the Capacity Block, or another capacity_type",
            )


def _is_sold_in_blocks(name: str) -> bool:
    return name.partition(".")[0] in DATA["capacity_blocks"]


def _is_bare(spec: MachinesSpec) -> bool:
    """Tell whether an image lacks what drives adapters."""
    bare = spec.ami_type.startswith("AL2023") and spec.accelerator is None and not spec.ami_id
    return bare or spec.is_windows


def _lacks(feature: str, name: str) -> bool:
    if feature == "efa":
        return name not in EFAS
    return not WITHOUT[feature].isdisjoint({name, name.partition(".")[0]})


def _wanted(spec: MachinesSpec) -> Mapping[str, bool]:
    linux = spec.ami_type.startswith("AL2023")
    pool = getattr(spec, "warm_pool", None)
    return {
        "nitro_enclaves": spec.nitro_enclaves,
        "instance_store": spec.instance_store is not None and linux,
        "several_disks": spec.instance_store == "RAID10" and linux,
        "hibernation": pool is not None and pool.pool_state == "HIBERNATED" and linux,
        "cluster": spec.placement_group == "cluster" and len(spec.zones or ()) == 1,
        "efa": spec.efa,
    }
