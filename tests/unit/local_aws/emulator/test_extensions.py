"""The committed templates, on the emulated AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.emulator import schemas
from local_aws.emulator.iam import listed
from local_aws.emulator.registry import ROWS
from tests.support import ROOT
from tests.unit.local_aws.emulator.cloud import Cloud, Stack

SNAPSHOTS = ROOT / "tests/reference/snapshots"
INLINE = {
    "Code": {"ZipFile": "def handler(event, context): pass"},
    "Handler": "index.handler",
    "Runtime": "python3.12",
}
UNPLAYED = ("Custom::", "AWS::Lambda::LayerVersion")
"""What needs assets in a bucket, and the real kubectl: the deploy tests play these."""


def without_assets(name: str) -> dict[str, Any]:
    """A committed template without what needs assets."""
    path = SNAPSHOTS / f"{name.replace('-', '/')}.json"
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    resources = template["Resources"]
    gone = {name for name, one in resources.items() if one["Type"].startswith(UNPLAYED)}
    for one in gone:
        del resources[one]
    for one in resources.values():
        after = one.pop("DependsOn", [])
        one["DependsOn"] = [name for name in listed(after) if name not in gone]
        if one["Type"] == "AWS::Lambda::Function":
            one["Properties"].pop("Layers", None)
            one["Properties"].update(INLINE)
    template["Parameters"] = {}
    template.pop("Rules", None)
    for section in ("Resources", "Outputs"):
        template[section] = {
            name: one for name, one in template.get(section, {}).items() if not _names(one, gone)
        }
    return template


def _names(one: object, gone: set[str]) -> bool:
    return any(f'"{name}"' in json.dumps(one) for name in gone)


def deploy(cloud: Cloud, stack: str) -> Stack:
    body = json.dumps(without_assets(stack))
    cloud.cloudformation.create_stack(
        StackName=stack, TemplateBody=body, Capabilities=["CAPABILITY_IAM"]
    )
    return cloud.settled(stack)


@pytest.fixture(scope="module", params=["Dev", "Prod"])
def stacks(request: pytest.FixtureRequest, cloud: Cloud) -> list[Stack]:
    return [deploy(cloud, f"{request.param}-{kind}") for kind in ("Network", "Cluster")]


def test_a_committed_template_deploys(stacks: list[Stack]) -> None:
    """No false alarm of the registry schemas, no refusal, every resource type known."""
    assert [(stack.status, stack.reasons) for stack in stacks] == [("CREATE_COMPLETE", "")] * 2


def test_nothing_has_drifted_after_a_deploy(stacks: list[Stack]) -> None:
    """Every resource is read back, and is what the template says."""
    for stack in stacks:
        found = stack.drift()
        assert set(found.values()) == {"IN_SYNC"}, found
        assert len(found) == len(stack.resources)


def test_a_stack_destroys_unless_the_cluster_is_protected(
    stacks: list[Stack], cloud: Cloud
) -> None:
    """Nothing of the network is left; a protected cluster stays until it is unprotected."""
    network, cluster = stacks
    vpc = cloud.ec2.describe_subnets(SubnetIds=[network["NetworkPrivateASubnet55E0BBAD"]])
    vpc_id = vpc["Subnets"][0]["VpcId"]
    if cluster.destroy().status == "DELETE_FAILED":
        assert "deletion protection" in cluster.reasons
        name = cluster["ControlPlaneCluster8AFA2E51"]
        # What it needs to live is still there.
        role = cloud.eks.describe_cluster(name=name)["cluster"]["roleArn"]
        cloud.iam.get_role(RoleName=role.rsplit("/", 1)[1])
        cloud.eks.update_cluster_config(name=name, deletionProtection=False)
        assert cluster.destroy().status == "DELETE_COMPLETE"
    assert network.destroy().status == "DELETE_COMPLETE", network.reasons
    code, _ = cloud.refusal("ec2", "describe_vpcs", VpcIds=[vpc_id])
    assert code == "InvalidVpcID.NotFound"


@pytest.mark.parametrize("kind", ROWS)
def test_a_type_has_a_row_and_a_schema(kind: str) -> None:
    """A type that the registry doesn't know would be validated by nobody."""
    schema = schemas.schema(kind)
    assert schema is not None
    assert set(ROWS[kind].get("readable", ())) <= schema["properties"].keys()
