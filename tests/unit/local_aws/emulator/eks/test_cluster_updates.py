from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn
from tests.unit.local_aws.emulator.templates import cluster

NAME = "updated"


@pytest.fixture(scope="module")
def stack(cloud: Cloud, base: Stack) -> Stack:
    return cloud.deploy({"Cluster": one(base)})


def one(base: Stack, **more: object) -> dict[str, Any]:
    subnets = [base["Private0"], base["Private1"]]
    return cluster(NAME, arn(base["ClusterRole"]), subnets, **more)


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        (
            "update_cluster_version",
            {"version": "1.37"},
            "Unsupported Kubernetes minor version update from 1.35 to 1.37",
        ),
        (
            "update_cluster_version",
            {"version": "1.35"},
            "Cluster is already at the desired configuration with version: 1.35",
        ),
        (
            "update_cluster_config",
            {"accessConfig": {"authenticationMode": "CONFIG_MAP"}},
            "Unsupported authentication mode update from API to CONFIG_MAP",
        ),
        (
            "update_cluster_config",
            {"resourcesVpcConfig": {"endpointPublicAccess": False}},
            "Private and public endpoint access cannot be false",
        ),
    ],
)
def test_an_update_that_eks_refuses(
    cloud: Cloud, stack: Stack, operation: str, arguments: dict[str, Any], words: str
) -> None:
    assert stack.status == "CREATE_COMPLETE"
    code, message = cloud.refusal("eks", operation, name=NAME, **arguments)
    assert (code, message) == ("InvalidParameterException", words)


def test_an_update_can_be_looked_up(cloud: Cloud, stack: Stack) -> None:
    update = cloud.eks.update_cluster_config(
        name=stack["Cluster"], logging={"clusterLogging": [{"types": ["api"], "enabled": True}]}
    )["update"]
    found = cloud.eks.describe_update(name=NAME, updateId=update["id"])["update"]
    assert found["status"] == "Successful"
    assert found["type"] == "ConfigUpdate"
    code, _ = cloud.refusal("eks", "describe_update", name=NAME, updateId="none")
    assert code == "ResourceNotFoundException"


def test_a_version_goes_up_and_back_by_one_minor(cloud: Cloud, base: Stack, stack: Stack) -> None:
    upgraded = stack.update({"Cluster": one(base, Version="1.36")})
    assert upgraded.status == "UPDATE_COMPLETE", upgraded.reasons
    assert cloud.eks.describe_cluster(name=NAME)["cluster"]["version"] == "1.36"
    back = stack.update({"Cluster": one(base)})
    assert back.status == "UPDATE_COMPLETE", back.reasons
    assert cloud.eks.describe_cluster(name=NAME)["cluster"]["version"] == "1.35"


def test_other_subnets_move_the_interfaces(cloud: Cloud, base: Stack, stack: Stack) -> None:
    subnets = [base["Private0"], base["Public1"]]
    moved = one(base)
    moved["Properties"]["ResourcesVpcConfig"] = {"SubnetIds": subnets}
    assert stack.update({"Cluster": moved}).status == "UPDATE_COMPLETE"
    interfaces = cloud.ec2.describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [f"Amazon EKS {NAME}"]}]
    )["NetworkInterfaces"]
    assert sorted(one["SubnetId"] for one in interfaces) == sorted(subnets)


def test_subnets_of_another_zone_are_refused(cloud: Cloud, base: Stack, stack: Stack) -> None:
    found = cloud.ec2.describe_subnets(SubnetIds=[base["Private0"]])["Subnets"][0]
    block = found["CidrBlock"].rsplit(".", 2)[0] + ".250.0/28"
    zone = f"{found['AvailabilityZone'][:-1]}c"
    third = cloud.ec2.create_subnet(VpcId=found["VpcId"], CidrBlock=block, AvailabilityZone=zone)[
        "Subnet"
    ]["SubnetId"]
    grown = one(base)
    grown["Properties"]["ResourcesVpcConfig"] = {
        "SubnetIds": [base["Private0"], base["Private1"], third]
    }
    refused = stack.update({"Cluster": grown})
    assert refused.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "the same set of AZs" in refused.reasons
    cloud.ec2.delete_subnet(SubnetId=third)


@pytest.mark.parametrize(
    "change",
    [
        {"RoleArn": "arn:aws:iam::111122223333:role/Other"},
        {"KubernetesNetworkConfig": {"ServiceIpv4Cidr": "172.22.0.0/16"}},
        {"BootstrapSelfManagedAddons": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_named_cluster_is_never_replaced(
    base: Stack, stack: Stack, change: dict[str, Any]
) -> None:
    changed = one(base, **change)
    found = stack.update({"Cluster": changed})
    assert found.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "cannot update a stack when a custom-named resource requires replacing" in found.reasons


def test_an_unnamed_cluster_is_replaced_also_for_an_inner_property(
    cloud: Cloud, base: Stack
) -> None:
    def unnamed(services: str) -> dict[str, Any]:
        wanted = one(base, KubernetesNetworkConfig={"ServiceIpv4Cidr": services})
        del wanted["Properties"]["Name"]
        return wanted

    stack = cloud.deploy({"Cluster": unnamed("172.20.0.0/16")})
    before = stack["Cluster"]
    stack = stack.update({"Cluster": unnamed("172.21.0.0/16")})
    assert stack.status == "UPDATE_COMPLETE", stack.reasons
    assert stack["Cluster"] != before
    assert before not in cloud.eks.list_clusters()["clusters"]
    assert stack.destroy().status == "DELETE_COMPLETE"
