"""Nodes as a kubelet of EKS registers them, and the subnets that they lie in."""

from __future__ import annotations

import hashlib
import ipaddress
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from capacity.instance_labels import ARCHITECTURE
from kube.scheduling import HOSTNAME, ZONE
from kube.values import dicts, table
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.objects import Json

SUBNET = "local-aws/subnet-cidr"
IDENTITY = "local-aws/registration"
"""Tells what a node joined as: one whose group has changed since makes room for another."""
_TEMPLATE: Json = table(__file__, "node.json")
# AWS keeps the first four addresses of a subnet; the next are left to network interfaces.
_FIRST_HOST = 16


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What a node says of itself when it joins."""

    subnets: Sequence[str]
    version: str
    capacity: Mapping[str, str]
    labels: Mapping[str, str]
    taints: Sequence[Json]
    prefix: str = ""

    @property
    def identity(self) -> str:
        """Return what tells it from other ones."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


class Registry:
    """Registers nodes in the least crowded zone of their subnets."""

    def __init__(self, context: Context) -> None:
        self._api, self._ec2, self._region = context.api, context.aws("ec2"), context.region

    def register(self, wanted: Registration, nodes: Sequence[Json], mates: Sequence[Json]) -> Json:
        """Create a node beside all others, away from its mates; returns it, ready for pods."""
        subnets = self._ec2.describe_subnets(SubnetIds=[*wanted.subnets])["Subnets"]
        crowds = Counter(objects.labels(node).get(ZONE) for node in mates)
        subnet = min(subnets, key=lambda one: crowds[one["AvailabilityZone"]])
        address = free_address(subnet["CidrBlock"], {address_of(node) for node in nodes})
        created = self._api.create(NODES, self._node(wanted, subnet, address))
        # The real server taints a node that is not ready yet, and leaves it to others to undo that.
        self._api.patch(NODES, created, {"spec": {"taints": [*wanted.taints]}})
        said = {"status": _status(wanted, objects.name(created), address)}
        return self._api.patch(NODES, created, said, subresource="status")

    def _node(self, wanted: Registration, subnet: Json, address: str) -> Json:
        # us-east-1 has names of its own.
        region, zone = self._region, subnet["AvailabilityZone"]
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        name = f"{wanted.prefix}ip-{address.replace('.', '-')}.{domain}"
        labels = {HOSTNAME: name, "topology.kubernetes.io/region": region, ZONE: zone}
        labels |= {"kubernetes.io/os": "linux", **wanted.labels}
        annotations = {SUBNET: subnet["CidrBlock"], IDENTITY: wanted.identity}
        provider_id = f"aws:///{zone}/i-0{int(ipaddress.IPv4Address(address)):016x}"
        metadata = {"name": name, "labels": labels, "annotations": annotations}
        return {"metadata": metadata, "spec": {"providerID": provider_id}}


def _status(wanted: Registration, name: str, address: str) -> Json:
    addresses = {"InternalIP": address, "InternalDNS": name, "Hostname": name}
    said = {"architecture": wanted.labels[ARCHITECTURE], "kubeletVersion": wanted.version}
    return {
        "addresses": [{"type": kind, "address": one} for kind, one in addresses.items()],
        "capacity": dict(wanted.capacity),
        "allocatable": dict(wanted.capacity),
        "conditions": objects.merged_conditions(None, *_TEMPLATE["conditions"]),
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
