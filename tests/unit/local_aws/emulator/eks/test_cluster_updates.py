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
    interfaces = cloud.interfaces("Description", f"Amazon EKS {NAME}")
    assert sorted(one["SubnetId"] for one in interfaces) == sorted(subnets)


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
