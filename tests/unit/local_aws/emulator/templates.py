"""Resources of templates that tests deploy."""

from __future__ import annotations

from typing import Any

from tests.unit.local_aws.emulator.cloud import ref

Resources = dict[str, dict[str, Any]]

ZONES = ("eu-central-1a", "eu-central-1b")


def resource(kind: str, *after: str, **properties: object) -> dict[str, Any]:
    """A resource of a type without its AWS::."""
    return {"Type": f"AWS::{kind}", "Properties": properties, "DependsOn": list(after)}


def role(*services: str, actions: tuple[str, ...] = ("sts:AssumeRole",)) -> dict[str, Any]:
    """A role that services may assume."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": list(actions),
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return resource("IAM::Role", AssumeRolePolicyDocument=document)


def network(second_octet: int = 0) -> Resources:
    """A VPC with a public and a private subnet in each of two zones."""
    vpc = ref("Vpc")
    resources = {
        "Vpc": resource("EC2::VPC", CidrBlock=f"10.{second_octet}.0.0/16"),
        "Gateway": resource("EC2::InternetGateway"),
        "Attachment": resource(
            "EC2::VPCGatewayAttachment", VpcId=vpc, InternetGatewayId=ref("Gateway")
        ),
        "PublicTable": resource("EC2::RouteTable", VpcId=vpc),
        "PublicRoute": resource(
            "EC2::Route",
            "Attachment",
            RouteTableId=ref("PublicTable"),
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId=ref("Gateway"),
        ),
    }
    for index, zone in enumerate(ZONES):
        for offset, kind in enumerate(("Public", "Private")):
            resources[f"{kind}{index}"] = resource(
                "EC2::Subnet",
                VpcId=vpc,
                AvailabilityZone=zone,
                CidrBlock=f"10.{second_octet}.{index * 2 + offset}.0/24",
            )
        resources[f"PublicAssociation{index}"] = resource(
            "EC2::SubnetRouteTableAssociation",
            RouteTableId=ref("PublicTable"),
            SubnetId=ref(f"Public{index}"),
        )
    return resources


ROLES: Resources = {
    "ClusterRole": role("eks.amazonaws.com"),
    "NodeRole": role("ec2.amazonaws.com"),
    "FargateRole": role("eks-fargate-pods.amazonaws.com"),
    "PodRole": role("pods.eks.amazonaws.com", actions=("sts:AssumeRole", "sts:TagSession")),
    "FunctionRole": role("lambda.amazonaws.com"),
}
PEOPLE: Resources = {
    name: {
        **role("ec2.amazonaws.com"),
        "Properties": {**role("ec2.amazonaws.com")["Properties"], "RoleName": name},
    }
    for name in ("Somebody", "Developer", "Refused", "Typed", "Halfway", "Flows", "x")
}
"""Roles that have a name, to give access to."""


def cluster(name: str, role_arn: object, subnets: list[Any], **more: object) -> dict[str, Any]:
    """A cluster that knows access entries."""
    properties = {
        "Name": name,
        "RoleArn": role_arn,
        "Version": "1.35",
        "ResourcesVpcConfig": {"SubnetIds": subnets},
        "AccessConfig": {
            "AuthenticationMode": "API",
            "BootstrapClusterCreatorAdminPermissions": False,
        },
    }
    return resource("EKS::Cluster", **{**properties, **more})
