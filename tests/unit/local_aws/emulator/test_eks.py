"""What is special about EKS's resources, beyond their lives and refusals."""

from __future__ import annotations

import base64
import time
from typing import Any

import httpx

from tests.unit.local_aws.emulator.cloud import ACCOUNT, REGION, Cloud, Stack, arn, att, ref
from tests.unit.local_aws.emulator.emulated_aws import TOKEN
from tests.unit.local_aws.emulator.templates import cluster, named, resource, role

POLICIES = "arn:aws:eks::aws:cluster-access-policy/"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def new_cluster(base: Stack, name: str, **more: object) -> dict[str, Any]:
    subnets = [base["Private0"], base["Private1"]]
    return {"Cluster": cluster(name, arn(base["ClusterRole"]), subnets, **more)}


def ask(cloud: Cloud, path: str, body: object = None, name: str = "shared") -> Any:  # noqa: ANN401  # JSON
    """Ask the API server of a cluster as its administrator."""
    endpoint = cloud.eks.describe_cluster(name=name)["cluster"]["endpoint"]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    verb = "GET" if body is None else "POST"
    answer = httpx.request(verb, endpoint + path, headers=headers, json=body, trust_env=False)
    return answer.raise_for_status().json()


def test_a_cluster_has_a_group_and_interfaces_and_may_be_protected(
    cloud: Cloud, base: Stack
) -> None:
    stack = cloud.create(new_cluster(base, "protected", DeletionProtection="true"))
    vpc = cloud.eks.describe_cluster(name="protected")["cluster"]["resourcesVpcConfig"]
    interfaces = cloud.interfaces("Description", "Amazon EKS protected")
    assert sorted(one["SubnetId"] for one in interfaces) == sorted(vpc["subnetIds"])
    groups = {group["GroupId"] for one in interfaces for group in one["Groups"]}
    assert groups == {vpc["clusterSecurityGroupId"]}
    assert stack.destroy().status == "DELETE_FAILED"
    assert "deletion protection" in stack.reasons
    cloud.eks.update_cluster_config(name="protected", deletionProtection=False)
    assert stack.destroy().status == "DELETE_COMPLETE"
    code, _ = cloud.refusal("ec2", "describe_security_groups", GroupIds=list(groups))
    assert code == "InvalidGroup.NotFound"


def test_the_api_server_is_told_where_tokens_are_reviewed(cloud: Cloud, shared: str) -> None:
    found = cloud.eks.describe_cluster(name=shared)["cluster"]
    assert base64.b64decode(found["certificateAuthority"]["data"]) == b"no certificate"
    started = ask(cloud, "/started-with")
    assert started["version"] == "1.35"
    review = f"{cloud.endpoint}/_ministack/eks-auth/{ACCOUNT}/{REGION}/{shared}/"
    assert started["webhook"].startswith(review)
    assert len(started["webhook"]) > len(review) + 20


def test_a_group_that_is_still_used_outlives_its_cluster(cloud: Cloud, base: Stack) -> None:
    """As on AWS, where it then keeps the VPC from going."""
    stack = cloud.deploy(new_cluster(base, "outlived"))
    vpc = cloud.eks.describe_cluster(name="outlived")["cluster"]["resourcesVpcConfig"]
    pair = [{"GroupId": vpc["clusterSecurityGroupId"]}]
    other = cloud.new_group(base["Vpc"])
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": pair}
    cloud.ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[rule])
    assert stack.destroy().status == "DELETE_COMPLETE"
    cloud.ec2.delete_security_group(GroupId=other)
    cloud.ec2.delete_security_group(**pair[0])


def bindings(cloud: Cloud, kind: str) -> list[tuple[str, str]]:
    """Role and namespace of the bindings that access policies have."""
    found = ask(cloud, f"{RBAC}/{kind}")["items"]
    names = [one["roleRef"]["name"].removeprefix("ministack-eks-") for one in found]
    return sorted(zip(names, (x["metadata"].get("namespace", "") for x in found), strict=True))


def policy(name: str, *namespaces: str) -> dict[str, Any]:
    scope = {"Type": "namespace", "Namespaces": list(namespaces)}
    return {
        "PolicyArn": POLICIES + name,
        "AccessScope": scope if namespaces else {"Type": "cluster"},
    }


def test_an_entry_works_as_soon_as_it_is_complete(cloud: Cloud, shared: str) -> None:
    """Its policies are bindings in the API server by then, and gone when they are."""
    given = [policy("AmazonEKSViewPolicy"), policy("AmazonEKSEditPolicy", "kube-*")]
    own = {"ClusterName": shared, "PrincipalArn": arn("Developer"), "AccessPolicies": given}
    entry = resource("EKS::AccessEntry", **own)
    stack = cloud.create({"Entry": entry})
    assert bindings(cloud, "clusterrolebindings") == [("amazoneksviewpolicy", "")]
    assert bindings(cloud, "rolebindings") == [("amazonekseditpolicy", "kube-system")]

    # A namespace that appears later gets its binding too.
    ask(cloud, "/api/v1/namespaces", {"metadata": {"name": "kube-later"}})
    deadline = time.monotonic() + 20
    while len(bindings(cloud, "rolebindings")) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ("amazonekseditpolicy", "kube-later") in bindings(cloud, "rolebindings")

    entry["Properties"]["AccessPolicies"] = [policy("AmazonEKSAdminPolicy")]
    assert stack.update({"Entry": entry}).status == "UPDATE_COMPLETE"
    assert bindings(cloud, "clusterrolebindings") == [("amazoneksadminpolicy", "")]
    assert bindings(cloud, "rolebindings") == []
    assert stack.destroy().status == "DELETE_COMPLETE"
    assert bindings(cloud, "clusterrolebindings") == []


