"""Node objects as a kubelet of EKS registers them."""

from __future__ import annotations

import csv
import functools
import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from capacity import instance_types
from local_aws.kubernetes import objects
from local_aws.kubernetes.controllers import conditions
from local_aws.kubernetes.objects import Json

PLAYED = "local-aws/played"
SUBNET = "local-aws/subnet-cidr"
NODE_GROUP = "eks.amazonaws.com/nodegroup"

_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
# Managed node groups cap the pods of a node, higher from 30 vCPUs on.
_PODS, _PODS_OF_MANY_VCPUS, _MANY_VCPUS = 110, 250, 30
# AWS keeps the first four addresses of a subnet; the next are left to network interfaces.
_FIRST_HOST = 16


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet that nodes lie in."""

    cidr: ipaddress.IPv4Network
    zone: str

    def free_address(self, taken: Collection[str]) -> str:
        """Return the first address that nobody has."""
        start = int(self.cidr.network_address) + _FIRST_HOST
        for number in range(start, int(self.cidr.broadcast_address)):
            address = str(ipaddress.IPv4Address(number))
            if address not in taken:
                return address
        raise LookupError(f"subnet {self.cidr} has no free address")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a node is made of."""

    instance_type: str
    architecture: str
    capacity: Mapping[str, str]


@functools.cache
def machine(instance_type: str) -> Machine:
    """Return what an instance type brings: architecture, and room for pods."""
    known = instance_types.instance_type(instance_type)
    with instance_types.DATA.open(newline="", encoding="utf-8") as file:
        row = next(one for one in csv.DictReader(file) if one["instance_type"] == instance_type)
    vcpus = int(row["vcpus"])
    pods = min(int(row["eni_max_pods"]), _PODS if vcpus < _MANY_VCPUS else _PODS_OF_MANY_VCPUS)
    return Machine(
        instance_type=instance_type,
        architecture=_ARCHITECTURES[known.architecture],
        capacity={"cpu": str(vcpus), "memory": f"{row['memory_mib']}Mi", "pods": str(pods)},
    )


@dataclass(frozen=True, kw_only=True)
class NodeRequest:
    """A node to be."""

    prefix: str
    address: str
    subnet: Subnet
    region: str
    machine: Machine
    kubelet_version: str
    labels: Mapping[str, str]
    taints: list[Json] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the node's name, which is the private DNS name of its address."""
        dashed = self.address.replace(".", "-")
        # us-east-1 has names of its own.
        domain = "ec2.internal" if self.region == "us-east-1" else f"{self.region}.compute.internal"
        return f"{self.prefix}ip-{dashed}.{domain}"


def node(request: NodeRequest) -> Json:
    """Return a Node object without status."""
    own = {
        "beta.kubernetes.io/arch": request.machine.architecture,
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": request.machine.architecture,
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": request.name,
        "topology.kubernetes.io/region": request.region,
        "topology.kubernetes.io/zone": request.subnet.zone,
    }
    if request.machine.instance_type:
        own["node.kubernetes.io/instance-type"] = request.machine.instance_type
    number = int(ipaddress.IPv4Address(request.address))
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": request.name,
            "labels": {**own, **request.labels},
            "annotations": {PLAYED: "true", SUBNET: str(request.subnet.cidr)},
        },
        "spec": {
            "providerID": f"aws:///{request.subnet.zone}/i-0{number:016x}",
            "taints": request.taints,
        },
    }


def status(request: NodeRequest) -> Json:
    """Return the status of a node that is ready."""
    capacity = dict(request.machine.capacity)
    ready = conditions.condition(
        "Ready",
        status=True,
        reason="KubeletReady",
        message="Played by the local emulator: no kubelet runs.",
    )
    pressures = [
        conditions.condition(kind, status=False, reason=reason)
        for kind, reason in (
            ("MemoryPressure", "KubeletHasSufficientMemory"),
            ("DiskPressure", "KubeletHasNoDiskPressure"),
            ("PIDPressure", "KubeletHasSufficientPID"),
        )
    ]
    heartbeat = {"lastHeartbeatTime": objects.timestamp()}
    return {
        "addresses": [
            {"type": "InternalIP", "address": request.address},
            {"type": "InternalDNS", "address": request.name},
            {"type": "Hostname", "address": request.name},
        ],
        "capacity": capacity,
        "allocatable": capacity,
        "conditions": [{**one, **heartbeat} for one in (*pressures, ready)],
        "nodeInfo": {
            "architecture": request.machine.architecture,
            "bootID": "",
            "containerRuntimeVersion": "played://0",
            "kernelVersion": "played",
            "kubeProxyVersion": "",
            "kubeletVersion": request.kubelet_version,
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "Played by the local emulator",
            "systemUUID": "",
        },
    }


def kubelet_version(kubernetes_version: str) -> str:
    """Return a kubelet's version; its build is honest about what it is."""
    return f"v{kubernetes_version}.0-local"


def address_of(node: Json) -> str:
    """Return a node's address."""
    addresses = (node.get("status") or {}).get("addresses") or ()
    return next((one["address"] for one in addresses if one["type"] == "InternalIP"), "")
