"""Nodes as a kubelet of EKS registers them, and the subnets that they lie in."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capacity.cni import Cni
from capacity.instance_types import instance_type
from capacity.pods import type_limit
from kube.scheduling import HOSTNAME, ZONE
from kube.values import dicts, table
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES, Client
from local_aws.kubernetes.controllers import status
from local_aws.kubernetes.objects import Json

SUBNET = "local-aws/subnet-cidr"
_TEMPLATE: Json = table(__file__, "node.json")
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
# AWS keeps the first four addresses of a subnet; the next are left to network interfaces.
_FIRST_HOST = 16


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What a node says of itself when it joins."""

    subnets: Sequence[str]
    version: str
    architecture: str
    capacity: Mapping[str, str]
    labels: Mapping[str, str]
    taints: Sequence[Json]
    prefix: str = ""


def machine(name: str) -> dict[str, Any]:
    """Return what an EC2 instance type brings to a registration: architecture, and room for pods."""
    kind = instance_type(name)
    pods = type_limit(Cni(), kind).pods
    return {
        "architecture": _ARCHITECTURES[kind.architecture],
        "capacity": {"cpu": str(kind.vcpus), "memory": f"{kind.memory_mib}Mi", "pods": str(pods)},
    }


class Registry:
    """Registers nodes in the least crowded zone of their subnets."""

    def __init__(self, api: Client, ec2: Any, region: str) -> None:  # noqa: ANN401  # a boto3 client
        self._api = api
        self._ec2 = ec2
        self._region = region

    def register(self, wanted: Registration, nodes: Sequence[Json], mates: Sequence[Json]) -> Json:
        """Create a node beside all others, away from its mates; returns it, ready for pods."""
        subnets = self._ec2.describe_subnets(SubnetIds=list(wanted.subnets))["Subnets"]
        crowds = Counter(objects.labels(node).get(ZONE) for node in mates)
        subnet = min(subnets, key=lambda one: crowds[one["AvailabilityZone"]])
        address = free_address(subnet["CidrBlock"], {address_of(node) for node in nodes})
        created = self._api.create(NODES, self._node(wanted, subnet, address))
        # The real server taints a node that is not ready yet, and leaves it to others to undo that.
        taints = {"spec": {"taints": list(wanted.taints)}}
        self._api.patch(NODES, created, taints)
        said = {"status": _status(wanted, objects.name(created), address)}
        return self._api.patch(NODES, created, said, subresource="status")

    def _node(self, wanted: Registration, subnet: Json, address: str) -> Json:
        # us-east-1 has names of its own.
        region, zone = self._region, subnet["AvailabilityZone"]
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        name = f"{wanted.prefix}ip-{address.replace('.', '-')}.{domain}"
        labels = {"kubernetes.io/arch": wanted.architecture, "kubernetes.io/os": "linux"}
        labels |= {HOSTNAME: name, "topology.kubernetes.io/region": region, ZONE: zone}
        annotations = {SUBNET: subnet["CidrBlock"]}
        number = int(ipaddress.IPv4Address(address))
        return {
            "metadata": {
                "name": name,
                "labels": {**labels, **wanted.labels},
                "annotations": annotations,
            },
            "spec": {"providerID": f"aws:///{zone}/i-0{number:016x}"},
        }


def _status(wanted: Registration, name: str, address: str) -> Json:
    addresses = {"InternalIP": address, "InternalDNS": name, "Hostname": name}
    said = {"architecture": wanted.architecture, "kubeletVersion": wanted.version}
    return {
        "addresses": [{"type": kind, "address": one} for kind, one in addresses.items()],
        "capacity": dict(wanted.capacity),
        "allocatable": dict(wanted.capacity),
        "conditions": status.merged(None, *_TEMPLATE["conditions"]),
        "nodeInfo": {**_TEMPLATE["nodeInfo"], **said},
    }


def kubelet_version(kubernetes_version: str) -> str:
    """Return a kubelet's version; its build is honest about what it is."""
    return f"v{kubernetes_version}.0-local"


def address_of(node: Json) -> str:
    """Return a node's address."""
    addresses = {one["type"]: str(one["address"]) for one in dicts(node, "status", "addresses")}
    return addresses.get("InternalIP", "")


def free_address(cidr: str, taken: Collection[str], *, from_the_end: bool = False) -> str:
    """Return the first or the last address of a subnet that nobody has.

    Raises `LookupError` if there is none.
    """
    network = ipaddress.IPv4Network(cidr)
    numbers = range(int(network.network_address) + _FIRST_HOST, int(network.broadcast_address))
    for number in reversed(numbers) if from_the_end else numbers:
        address = str(ipaddress.IPv4Address(number))
        if address not in taken:
            return address
    raise LookupError(f"subnet {cidr} has no free address")
