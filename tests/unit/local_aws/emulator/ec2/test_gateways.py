from __future__ import annotations

from typing import Any

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, att, ref
from tests.unit.local_aws.emulator.templates import Resources, network, resource

TAGS = [{"Key": "team", "Value": "a"}]


def with_nat(second_octet: int, subnet: str = "Public0", **more: object) -> Resources:
    nat = resource(
        "EC2::NatGateway",
        "Attachment",
        AllocationId=att("Eip", "AllocationId"),
        SubnetId=ref(subnet),
        **more,
    )
    eip = resource("EC2::EIP", Domain="vpc", **more)
    return {**network(second_octet), "Eip": eip, "Nat": nat}


def nat_of(cloud: Cloud, stack: Stack) -> dict[str, Any]:
    (found,) = cloud.ec2.describe_nat_gateways(NatGatewayIds=[stack["Nat"]])["NatGateways"]
    return dict(found)


def test_a_nat_gateway_has_the_address_and_an_interface(cloud: Cloud) -> None:
    stack = cloud.deploy(with_nat(20, Tags=TAGS))
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    nat = nat_of(cloud, stack)
    (interface,) = cloud.interfaces("Description", f"NAT Gateway {stack['Nat']}")
    assert interface["PrivateIpAddress"] == "10.20.0.4"
    assert {"Key": "team", "Value": "a"} in nat["Tags"]

    # Tags change in place.
    nat_id = stack["Nat"]
    changed = stack.update(with_nat(20, Tags=[{"Key": "team", "Value": "b"}]))
    assert changed.status == "UPDATE_COMPLETE", changed.reasons
    assert changed["Nat"] == nat_id
    assert {"Key": "team", "Value": "b"} in nat_of(cloud, changed)["Tags"]

    gone = changed["Eip"]
    assert changed.destroy().status == "DELETE_COMPLETE"
    addresses = cloud.ec2.describe_addresses()["Addresses"]
    assert gone not in [one["PublicIp"] for one in addresses]


def test_another_subnet_replaces_and_meets_the_address_in_use(cloud: Cloud) -> None:
    """The new gateway comes before the old one goes, and an address serves one."""
    stack = cloud.deploy(with_nat(21))
    before = stack["Nat"]
    stack = stack.update(with_nat(21, "Public1"))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "is already associated" in stack.reasons
    assert nat_of(cloud, stack)["State"] == "available"
    assert stack["Nat"] == before
    stack.destroy()


def test_an_address_in_use_is_not_released(cloud: Cloud) -> None:
    stack = cloud.deploy(with_nat(23))
    (address,) = cloud.ec2.describe_addresses(
        Filters=[{"Name": "public-ip", "Values": [stack["Eip"]]}]
    )["Addresses"][-1:]
    code, words = cloud.refusal("ec2", "release_address", AllocationId=address["AllocationId"])
    assert (code, words) == (
        "InvalidIPAddress.InUse",
        f"The address of {address['AllocationId']} is in use.",
    )
    stack.destroy()
