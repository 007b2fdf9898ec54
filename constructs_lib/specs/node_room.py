"""What a node leaves to pods, by its instance type and by what its group or pool says."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from capacity.room import allocatable, kubelet_pods
from constructs_lib.specs.devices import DEVICES
from constructs_lib.specs.machine_features import DEVICES_OF

if TYPE_CHECKING:
    from capacity.instance_types import InstanceType
    from constructs_lib.specs.machines import MachinesSpec
    from kube.pods import Amounts

HUGE_PAGES = ("hugepages-2Mi", "hugepages-1Gi", "hugepages-64Ki", "hugepages-32Mi")
PARTS = {"aws.amazon.com/neuron": ("aws.amazon.com/neuroncore", "aws.amazon.com/neurondevice")}
"""Other names by which pods ask for a device (AWS Neuron documentation, "Neuron device plugin")."""


def room_of_machine(spec: MachinesSpec, kind: InstanceType, pods: int) -> Amounts:
    """Return what a node of a group leaves to so many pods.

    Settings of one's own may share a GPU among pods, and set memory aside for huge pages, as does EFA's installer.
    """
    told = spec.user_data or spec.ami_id
    lacking = [] if told or spec.devices else [*HUGE_PAGES]
    with_them = {*spec.devices, *DEVICES_OF.keys() - {*DEVICES}}
    for device, counts in DEVICES_OF.items():
        if device not in with_them or kind.name not in counts:
            lacking += _names(device)
    return {
        **allocatable(
            kind,
            pods=pods,
            reserved_for=kubelet_pods(kind, pods=pods, ami_type=spec.ami_type),
            disk_gib=None if spec.instance_store else spec.disk_size_gib,
        ),
        **_devices(kind, () if told else with_them),
        **dict.fromkeys(lacking, Decimal(0)),
    }


def room_of_pool(kind: InstanceType, pods: int) -> Amounts:
    """Return what a node of a NodePool leaves to so many pods at most: its class may keep more."""
    reserved = kubelet_pods(kind, pods=pods, ami_type="")
    room = allocatable(kind, pods=pods, reserved_for=reserved, disk_gib=None)
    lacking = (x for x, counts in DEVICES_OF.items() if kind.name not in counts)
    return {
        **room,
        **_devices(kind, DEVICES_OF),
        **dict.fromkeys((name for each in lacking for name in _names(each)), Decimal(0)),
    }


def _names(device: str) -> tuple[str, ...]:
    """Return all names by which pods ask for a device."""
    return device, *PARTS.get(device, ())


def _devices(kind: InstanceType, names: Iterable[str]) -> Amounts:
    counts = {name: DEVICES_OF[name].get(kind.name) for name in names}
    return {name: Decimal(count) for name, count in counts.items() if count is not None}
