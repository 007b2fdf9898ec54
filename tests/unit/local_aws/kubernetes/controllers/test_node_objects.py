from __future__ import annotations

import ipaddress

import pytest

from local_aws.kubernetes.controllers import node_objects
from local_aws.kubernetes.controllers.node_objects import NodeRequest, Subnet

SUBNET = Subnet(cidr=ipaddress.IPv4Network("10.10.1.0/24"), zone="eu-west-1a")


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("eu-west-1", "ip-10-10-1-16.eu-west-1.compute.internal"),
        ("us-east-1", "ip-10-10-1-16.ec2.internal"),
    ],
)
def test_node_is_named_after_its_address(region: str, name: str) -> None:
    request = NodeRequest(
        prefix="",
        address="10.10.1.16",
        subnet=SUBNET,
        region=region,
        machine=node_objects.machine("m7g.large"),
        kubelet_version="v1.36.0-local",
        labels={"team": "platform"},
    )
    node = node_objects.node(request)
    assert node["metadata"]["name"] == name
    assert (
        node["metadata"]["labels"].items()
        >= {
            "kubernetes.io/hostname": name,
            "kubernetes.io/arch": "arm64",
            "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": "m7g.large",
            "topology.kubernetes.io/zone": "eu-west-1a",
            "topology.kubernetes.io/region": region,
            "team": "platform",
        }.items()
    )


def test_addresses_are_given_once() -> None:
    assert SUBNET.free_address(()) == "10.10.1.16"
    assert SUBNET.free_address({"10.10.1.16"}) == "10.10.1.17"
    tiny = Subnet(cidr=ipaddress.IPv4Network("10.10.1.0/28"), zone="a")
    with pytest.raises(LookupError, match=r"10\.10\.1\.0/28 has no free address"):
        tiny.free_address(())


@pytest.mark.parametrize(
    ("instance_type", "capacity"),
    [
        ("m7g.large", {"cpu": "2", "memory": "8192Mi", "pods": "29"}),
        ("m6i.4xlarge", {"cpu": "16", "memory": "65536Mi", "pods": "110"}),
    ],
)
def test_machine_has_the_room_of_its_type(instance_type: str, capacity: dict[str, str]) -> None:
    assert node_objects.machine(instance_type).capacity == capacity