def test_an_add_on_owns_its_associations(cloud: Cloud, base: Stack, shared: str) -> None:
    stack = cloud.create(named("add-on", base.ids))
    found = cloud.eks.describe_addon(clusterName=shared, addonName="aws-ebs-csi-driver")["addon"]
    assert found["addonVersion"] == "v1.59.0-eksbuild.1"

    def associations() -> Any:  # noqa: ANN401  # JSON
        asked = {"clusterName": shared, "serviceAccount": "ebs-csi-controller-sa"}
        return cloud.eks.list_pod_identity_associations(**asked)["associations"]

    (one,) = associations()
    assert (one["namespace"], one["ownerArn"]) == ("kube-system", found["addonArn"])
    own = {"clusterName": shared, "associationId": one["associationId"]}
    code, _ = cloud.refusal("eks", "delete_pod_identity_association", **own)
    assert code == "InvalidRequestException"
    assert stack.destroy().status == "DELETE_COMPLETE"
    assert associations() == []


def test_nodes_have_interfaces_an_entry_and_the_versions_of_their_template(
    cloud: Cloud, base: Stack, shared: str
) -> None:
    template = named("nodes", base.ids)
    stack = cloud.create(template)
    before, name = stack["Nodes"], stack["Nodes"].removeprefix("shared/")
    assert len(cloud.interfaces("TagSet", name)) == 3
    entries = cloud.eks.list_access_entries(clusterName=shared)["accessEntries"]
    assert arn(base["NodeRole"]) in entries
    refusal = cloud.refusal("eks", "delete_cluster", name=shared)
    assert refusal == ("ResourceInUseException", "Cluster has nodegroups attached")

    # Out of band: one instance less.
    of = {"clusterName": shared, "nodegroupName": name}
    cloud.eks.update_nodegroup_config(**of, scalingConfig={"desiredSize": 2})
    assert len(cloud.interfaces("TagSet", name)) == 2
    assert stack.drift()["Nodes"] == "MODIFIED"

    # A launch template's next version is the group's next version, in place.
    template["Template"]["Properties"]["LaunchTemplateData"] = {"EbsOptimized": True}
    stack = stack.update(template)
    assert stack.status == "UPDATE_COMPLETE", stack.reasons
    assert stack["Nodes"] == before
    found = cloud.eks.describe_nodegroup(**of)["nodegroup"]
    assert found["launchTemplate"]["version"] == "2"
    assert found["releaseVersion"].startswith("1.35.")
    assert stack.destroy().status == "DELETE_COMPLETE"
    assert cloud.interfaces("TagSet", name) == []
    entries = cloud.eks.list_access_entries(clusterName=shared)["accessEntries"]
    assert arn(base["NodeRole"]) not in entries


def test_a_group_with_an_image_of_ones_own_says_so(cloud: Cloud, base: Stack, shared: str) -> None:
    """The image is its release, and another one is another release."""
    template, images = named("nodes", base.ids), ("ami-0a1b2c3d4e5f67890", "ami-0f1e2d3c4b5a67890")
    data = template["Template"]["Properties"]["LaunchTemplateData"] = {"ImageId": images[0]}
    for left_out in ("AmiType", "Version", "ReleaseVersion"):
        template["Nodes"]["Properties"].pop(left_out, None)
    stack = cloud.create(template)
    of = {"clusterName": shared, "nodegroupName": stack["Nodes"].removeprefix("shared/")}
    for image in images:
        if data["ImageId"] != image:
            data["ImageId"] = image
            stack = stack.update(template)
        found = cloud.eks.describe_nodegroup(**of)["nodegroup"]
        assert (found["amiType"], found["releaseVersion"]) == ("CUSTOM", image)
    assert stack.destroy().status == "DELETE_COMPLETE"


def test_auto_mode_has_its_kinds_and_the_entries_of_its_nodes(cloud: Cloud, base: Stack) -> None:
    """EKS makes the entry of built-in pools; those of a class of one's own have a policy of their own."""
    on, nodes = {"Enabled": True}, arn(base["NodeRole"])
    parts = {
        "ComputeConfig": {**on, "NodePools": ["general-purpose"], "NodeRoleArn": nodes},
        "StorageConfig": {"BlockStorage": on},
        "KubernetesNetworkConfig": {"ElasticLoadBalancing": on},
    }
    of = {"ClusterName": ref("Cluster"), "PrincipalArn": att("Own", "Arn"), "Type": "EC2"}
    stack = cloud.create(
        {
            **new_cluster(base, "automatic", **parts),
            "Own": role("ec2.amazonaws.com"),
            "Entry": resource(
                "EKS::AccessEntry", **of, AccessPolicies=[policy("AmazonEKSAutoNodePolicy")]
            ),
        }
    )
    eks, name = cloud.eks, "automatic"
    entries = eks.list_access_entries(clusterName=name)["accessEntries"]
    found = [eks.describe_access_entry(clusterName=name, principalArn=one) for one in entries]
    kinds = {one["accessEntry"]["principalArn"]: one["accessEntry"]["type"] for one in found}
    assert kinds == {**kinds, nodes: "EC2", arn(stack["Own"]): "EC2"}
    definitions = ask(cloud, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", name=name)
    assert "nodepools.karpenter.sh" in [one["metadata"]["name"] for one in definitions["items"]]
    assert stack.destroy().status == "DELETE_COMPLETE"
