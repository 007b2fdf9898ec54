from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Assembly, Template
from tests.unit.constructs_lib.templates import managed_policies, one, properties

GROUP = "AWS::EKS::Nodegroup"


@pytest.fixture(scope="module")
def cluster(synthesized: Assembly) -> Template:
    """Return the cluster of the example with machines of several kinds."""
    return synthesized.templates["Machines/Cluster"]


def group(cluster: Template, name: str) -> dict[str, Any]:
    """Return a node group."""
    return dict(properties(cluster, one(cluster, GROUP, f"DataPlaneNodeGroups{name}")))


def launch_data(cluster: Template, name: str) -> dict[str, Any]:
    """Return the data of a group's launch template."""
    kind = "AWS::EC2::LaunchTemplate"
    template = properties(cluster, one(cluster, kind, f"DataPlaneNodeGroups{name}"))
    data: dict[str, Any] = template["LaunchTemplateData"]
    return data


def test_a_group_has_a_warm_pool(cluster: Template) -> None:
    """With EKS's own property: the pool of the Auto Scaling group is EKS's."""
    pool = {"Enabled": True, "MinSize": 1, "PoolState": "STOPPED", "ReuseOnScaleIn": True}
    assert group(cluster, "General")["WarmPoolConfig"] == pool
    assert "WarmPoolConfig" not in group(cluster, "Gpu")


def test_nodes_have_further_permissions_and_tags(cluster: Template) -> None:
    """Of one group alone."""
    general, gpu = (
        managed_policies(cluster, one(cluster, "AWS::IAM::Role", f"DataPlaneNodeGroups{name}Role"))
        for name in ("General", "Gpu")
    )
    more = {*general} - {*gpu}
    assert more == {"CloudWatchAgentServerPolicy"}
    assert group(cluster, "General")["Tags"]["cost-center"] == "platform"
    tags = launch_data(cluster, "General")["TagSpecifications"][0]["Tags"]
    assert {"Key": "cost-center", "Value": "platform"} in tags
    assert "cost-center" not in group(cluster, "Gpu").get("Tags", {})


def test_disks_are_as_fast_as_the_environment_says(cluster: Template) -> None:
    """Bottlerocket's own volume stays small and slow."""
    (disk,) = launch_data(cluster, "Gpu")["BlockDeviceMappings"]
    assert disk["Ebs"] == {
        "Encrypted": True,
        "VolumeSize": 200,
        "VolumeType": "gp3",
        "Iops": 6_000,
        "Throughput": 500,
    }
    system, data = launch_data(cluster, "Close")["BlockDeviceMappings"]
    assert (system["Ebs"]["VolumeType"], data["Ebs"]["VolumeType"]) == ("gp3", "io2")
    assert data["Ebs"]["Iops"] == 10_000


def test_instances_are_placed_watched_and_updated_as_the_environment_says(
    cluster: Template,
) -> None:
    """A group that says nothing leaves it to EC2."""
    close, gpu = launch_data(cluster, "Close"), launch_data(cluster, "Gpu")
    name = one(cluster, "AWS::EC2::PlacementGroup")
    assert close["Placement"] == {"GroupName": {"Fn::GetAtt": [name, "GroupName"]}}
    assert properties(cluster, name)["Strategy"] == "cluster"
    assert close["Monitoring"] == {"Enabled": True}
    assert close["EnclaveOptions"] == {"Enabled": True}
    assert not {"Placement", "Monitoring", "EnclaveOptions"} & {*gpu}
    assert group(cluster, "Close")["UpdateConfig"]["UpdateStrategy"] == "MINIMAL"
    assert "UpdateStrategy" not in group(cluster, "Gpu")["UpdateConfig"]


def test_own_settings_reach_the_node(cluster: Template) -> None:
    """Instance stores by nodeadm, kernel settings by Bottlerocket's TOML."""
    assert "strategy: RAID0" in launch_data(cluster, "Gpu")["UserData"]["Fn::Base64"]
    assert "net.core.somaxconn" in launch_data(cluster, "Close")["UserData"]["Fn::Base64"]


@pytest.mark.parametrize(
    ("name", "key", "tainted"),
    [
        ("Gpu", "nvidia.com/gpu", True),
        ("Neuron", "aws.amazon.com/neuron", True),
        ("Close", "vpc.amazonaws.com/efa", False),
    ],
)
def test_the_plug_in_runs_where_the_devices_are(
    name: str, key: str, *, tainted: bool, cluster: Template
) -> None:
    """Its selector is the label of the nodes, and it tolerates their taint."""
    made = group(cluster, name)
    assert made["Labels"] == {f"{key}.present": "true"}
    taint = {"Key": key, "Value": "true", "Effect": "NO_SCHEDULE"}
    assert made.get("Taints") == ([taint] if tainted else None)
    manifests = [
        str(each["Properties"]["Manifest"])
        for each in cluster["Resources"].values()
        if each["Type"] == "Custom::AWSCDK-EKS-KubernetesResource"
    ]
    (plugin,) = (
        each for each in manifests if "-device-plugin" in each and f"{key}.present" in each
    )
    assert f'"{key}.present":"true"' in plugin
    assert '"tolerations":[{"operator":"Exists"}]' in plugin


def test_nodes_of_an_own_image_are_told_all_that_eks_tells_others(synthesized: Assembly) -> None:
    """And EKS is told neither a system nor a version: it refuses both, and types in the template."""
    cluster = synthesized.templates["EveryKind/Cluster"]
    data, made = launch_data(cluster, "Hardened"), group(cluster, "Hardened")
    assert data["ImageId"] == "ami-0a1b2c3d4e5f67890"
    assert "InstanceType" not in data
    assert not made.keys() & {"AmiType", "Version", "ReleaseVersion"}
    assert made["InstanceTypes"] == ["m7g.large"]
    text = json.dumps(data["UserData"])
    for told in (
        "kind: NodeConfig",
        '["ControlPlaneCluster8AFA2E51", "Endpoint"]',
        '["ControlPlaneCluster8AFA2E51", "CertificateAuthorityData"]',
        'cidr: \\"172.20.0.0/16\\"',
        "--max-pods=29",
        "--node-labels=image=hardened",
        "--register-with-taints=image=hardened:NoSchedule",
    ):
        assert told in text


def test_each_network_card_has_an_adapter(cluster: Template) -> None:
    """In the cluster security group, which EKS adds to no interface of a launch template."""
    data = launch_data(cluster, "Close")
    cards = data["NetworkInterfaces"]
    assert [each["InterfaceType"] for each in cards] == ["efa", "efa-only"]
    assert [(each["NetworkCardIndex"], each["DeviceIndex"]) for each in cards] == [(0, 0), (1, 0)]
    security_group = {"Fn::GetAtt": ["ControlPlaneCluster8AFA2E51", "ClusterSecurityGroupId"]}
    assert all(each["Groups"] == [security_group] for each in cards)
    assert "SecurityGroupIds" not in data
    assert "NetworkInterfaces" not in launch_data(cluster, "Gpu")
