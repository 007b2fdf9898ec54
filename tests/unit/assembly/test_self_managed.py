from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import ACCESS_ENTRY, AUTO_SCALING_GROUP, CLUSTER, LAUNCH_TEMPLATE, ROLE
from assembly.links import beside
from assembly.nodes import has_other_nodes, node_groups, node_of, not_understood
from assembly.references import Reference
from assembly.self_managed import SelfManagedGroup
from kube.values import Unknown
from tests.unit.assembly.stacks import environment, resource, template

ARCHIVE = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
{spec}
--//--
"""
AL2023 = "/aws/service/eks/optimized-ami/1.36/amazon-linux-2023"
OWNED = {"Key": "kubernetes.io/cluster/mine", "Value": "owned", "PropagateAtLaunch": True}


def nodeadm(*lines: str) -> dict[str, Any]:
    """Return the data of a launch template with a NodeConfig of some lines."""
    written = ARCHIVE.format(spec="\n".join(f"  {each}" for each in lines))
    return {"UserData": {"Fn::Base64": {"Fn::Sub": written}}}


def told(text: str) -> dict[str, Any]:
    """Return the data of a launch template with plain user data."""
    return {"UserData": base64.b64encode(text.encode()).decode()}


def group_in(
    data: object = None, *, tags: Sequence[object] = (OWNED,), **properties: object
) -> tuple[Environment, SelfManagedGroup]:
    """Return an Auto Scaling group with a launch template, as a node group."""
    named = {
        "LaunchTemplateId": {"Ref": "T"},
        "Version": {"Fn::GetAtt": ["T", "LatestVersionNumber"]},
    }
    found = environment(
        Stack=template(
            Cluster=resource(CLUSTER, Name="mine"),
            Role=resource(ROLE),
            Profile=resource("AWS::IAM::InstanceProfile", Roles=[{"Ref": "Role"}]),
            T=resource(LAUNCH_TEMPLATE, LaunchTemplateData=data),
            Nodes=resource(
                AUTO_SCALING_GROUP, **{"LaunchTemplate": named, "Tags": [*tags], **properties}
            ),
        )
    )
    (group,) = node_groups(found)
    assert isinstance(group, SelfManagedGroup)
    return found, group


@pytest.mark.parametrize(
    ("tags", "data", "expected"),
    [
        ([OWNED], {}, "mine"),
        ([{"Key": {"Fn::Sub": "kubernetes.io/cluster/${Cluster}"}}], {}, "${Cluster}"),
        ([], nodeadm("cluster: {name: mine}"), "mine"),
        ([], nodeadm("cluster:", "  name: ${Cluster}"), "${Cluster}"),
        ([], told("[settings.kubernetes]\ncluster-name = 'mine'"), "mine"),
    ],
)
def test_a_group_is_one_of_the_cluster_that_it_names(
    tags: list[object], data: dict[str, Any], expected: str
) -> None:
    """By a tag, or by what its nodes are told."""
    found, group = group_in(data, tags=tags)

    assert group.properties["ClusterName"] == expected
    (cluster,) = found.resources(CLUSTER)
    assert [*beside(found, cluster, "AWS::EKS::Nodegroup")] == [group]


@pytest.mark.parametrize("kind", ["EC2_LINUX", "STANDARD"])
def test_a_group_is_one_of_the_cluster_that_lets_it_in(kind: str) -> None:
    """Only entries of nodes make it one."""
    found = environment(
        Stack=template(
            Role=resource(ROLE),
            Profile=resource("AWS::IAM::InstanceProfile", Roles=[{"Ref": "Role"}]),
            Entry=resource(
                ACCESS_ENTRY,
                ClusterName="mine",
                Type=kind,
                PrincipalArn={"Fn::GetAtt": ["Role", "Arn"]},
            ),
            T=resource(
                LAUNCH_TEMPLATE,
                LaunchTemplateData={
                    "IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}}
                },
            ),
            Nodes=resource(AUTO_SCALING_GROUP, LaunchTemplate={"LaunchTemplateId": {"Ref": "T"}}),
        )
    )
    names = [each.properties["ClusterName"] for each in node_groups(found)]
    assert names == (["mine"] if kind == "EC2_LINUX" else [])


def test_other_instances_are_no_nodes() -> None:
    """They may be, though, as far as the pods of a cluster are concerned."""
    found = environment(Stack=template(Web=resource(AUTO_SCALING_GROUP, MinSize="1")))

    assert node_groups(found) == ()
    assert [each.logical_id for each in not_understood(found)] == ["Web"]
    assert has_other_nodes(found)


def test_a_group_is_read_as_one_that_eks_manages() -> None:
    """Role, image, sizes, types, subnets."""
    data = {
        "IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}},
        "ImageId": f"{{{{resolve:ssm:{AL2023}/arm64/standard/recommended/image_id}}}}",
        "InstanceType": "m7g.large",
        **nodeadm(
            "cluster: {name: mine}",
            "kubelet:",
            "  config:",
            "    maxPods: 20",
            "    registerWithTaints: [{key: gpu, value: l4, effect: NoExecute}]",
            "  flags: ['--node-labels=a=b,c=d', '--register-with-taints=x=:PreferNoSchedule']",
        ),
    }
    found, group = group_in(data, MinSize="2", MaxSize=4, VPCZoneIdentifier=["subnet-1"])

    assert group.kind == "AWS::EKS::Nodegroup"
    assert group.understood
    assert not group.is_free({})
    assert (group.max_pods, group.told_pods(110)) == (20, 20)
    assert not has_other_nodes(found)
    role = group.properties["NodeRole"]
    assert (role.node[1], role.attribute) == ("Role", "Arn")
    assert {**group.properties, "NodeRole": "", "LaunchTemplate": ""} == {
        "ClusterName": "mine",
        "InstanceTypes": ["m7g.large"],
        "CapacityType": "ON_DEMAND",
        "AmiType": "AL2023_ARM_64_STANDARD",
        "Version": "1.36",
        "NodeRole": "",
        "Subnets": ["subnet-1"],
        "ScalingConfig": {"MinSize": 2, "DesiredSize": 2, "MaxSize": 4},
        "LaunchTemplate": "",
        "Labels": {"a": "b", "c": "d"},
        "Taints": [
            {"Key": "x", "Value": "", "Effect": "PREFER_NO_SCHEDULE"},
            {"Key": "gpu", "Value": "l4", "Effect": "NO_EXECUTE"},
        ],
    }
    labels = node_of(group, may_have_more=False)["metadata"]["labels"]
    assert labels["kubernetes.io/arch"] == "arm64"
    assert not any(key.startswith("eks.amazonaws.com/") for key in labels)


@pytest.mark.parametrize(
    ("parameter", "image"),
    [
        (f"{AL2023}/x86_64/nvidia/recommended/image_id", "AL2023_x86_64_NVIDIA"),
        ("/aws/service/bottlerocket/aws-k8s-1.36/arm64/latest/image_id", "BOTTLEROCKET_ARM_64"),
        (
            "/aws/service/bottlerocket/aws-k8s-1.36-nvidia/x86_64/1.62.0/image_id",
            "BOTTLEROCKET_x86_64_NVIDIA",
        ),
        (
            "/aws/service/bottlerocket/aws-k8s-1.36-fips/x86_64/latest/image_id",
            "BOTTLEROCKET_x86_64_FIPS",
        ),
        (
            "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-EKS_Optimized-1.36/image_id",
            "WINDOWS_CORE_2022_x86_64",
        ),
    ],
)
def test_an_image_has_the_name_that_eks_gives_it(parameter: str, image: str) -> None:
    """AWS publishes images under names of parameters."""
    _, group = group_in({"ImageId": f"{{{{resolve:ssm:{parameter}}}}}"})
    assert (group.properties["AmiType"], group.properties["Version"]) == (image, "1.36")


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [({}, "ON_DEMAND"), ({"OnDemandPercentageAboveBaseCapacity": 25}, "SPOT")],
)
def test_some_instances_of_spot_make_it_a_group_of_spot(
    distribution: dict[str, Any], expected: str
) -> None:
    """Each of the types may be taken."""
    policy = {
        "InstancesDistribution": distribution,
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": {"Ref": "T"}, "Version": "1"},
            "Overrides": [{"InstanceType": "m5.large"}, {"InstanceType": "m6i.large"}],
        },
    }
    _, group = group_in({}, LaunchTemplate=None, MixedInstancesPolicy=policy)

    assert group.properties["CapacityType"] == expected
    assert group.properties["InstanceTypes"] == ["m5.large", "m6i.large"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"UserData": "not Base64"},
        {"UserData": {"Ref": "Parameter"}},
        {"UserData": {"Fn::Base64": {"Ref": "Parameter"}}},
        told("#!/bin/bash\n/etc/eks/bootstrap.sh mine"),
        nodeadm("cluster: {name: mine"),
        nodeadm("cluster: {name: 2001-13-32}"),
        nodeadm("kubelet: {flags: ['--node-labels=a=${Cluster}']}"),
        told("[settings"),
        [],
        "text",
        {"Ref": "Parameter"},
    ],
    ids=str,
)
def test_what_nobody_can_read_is_unknown(data: object) -> None:
    """The group may let any pod in, and nothing raises."""
    found, group = group_in(data)

    assert not group.understood
    assert has_other_nodes(found)
    assert isinstance(group.properties["Labels"], Unknown)
    assert group.max_pods is None
    assert group.told_pods(110) == 110
    assert group.is_free({})


def test_an_archive_is_read_around_what_only_a_deploy_knows() -> None:
    """A part that says how it is encoded, as most examples do, says the same without that."""
    written = ARCHIVE.format(spec="  cluster: {name: '${Cluster}', note: é}")
    written = written.replace("\n\n---\n", "\nContent-Transfer-Encoding: 7bit\n\n---\n")
    _, group = group_in({"UserData": {"Fn::Base64": {"Fn::Sub": written}}}, tags=())

    assert isinstance(group.properties["ClusterName"], Reference)
    assert group.joining["cluster"]["note"] == "é"


def test_the_flags_of_a_kubelet_are_read_as_it_reads_them() -> None:
    """The last of two wins, and a taint may have no value."""
    flags = "--max-pods=10", "--max-pods=20", "--register-with-taints=gpu:NoSchedule,a=b:NoExecute"
    _, group = group_in(nodeadm("cluster: {name: mine}", "kubelet:", f"  flags: {[*flags]}"))

    assert group.max_pods == 20
    assert group.properties["Taints"] == [
        {"Key": "gpu", "Value": "", "Effect": "NO_SCHEDULE"},
        {"Key": "a", "Value": "b", "Effect": "NO_EXECUTE"},
    ]


def test_bottlerocket_says_labels_and_taints_in_toml() -> None:
    """One taint or a list of them."""
    written = """
