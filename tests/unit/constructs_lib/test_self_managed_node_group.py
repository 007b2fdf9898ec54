from __future__ import annotations

import email
import tomllib
from typing import Any

import pytest
import yaml

from assembly.cloud_assembly import Assembly
from assembly.self_managed import self_managed_groups
from review import volumes
from tests.support import Template, resources_of
from tests.unit.constructs_lib.templates import (
    add_on,
    depends_on,
    managed_policies,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import Variants

GROUP, TEMPLATE = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::LaunchTemplate"
ENTRY, ROLE = "AWS::EKS::AccessEntry", "AWS::IAM::Role"
PINNED = "amazon-eks-node-al2023-arm64-standard-1.36-v20261015"
NAMES = ("General", "Batch")


@pytest.fixture(scope="module")
def template(synthesized: Assembly) -> Template:
    """Return the cluster of the example: General is AL2023, Batch is Bottlerocket and mostly Spot."""
    found: Template = synthesized.templates["SelfManaged/Cluster"]
    return found


def group_of(template: Template, name: str) -> dict[str, Any]:
    """Return the properties of an Auto Scaling group."""
    return dict(properties(template, one(template, GROUP, f"DataPlaneNodeGroups{name}")))


def launch_data(template: Template, name: str) -> dict[str, Any]:
    """Return the launch template of a group."""
    found = properties(template, one(template, TEMPLATE, f"DataPlaneNodeGroups{name}"))
    data: dict[str, Any] = found["LaunchTemplateData"]
    return data


def user_data(template: Template, name: str) -> str:
    """Return what a launch template hands to its nodes, with attributes by their names."""
    _, parts = launch_data(template, name)["UserData"]["Fn::Base64"]["Fn::Join"]
    return "".join(part if isinstance(part, str) else part["Fn::GetAtt"][1] for part in parts)


def node_config(text: str) -> dict[str, Any]:
    """Return the part of user data that nodeadm reads."""
    *_, part = [each for each in email.message_from_string(text).walk() if not each.is_multipart()]
    assert part.get_content_type() == "application/node.eks.aws"
    found: dict[str, Any] = yaml.safe_load(str(part.get_payload()))
    return found


@pytest.mark.parametrize(
    ("name", "sizes", "distribution", "types"),
    [
        ("General", ("2", "3", "4"), (0, 100), ["m7g.large"]),
        ("Batch", ("0", "1", "6"), (1, 25), ["m6i.xlarge", "m6a.xlarge", "m5.xlarge"]),
    ],
)
def test_instances_are_those_that_the_environment_names(
    name: str,
    sizes: tuple[str, str, str],
    distribution: tuple[int, int],
    types: list[str],
    template: Template,
) -> None:
    """Sizes, types in their order, and how many are On-Demand."""
    group = group_of(template, name)
    policy = group["MixedInstancesPolicy"]
    found = policy["InstancesDistribution"]

    assert (group["MinSize"], group["DesiredCapacity"], group["MaxSize"]) == sizes
    assert (
        found["OnDemandBaseCapacity"],
        found["OnDemandPercentageAboveBaseCapacity"],
    ) == distribution
    assert found["OnDemandAllocationStrategy"] == "prioritized"
    assert found["SpotAllocationStrategy"] == "price-capacity-optimized"
    assert [each["InstanceType"] for each in policy["LaunchTemplate"]["Overrides"]] == types
    assert launch_data(template, name)["InstanceType"] == types[0]
    assert group["CapacityRebalance"] is (name == "Batch")
    assert "AutoScalingGroupName" not in group


@pytest.mark.parametrize("name", NAMES)
def test_a_group_starts_the_newest_version_of_its_launch_template(
    name: str, template: Template
) -> None:
    """So a change rolls out."""
    launch = one(template, TEMPLATE, f"DataPlaneNodeGroups{name}")
    used = group_of(template, name)["MixedInstancesPolicy"]["LaunchTemplate"]
    assert used["LaunchTemplateSpecification"] == {
        "LaunchTemplateId": {"Ref": launch},
        "Version": {"Fn::GetAtt": [launch, "LatestVersionNumber"]},
    }


@pytest.mark.parametrize(
    ("name", "image"),
    [
        (
            "General",
            f"eks/optimized-ami/1.36/amazon-linux-2023/arm64/standard/{PINNED}",
        ),
        ("Batch", "bottlerocket/aws-k8s-1.36/x86_64/latest"),
    ],
)
def test_the_image_is_the_one_that_aws_publishes(name: str, image: str, template: Template) -> None:
    """A release where the environment pins one; CloudFormation looks it up."""
    found = launch_data(template, name)["ImageId"]
    assert found == f"{{{{resolve:ssm:/aws/service/{image}/image_id}}}}"


@pytest.mark.parametrize("name", NAMES)
def test_a_node_is_as_safe_as_one_that_eks_manages(name: str, template: Template) -> None:
    """IMDSv2 in one hop, encrypted volumes, the cluster's security group, no key pair."""
    data = launch_data(template, name)
    cluster = one(template, "AWS::EKS::Cluster")

    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert all(
        each["Ebs"]["Encrypted"] and each["Ebs"]["VolumeType"] == "gp3"
        for each in data["BlockDeviceMappings"]
    )
    assert data["SecurityGroupIds"] == [{"Fn::GetAtt": [cluster, "ClusterSecurityGroupId"]}]
    assert "KeyName" not in data
    profile = one(template, "AWS::IAM::InstanceProfile", f"DataPlaneNodeGroups{name}")
    role = one(template, ROLE, f"DataPlaneNodeGroups{name}")
    assert data["IamInstanceProfile"] == {"Arn": {"Fn::GetAtt": [profile, "Arn"]}}
    assert properties(template, profile)["Roles"] == [{"Ref": role}]
    assert managed_policies(template, role) == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_node_may_join_before_it_starts(name: str, template: Template) -> None:
    """Its role has an access entry, and pods get addresses; the reverse is the order of a delete."""
    group = one(template, GROUP, f"DataPlaneNodeGroups{name}")
    entry = one(template, ENTRY, f"DataPlaneNodeGroups{name}")
    role = one(template, ROLE, f"DataPlaneNodeGroups{name}")

    found = properties(template, entry)
    assert found["Type"] == "EC2_LINUX"
    assert found["PrincipalArn"] == {"Fn::GetAtt": [role, "Arn"]}
    wanted = {entry, add_on(template, "vpc-cni"), add_on(template, "kube-proxy")}
    assert wanted <= depends_on(template, group)
    assert group in depends_on(template, add_on(template, "coredns"))


def test_al2023_is_told_how_to_join(template: Template) -> None:
    """Nothing asks nobody; and the kubelet counts pods as the plan does."""
    config = node_config(user_data(template, "General"))

    assert config["spec"] == {
        "cluster": {
            "name": "self-managed",
            "apiServerEndpoint": "Endpoint",
            "certificateAuthority": "CertificateAuthorityData",
            "cidr": "172.20.0.0/16",
        },
        "kubelet": {"flags": ["--max-pods=29"]},
    }


def test_bottlerocket_is_told_how_to_join(template: Template) -> None:
    """The same in TOML, with labels and taints, which nobody else sets."""
    assert tomllib.loads(user_data(template, "Batch"))["settings"]["kubernetes"] == {
        "cluster-name": "self-managed",
        "api-server": "Endpoint",
        "cluster-certificate": "CertificateAuthorityData",
        "cluster-dns-ip": "172.20.0.10",
        "max-pods": 58,
        "node-labels": {"workload": "batch"},
        "node-taints": {"workload": ["batch:NoSchedule"]},
    }


def test_nodes_beside_managed_ones_are_told_everything(variants: Variants) -> None:
    """The range that EKS has chosen, the proxy, labels and taints; on AL2023 as flags."""
    template = variants.platforms.templates["Mixed/Cluster"]
    spec = node_config(user_data(template, "Own"))["spec"]

    devices = "nvidia.com/gpu.present=true,vpc.amazonaws.com/efa.present=true"
    assert spec["cluster"]["cidr"] == "172.20.0.0/16"
    assert spec["kubelet"]["flags"] == [
        "--max-pods=110",
        f"--node-labels={devices},team=ml,example.com/gpu=l4,{'x' * 90}.example.com/z=1",
        "--register-with-taints=nvidia.com/gpu=true:NoSchedule,gpu=l4:NoSchedule,gpu=l4:NoExecute,slow=:PreferNoSchedule",
    ]
    assert (
        spec["instance"]["environment"]["default"]["HTTPS_PROXY"] == "http://proxy.example.com:3128"
    )
    assert len(resources_of(template, "AWS::EKS::Nodegroup")) == 2
    # An instance has security groups of its own or of its interfaces.
    (card,) = launch_data(template, "Own")["NetworkInterfaces"]
    assert card["InterfaceType"] == "efa"
    assert "ClusterSecurityGroup" in str(card["Groups"])
    assert "SecurityGroupIds" not in launch_data(template, "Own")


@pytest.mark.parametrize(
    ("stack", "name", "sizes"),
    [
        ("SelfManaged/Cluster", "General", (1, 3)),
        ("SelfManaged/Cluster", "Batch", (2, 1)),
        ("Mixed/Cluster", "Own", (2, 0)),
    ],
)
def test_an_update_replaces_nodes_in_batches(
    stack: str, name: str, sizes: tuple[int, int], synthesized: Assembly, variants: Variants
) -> None:
    """As many stay as are desired, or as the maximum leaves beside a batch; sizes set since stay."""
    batch, stay = sizes
    templates = {**synthesized.templates, **variants.platforms.templates}
    found = templates[stack]["Resources"][
        one(templates[stack], GROUP, f"DataPlaneNodeGroups{name}")
    ]

    assert found["UpdatePolicy"] == {
        "AutoScalingRollingUpdate": {
            "MaxBatchSize": batch,
            "MinInstancesInService": stay,
            "PauseTime": "PT3M",
            "SuspendProcesses": [
                *("HealthCheck", "ReplaceUnhealthy", "AZRebalance", "AlarmNotification"),
                "ScheduledActions",
            ],
        },
        "AutoScalingScheduledAction": {"IgnoreUnmodifiedGroupSizeProperties": True},
    }
    assert stay < int(found["Properties"]["MaxSize"])


def test_instances_and_the_autoscaler_know_the_cluster(template: Template) -> None:
    """Instances carry the cluster's tags, or no volume could be attached; what an empty group would start stands on the group."""
    found = {
        each["Key"]: (each["Value"], each["PropagateAtLaunch"])
        for each in group_of(template, "Batch")["Tags"]
    }
    autoscaler = "k8s.io/cluster-autoscaler"
    assert found == {
        "kubernetes.io/cluster/self-managed": ("owned", True),
        "ebs.csi.aws.com/cluster-name": ("self-managed", True),
        "owner": ("platform", True),
        f"{autoscaler}/enabled": ("true", False),
        f"{autoscaler}/self-managed": ("owned", False),
        f"{autoscaler}/node-template/label/workload": ("batch", False),
        f"{autoscaler}/node-template/taint/workload": ("batch:NoSchedule", False),
        f"{autoscaler}/node-template/resources/ephemeral-storage": ("40Gi", False),
    }


def test_a_tag_has_a_key_of_at_most_128_characters(variants: Variants) -> None:
    """A label may have a longer one; the deploy must not fail for it."""
    tags = group_of(variants.platforms.templates["Mixed/Cluster"], "Own")["Tags"]
    assert max(len(each["Key"]) for each in tags) <= 128


def test_a_group_runs_in_private_subnets_of_its_zones(
    template: Template, variants: Variants
) -> None:
    """All zones, unless the group names some."""
    assert len(group_of(template, "General")["VPCZoneIdentifier"]) == 3
    mixed = variants.platforms.templates["Mixed/Cluster"]
    assert group_of(mixed, "Own")["VPCZoneIdentifier"] == ["subnet-0000000b"]


def test_instances_wait_outside_the_cluster(template: Template) -> None:
    """Those of the pool are told to join when they are in service; it goes before its group."""
    pool = one(template, "AWS::AutoScaling::WarmPool", "DataPlaneNodeGroupsBurst")
    assert properties(template, pool) == {
        "AutoScalingGroupName": {"Ref": one(template, GROUP, "DataPlaneNodeGroupsBurst")},
        "MinSize": 1,
        "MaxGroupPreparedCapacity": 2,
        "PoolState": "Stopped",
    }
    assert tomllib.loads(user_data(template, "Burst"))["settings"]["autoscaling"] == {
        "should-wait": True
    }
    assert "autoscaling" not in tomllib.loads(user_data(template, "Batch"))["settings"]


def test_a_pool_is_read_as_that_of_a_managed_group(synthesized: Assembly) -> None:
    """So rules, plan and cost know it."""
    groups = self_managed_groups(synthesized.environments()["SelfManaged"])
    pools = {each.path.split("/")[-2]: volumes.waiting(each) for each in groups}
    assert pools == {"General": (0, False), "Batch": (0, False), "Burst": (2, False)}
    (burst,) = (each for each in groups if "Burst" in each.path)
    assert burst.properties["WarmPoolConfig"]["PoolState"] == "STOPPED"
