from __future__ import annotations

import json
from typing import Any

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn
from tests.unit.local_aws.emulator.templates import resource

VERSION = "v1.21.1-eksbuild.8"
VALUES = json.dumps({"enableNetworkPolicy": "true"})


def add_on(**more: object) -> dict[str, Any]:
    properties = {"ClusterName": "shared", "AddonName": "vpc-cni", "AddonVersion": VERSION}
    return resource("EKS::Addon", **{**properties, **more})


def role_of(base: Stack, *accounts: str) -> list[dict[str, str]]:
    return [{"ServiceAccount": one, "RoleArn": arn(base["PodRole"])} for one in accounts]


def test_describe_addon_says_what_the_template_asked_for(
    cloud: Cloud, base: Stack, shared: str
) -> None:
    wanted = add_on(
        ConfigurationValues=VALUES,
        PodIdentityAssociations=role_of(base, "aws-node"),
        Tags=[{"Key": "a", "Value": "b"}],
    )
    stack = cloud.deploy({"AddOn": wanted})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert stack["AddOn"] == "shared|vpc-cni"

    def described() -> dict[str, Any]:
        found: dict[str, Any] = cloud.eks.describe_addon(clusterName=shared, addonName="vpc-cni")
        return dict(found["addon"])

    found = described()
    assert found["addonVersion"] == VERSION
    assert found["configurationValues"] == VALUES
    assert found["tags"]["a"] == "b"
    (association,) = found["podIdentityAssociations"]
    (listed,) = cloud.eks.list_pod_identity_associations(
        clusterName=shared, namespace="kube-system", serviceAccount="aws-node"
    )["associations"]
    assert listed["associationArn"] == association
    assert listed["ownerArn"] == found["addonArn"]
    assert stack.drift() == {"AddOn": "IN_SYNC"}
    code, _ = cloud.refusal(
        "eks",
        "delete_pod_identity_association",
        clusterName=shared,
        associationId=listed["associationId"],
    )
    assert code == "InvalidRequestException"

    cloud.eks.update_addon(clusterName=shared, addonName="vpc-cni", configurationValues="{}")
    assert stack.drift() == {"AddOn": "MODIFIED"}

    changed = stack.update({"AddOn": add_on(ServiceAccountRoleArn=arn("Somebody"))})
    assert changed.status == "UPDATE_COMPLETE", changed.reasons
    found = described()
    assert found["serviceAccountRoleArn"] == arn("Somebody")
    assert found["configurationValues"] == ""
    assert found["podIdentityAssociations"] == []
    assert "a" not in found["tags"]
    assert stack.destroy().status == "DELETE_COMPLETE"
    code, _ = cloud.refusal("eks", "describe_addon", clusterName=shared, addonName="vpc-cni")
    assert code == "ResourceNotFoundException"


def test_an_add_on_takes_its_associations_along(cloud: Cloud, base: Stack, shared: str) -> None:
    associations = role_of(base, "ebs-csi-controller-sa")
    wanted = add_on(
        AddonName="aws-ebs-csi-driver",
        AddonVersion="v1.59.0-eksbuild.1",
        PodIdentityAssociations=associations,
    )
    stack = cloud.deploy({"AddOn": wanted})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert stack.destroy().status == "DELETE_COMPLETE"
    left = cloud.eks.list_pod_identity_associations(
        clusterName=shared, serviceAccount="ebs-csi-controller-sa"
    )["associations"]
    assert left == []


def association(base: Stack, role: str = "PodRole", **more: object) -> dict[str, Any]:
    properties = {
        "ClusterName": "shared",
        "Namespace": "apps",
        "ServiceAccount": "app",
        "RoleArn": arn(base[role]),
    }
    return resource("EKS::PodIdentityAssociation", **{**properties, **more})


def test_an_association_lives_and_is_replaced(cloud: Cloud, base: Stack, shared: str) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    stack = cloud.deploy({"One": association(base, Tags=tags)})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    before = stack["One"]
    found = cloud.eks.describe_pod_identity_association(
        clusterName=shared, associationId=before.rsplit("/", 1)[1]
    )["association"]
    assert found["roleArn"] == arn(base["PodRole"])
    assert found["tags"]["a"] == "b"
    assert stack.drift() == {"One": "IN_SYNC"}
    stack = stack.update({"One": association(base, ServiceAccount="other")})
    assert stack["One"] != before
    listed = cloud.eks.list_pod_identity_associations(clusterName=shared, namespace="apps")
    assert [one["serviceAccount"] for one in listed["associations"]] == ["other"]
    assert stack.destroy().status == "DELETE_COMPLETE"