[settings.kubernetes]
cluster-name = "mine"
max-pods = 58
[settings.kubernetes.node-labels]
"team" = "ml"
[settings.kubernetes.node-taints]
"gpu" = ["l4:NoSchedule", "l4:NoExecute"]
"slow" = ":PreferNoSchedule"
"""
    _, group = group_in(told(written))

    assert group.max_pods == 58
    assert group.properties["Labels"] == {"team": "ml"}
    assert [(x["Key"], x["Value"], x["Effect"]) for x in group.properties["Taints"]] == [
        ("gpu", "l4", "NO_SCHEDULE"),
        ("gpu", "l4", "NO_EXECUTE"),
        ("slow", "", "PREFER_NO_SCHEDULE"),
    ]


def test_a_group_of_eks_says_the_same_of_itself() -> None:
    """It is of one market, EKS tells its nodes, and only a launch template may tell them more."""
    plain, own = ({"InstanceTypes": ["m7g.large"]}, {"LaunchTemplate": {"Id": "lt-1"}})
    found = environment(
        Stack=template(
            Plain=resource("AWS::EKS::Nodegroup", **plain),
            Own=resource("AWS::EKS::Nodegroup", **own),
        )
    )
    free = {each.logical_id: each.is_free({}) for each in node_groups(found)}
    assert free == {"Plain": False, "Own": True}
    for group in node_groups(found):
        assert (group.told, group.mixed, group.on_demand(4), group.told_pods(110)) == (
            *(None, False, None, None),
        )
        assert not group.is_free({"ImageId": "ami-1"})
        assert group.is_free({"UserData": ""}) is ("LaunchTemplate" in group.properties)
