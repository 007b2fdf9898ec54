from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any

from tests.unit.local_aws.emulator.cloud import ACCOUNT, REGION, Cloud, Stack, arn
from tests.unit.local_aws.emulator.emulated_aws import TOKEN
from tests.unit.local_aws.emulator.templates import cluster

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "no role",
        {"RoleArn": arn("Nobody")},
        f"Role with arn: {arn('Nobody')}, could not be assumed because it does not exist",
    ),
    ("a role of nodes", {"RoleArn": "NodeRole"}, "the trusted entity is not correct"),
    (
        "one zone",
        {"ResourcesVpcConfig": {"SubnetIds": ["Private0", "Public0"]}},
        "Subnets specified must be in at least two different AZs",
    ),
    (
        "an unknown subnet",
        {"ResourcesVpcConfig": {"SubnetIds": ["subnet-0", "Private0"]}},
        "The subnet ID 'subnet-0' does not exist",
    ),
    (
        "no endpoint",
        {
            "ResourcesVpcConfig": {
                "SubnetIds": ["Private0", "Private1"],
                "EndpointPublicAccess": False,
            }
        },
        "Private and public endpoint access cannot be false",
    ),
    (
        "a private block for the public endpoint",
        {
            "ResourcesVpcConfig": {
                "SubnetIds": ["Private0", "Private1"],
                "PublicAccessCidrs": ["10.0.0.0/8"],
            }
        },
        "The following CIDRs are invalid in publicAccessCidrs: ['10.0.0.0/8']",
    ),
    (
        "services in the VPC's range",
        {"KubernetesNetworkConfig": {"ServiceIpv4Cidr": "10.0.4.0/24"}},
        "The specified serviceIpv4Cidr 10.0.4.0/24 overlaps with the VPC CIDR 10.0.0.0/16",
    ),
    ("an API server that fails", {"Name": "unlucky"}, "The Kubernetes API server does not answer."),
]


def test_describe_cluster_says_what_the_template_asked_for(cloud: Cloud, base: Stack) -> None:
    subnets = [base["Private0"], base["Private1"]]
    one = cluster(
        "described",
        arn(base["ClusterRole"]),
        subnets,
        Logging={"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}},
        UpgradePolicy={"SupportType": "STANDARD"},
        ZonalShiftConfig={"Enabled": "true"},
        DeletionProtection="true",
        KubernetesNetworkConfig={"ServiceIpv4Cidr": "172.21.0.0/16"},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    one["Properties"]["ResourcesVpcConfig"].update(
        EndpointPrivateAccess="true", PublicAccessCidrs=["198.51.100.0/24"]
    )
    stack = cloud.deploy({"Cluster": one})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert stack["Cluster"] == "described"
    found = cloud.eks.describe_cluster(name="described")["cluster"]
    assert found["status"] == "ACTIVE"
    assert found["version"] == "1.35"
    assert found["logging"]["clusterLogging"] == [
        {"types": ["api", "audit"], "enabled": True},
        {"types": ["authenticator", "controllerManager", "scheduler"], "enabled": False},
    ]
    assert found["upgradePolicy"] == {"supportType": "STANDARD"}
    assert found["zonalShiftConfig"] == {"enabled": True}
    assert found["deletionProtection"] is True
    assert found["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.21.0.0/16"
    assert found["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    vpc = found["resourcesVpcConfig"]
    assert vpc["endpointPublicAccess"] is True
    assert vpc["endpointPrivateAccess"] is True
    assert vpc["publicAccessCidrs"] == ["198.51.100.0/24"]
    assert vpc["vpcId"] == base["Vpc"]
    assert found["tags"]["a"] == "b"
    assert stack.drift() == {"Cluster": "IN_SYNC"}

    # One interface in each subnet, worn with the group that EKS makes.
    interfaces = cloud.interfaces("Description", "Amazon EKS described")
    assert sorted(one["SubnetId"] for one in interfaces) == sorted(subnets)
    groups = {group["GroupId"] for one in interfaces for group in one["Groups"]}
    assert groups == {vpc["clusterSecurityGroupId"]}

    # It is protected, and goes with all of this when it no longer is.
    assert stack.destroy().status == "DELETE_FAILED"
    assert "deletion protection" in stack.reasons
    cloud.eks.update_cluster_config(name="described", deletionProtection=False)
    assert stack.destroy().status == "DELETE_COMPLETE"
    code, _ = cloud.refusal("ec2", "describe_security_groups", GroupIds=list(groups))
    assert code == "InvalidGroup.NotFound"


def test_the_api_server_is_told_where_tokens_are_reviewed(cloud: Cloud, shared: str) -> None:
    found = cloud.eks.describe_cluster(name=shared)["cluster"]
    assert base64.b64decode(found["certificateAuthority"]["data"]) == b"no certificate"
    request = urllib.request.Request(  # noqa: S310  # our own server
        f"{found['endpoint']}/started-with", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310
        started = json.load(response)
    assert started["version"] == "1.35"
    review = f"{cloud.endpoint}/_ministack/eks-auth/{ACCOUNT}/{REGION}/{shared}/"
    assert started["webhook"].startswith(review)
    assert len(started["webhook"]) > len(review) + 20


def test_a_group_that_is_still_used_outlives_its_cluster(cloud: Cloud, base: Stack) -> None:
    """As on AWS, where it then keeps the VPC from going."""
    subnets = [base["Private0"], base["Private1"]]
    stack = cloud.deploy({"Cluster": cluster("outlived", arn(base["ClusterRole"]), subnets)})
    vpc = cloud.eks.describe_cluster(name="outlived")["cluster"]["resourcesVpcConfig"]
    group = vpc["clusterSecurityGroupId"]
    other = cloud.ec2.create_security_group(
        GroupName="names-it", Description="d", VpcId=base["Vpc"]
    )["GroupId"]
    cloud.ec2.authorize_security_group_ingress(
        GroupId=other,
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}],
    )
    assert stack.destroy().status == "DELETE_COMPLETE"
    cloud.ec2.delete_security_group(GroupId=other)
    cloud.ec2.delete_security_group(GroupId=group)
