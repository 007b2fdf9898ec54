"""Drift of each type that the templates have: something happens out of band, and is seen."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn, resolved
from tests.unit.local_aws.emulator.templates import ROLES, named, network, resource


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Stack:
    pods = {"PodRole": ROLES["PodRole"]}
    resources = {**network(60), **named("drift", second_octet=60), **pods}
    resources["Vpc"]["Properties"]["EnableDnsHostnames"] = True
    made = cloud.create(resources)
    assert [*made.drift().values()] == ["IN_SYNC"] * len(made.resources)
    return made


ROWS = json.loads(Path(__file__).with_name("drift.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ROWS)
def test_what_happens_out_of_band_is_seen(cloud: Cloud, stack: Stack, name: str) -> None:
    expected, service, operation, arguments = ROWS[name]
    assert stack.drift()[name] == "IN_SYNC"
    addresses = {one["PublicIp"]: one for one in cloud.ec2.describe_addresses()["Addresses"]}
    ids = {**stack.ids, "Allocation": addresses[stack["Eip"]]["AllocationId"]}
    getattr(cloud.client(service), operation)(**resolved(arguments, ids))
    assert stack.drift()[name] == expected


def test_tags_of_eks_are_those_that_its_calls_describe(cloud: Cloud, shared: str) -> None:
    """TagResource and UntagResource change what each call tells, so drift is seen."""
    own = {
        "ClusterName": shared,
        "PrincipalArn": arn("Typed"),
        "Tags": [{"Key": "a", "Value": "1"}],
    }
    stack = cloud.create({"Entry": resource("EKS::AccessEntry", **own)})
    describe = functools.partial(cloud.eks.describe_access_entry, clusterName=shared)
    name = describe(principalArn=arn("Typed"))["accessEntry"]["accessEntryArn"]
    cloud.eks.tag_resource(resourceArn=name, tags={"more": "2"})
    cloud.eks.untag_resource(resourceArn=name, tagKeys=["a"])
    tags = describe(principalArn=arn("Typed"))["accessEntry"]["tags"]
    assert ("a" in tags, tags["more"], stack.drift()) == (False, "2", {"Entry": "MODIFIED"})
    stack.destroy()
