from __future__ import annotations

import json
import re

import pytest

from assembly.kinds import ADD_ON, CHART, LAUNCH_TEMPLATE
from constructs_lib.specs.machine_features import DEVICES_OF
from guardrails.rules.devices import ROWS
from guardrails.rules.homes import of_platform, wanted
from tests.unit.guardrails.rules.objects import Json, environment, findings, item, values, workload

CNI: Json = {
    "Type": "AWS::EKS::Addon",
    "Properties": {"ClusterName": "test", "AddonName": "vpc-cni"},
}
ROOM = ["Deployment/web room"]


def group(kind: str = "m7i.large", **properties: object) -> Json:
    """Return a node group of one type."""
    return {
        "Type": "AWS::EKS::Nodegroup",
        "Properties": {"ClusterName": "test", "InstanceTypes": [kind], **properties},
    }


def disks(small: str, large: str) -> Json:
    """Return the launch template of nodes with a disk of 20 GiB and one of 40."""
    sizes = [(small, 20), (large, 40)]
    mapped = [{"DeviceName": name, "Ebs": {"VolumeSize": size}} for name, size in sizes]
    return {
        "Type": LAUNCH_TEMPLATE,
        "Properties": {"LaunchTemplateData": {"BlockDeviceMappings": mapped}},
    }


def asking(**requests: str) -> Json:
    """Return the pods of a container that asks for this."""
    return workload(container={"resources": {"requests": requests}}, replicas=1)


@pytest.mark.parametrize(
    ("requests", "properties", "refused"),
    [
        pytest.param({"memory": "6Gi", "cpu": "1800m"}, {}, [], id="enough"),
        pytest.param({"memory": "7800Mi"}, {}, ROOM, id="the kubelet's share of memory"),
        pytest.param({"cpu": "1910m"}, {}, ROOM, id="the daemons' share of the processor"),
        pytest.param({"cpu": "many"}, {}, [], id="an amount that is none"),
        pytest.param({"nvidia.com/gpu": "1"}, {}, ROOM, id="no device"),
        pytest.param(
            {"nvidia.com/gpu": "1"},
            {"InstanceTypes": ["g5.xlarge"], "AmiType": "AL2023_x86_64_NVIDIA"},
            [],
            id="a device",
        ),
        pytest.param(
            {"nvidia.com/gpu": "1"},
            {
                "InstanceTypes": ["g5.xlarge"],
                "AmiType": "AL2023_x86_64_NVIDIA",
                "Taints": [{"Key": "nvidia.com/gpu", "Value": "true", "Effect": "NO_SCHEDULE"}],
            },
            [],
            id="a device behind the taint of its name",
        ),
        pytest.param(
            {"nvidia.com/gpu": "1"},
            {"InstanceTypes": ["g5.xlarge"], "AmiType": "AL2023_x86_64_STANDARD"},
            ROOM,
            id="a device without its driver",
        ),
        pytest.param(
            {"nvidia.com/gpu": "1"},
            {"InstanceTypes": ["g5.xlarge"]},
            [],
            id="a device and the image that EKS chooses",
        ),
        pytest.param(
            {"nvidia.com/gpu": "1"},
            {"InstanceTypes": ["g5.xlarge"], "AmiType": {"Ref": "Image"}},
            [],
            id="a device and an image that isn't known",
        ),
        pytest.param(
            {"aws.amazon.com/neuron": "1"},
            {"InstanceTypes": ["inf2.xlarge"], "AmiType": "BOTTLEROCKET_x86_64"},
            [],
            id="a device whose driver Bottlerocket has",
        ),
        pytest.param(
            {"aws.amazon.com/neuron": "1"},
            {"InstanceTypes": ["inf2.xlarge"], "AmiType": "AL2023_x86_64_STANDARD"},
            ROOM,
            id="a device whose driver Amazon Linux doesn't have",
        ),
        pytest.param({"example.com/door": "1"}, {}, [], id="a device of somebody's"),
        pytest.param({"ephemeral-storage": "30Gi"}, {}, [], id="a disk of nobody knows what size"),
        pytest.param({"ephemeral-storage": "30Gi"}, {"DiskSize": 40}, [], id="a disk"),
        pytest.param({"ephemeral-storage": "30Gi"}, {"DiskSize": 32}, ROOM, id="not all of a disk"),
        pytest.param({"cpu": "900"}, {"InstanceTypes": ["x99.huge"]}, [], id="an unknown type"),
        pytest.param(
            {"cpu": "3"}, {"InstanceTypes": ["m7i.large", "m7i.xlarge"]}, [], id="the larger type"
        ),
        pytest.param({"cpu": "3"}, {"InstanceTypes": {"Ref": "Types"}}, [], id="unknown types"),
    ],
)
def test_some_node_is_large_enough(requests: Json, properties: Json, refused: list[str]) -> None:
    """No autoscaler adds a node that doesn't help."""
    there = environment(asking(**requests), Cni=CNI, Group={**group(**properties)})
    assert values("KUBE24", there) == refused


def test_the_finding_names_the_taint_of_nodes_with_room() -> None:
    """The other group has no GPU, and that is no reason to ask for less."""
    taints = [{"Key": "team", "Value": "b", "Effect": "NO_SCHEDULE"}]
    gpu = group("g5.xlarge", AmiType="AL2023_x86_64_NVIDIA", Taints=taints)
    pods = asking(**{"nvidia.com/gpu": "1"})
    (finding,) = findings("KUBE24", environment(pods, Cni=CNI, Group=group(), Gpu=gpu))
    assert "Gpu by its taint team=b:NoSchedule keeps them out." in finding.detail
    assert "tolerate" in finding.fix


@pytest.mark.parametrize(
    ("image", "refused"), [("BOTTLEROCKET_x86_64", []), ("AL2023_x86_64_STANDARD", ROOM)]
)
def test_pods_have_the_disk_of_their_image(image: str, refused: list[str]) -> None:
    """Bottlerocket keeps images and the data of pods on its second disk."""
    nodes = group(AmiType=image, LaunchTemplate={"Id": {"Ref": "Template"}})
    template = disks("/dev/xvda", "/dev/xvdb")
    web = workload(container={"resources": {"requests": {"ephemeral-storage": "30Gi"}}})
    there = environment(web, Cni=CNI, Group=nodes, Template=template)
    assert values("KUBE24", there) == refused


@pytest.mark.parametrize(("told", "refused"), [("sharing: {}", []), ("version: v1", ROOM)])
def test_pods_may_share_a_device(told: str, refused: list[str]) -> None:
    """As the configuration of its plug-in says."""
    group_ = group("g5.xlarge", AmiType="AL2023_x86_64_NVIDIA")
    plugin = item("ConfigMap", data={"config": told})
    there = environment(asking(**{"nvidia.com/gpu": "2"}), plugin, Cni=CNI, Group=group_)
    assert values("KUBE24", there) == refused


def test_the_pods_of_every_node_leave_room() -> None:
    """A small type runs the daemons and nothing else."""
    agent = workload("DaemonSet")
    there = environment(asking(cpu="1m"), agent, Cni=CNI, Group=group("t3.nano"))
    (finding,) = findings(
        "KUBE24",
        environment(
            asking(cpu="1m"),
            *[{**agent, "metadata": {"name": f"agent-{n}", "namespace": "shop"}} for n in range(3)],
            Cni=CNI,
            Group=group("t3.nano"),
        ),
    )
    assert finding.value == "t3.nano room"
    assert "DaemonSet/agent-2" in finding.detail
    assert values("KUBE24", there) == []


def test_a_node_without_a_device_is_none_for_its_daemons() -> None:
    """What they take up doesn't make the group one that has no nodes, nor a larger type one with the device."""
    daemon = {**asking(**{"nvidia.com/gpu": "1"}), "kind": "DaemonSet"}
    idle = {"MinSize": 0, "DesiredSize": 0, "MaxSize": 4}
    large = group("g5.12xlarge", AmiType="AL2023_x86_64_NVIDIA", ScalingConfig=idle)
    web = asking(cpu="1")
    web["metadata"] = {**web["metadata"], "name": "api"}
    there = environment(daemon, web, Group=group(ScalingConfig={"MaxSize": 1}), Large=large)
    (finding,) = findings("KUBE24", there)
    assert finding.value == "m7i.large room"
    assert "nodeSelector" in finding.fix


def test_a_daemon_that_selects_what_discovery_labels_is_on_no_other_node() -> None:
    """Feature discovery labels the nodes that have the device, and nobody labels the others."""
    daemon = {**asking(**{"nvidia.com/gpu": "1"}), "kind": "DaemonSet"}
    daemon["spec"]["template"]["spec"]["nodeSelector"] = {"nvidia.com/gpu.present": "true"}
    assert values("KUBE24", environment(daemon, Group=group(ScalingConfig={"MaxSize": 1}))) == []


@pytest.mark.parametrize(
    ("sizes", "replicas", "refused"),
    [
        ({"MaxSize": 2}, 3, []),
        ({"MaxSize": 2}, 4, ["Deployment/web all cpu"]),
        ({"MaxSize": {"Ref": "Most"}}, 40, []),
        # Nothing here adds nodes, so those stay that there are at first.
        ({"MaxSize": 9, "DesiredSize": 2}, 3, []),
        ({"MaxSize": 9, "DesiredSize": 2}, 4, ["Deployment/web all cpu"]),
        ({"MaxSize": 9, "DesiredSize": 1, "MinSize": 2}, 3, []),
        ({"MaxSize": 9, "DesiredSize": 2, "MinSize": {"Ref": "Least"}}, 12, []),
        ({}, 40, []),
        ({"MaxSize": 2, "DesiredSize": 0}, 1, ["0 nodes"]),
        ({"MaxSize": 2, "DesiredSize": 0, "MinSize": 1}, 1, []),
        ({"MaxSize": 0, "DesiredSize": 0}, 1, []),
    ],
)
def test_all_nodes_together_have_room(sizes: Json, replicas: int, refused: list[str]) -> None:
    """Also a group at its largest."""
    web = asking(cpu="1")
    web["spec"]["replicas"] = replicas
    there = environment(web, Group=group(ScalingConfig=sizes))
    assert values("KUBE24", there) == refused


@pytest.mark.parametrize(
    ("named", "refused"),
    [
        ({"Chart": "metrics-server"}, ["Deployment/web all cpu"]),
        ({"Chart": "cluster-autoscaler"}, []),
        ({"Repository": "oci://registry.example.com/charts/cluster-autoscaler"}, []),
        ({"Chart": {"Ref": "Name"}}, []),
    ],
)
def test_a_chart_adds_nodes(named: Json, refused: list[str]) -> None:
    """Then a group may grow to its maximum, also where a chart has its name in its address only."""
    web = asking(cpu="1")
    web["spec"]["replicas"] = 4
    chart = {"Type": CHART, "Properties": {"ClusterName": "test", **named}}
    sizes = {"MaxSize": 9, "DesiredSize": 2}
    there = environment(web, Group=group(ScalingConfig=sizes), Chart=chart)
    assert values("KUBE24", there) == refused


def test_an_autoscaler_of_pods_counts() -> None:
    """It keeps that many at least."""
    target = {"kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 9, "maxReplicas": 90}
    scaler = item("HorizontalPodAutoscaler", spec=spec)
    there = environment(asking(cpu="1"), scaler, Group=group(ScalingConfig={"MaxSize": 2}))
    assert values("KUBE24", there) == ["Deployment/web all cpu"]


def test_an_autoscaler_adds_nodes() -> None:
    """A group may start empty, and grow to its largest number."""
    scaler, sizes = item("Deployment", "cluster-autoscaler"), {"DesiredSize": 0, "MaxSize": 2}
    for count, found in ((3, []), (4, ["Deployment/web all cpu"])):
        web = asking(cpu="1")
        web["spec"]["replicas"] = count
        there = environment(web, scaler, Group=group(ScalingConfig=sizes))
        assert values("KUBE24", there) == found


def test_nodes_of_others_may_have_room() -> None:
    """Nobody knows how large they are."""
    pool = item("NodePool")
    assert values("KUBE24", environment(asking(cpu="900"), pool, Group=group())) == []


def pool(name: str, sizes: list[str], family: str = "m7i", **spec: object) -> Json:
    """Return a pool of Karpenter's with these sizes of a family."""
    values_ = {"instance-family": [family], "instance-size": sizes}
    required = [
        {"key": f"karpenter.k8s.aws/{key}", "operator": "In", "values": each}
        for key, each in values_.items()
    ]
    ref = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "web"}
    template = {"spec": {"nodeClassRef": ref, "requirements": required}}
    return item("NodePool", name, apiVersion="karpenter.sh/v1", spec={"template": template, **spec})


CLUSTER = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test"}}
ALL_CPU, ALL_MEMORY = ["Deployment/web all cpu"], ["Deployment/web all memory"]


@pytest.mark.parametrize(
    ("spec", "asks", "replicas", "refused"),
    [
        ({"limits": {"cpu": "4"}}, {"cpu": "1"}, 5, []),
        ({"limits": {"cpu": "4"}}, {"cpu": "1"}, 6, ALL_CPU),
        ({"limits": {"nodes": "2"}}, {"cpu": "1"}, 9, []),
        ({"limits": {"nodes": "2"}}, {"cpu": "1"}, 10, ALL_CPU),
        ({"limits": {"nodes": "9"}, "replicas": 2}, {"cpu": "1"}, 10, ALL_CPU),
        # m7i has 4 GiB for each vCPU.
        ({"limits": {"cpu": "4"}}, {"memory": "1Gi"}, 22, []),
        ({"limits": {"cpu": "4"}}, {"memory": "1Gi"}, 24, ALL_MEMORY),
        ({"limits": {"memory": "9Gi"}}, {"memory": "1Gi"}, 18, ALL_MEMORY),
        ({}, {"cpu": "1"}, 900, []),
        ({"limits": {"cpu": "${Most}"}}, {"cpu": "1"}, 900, []),
    ],
)
def test_pools_have_room_up_to_their_limits(
    spec: Json, asks: Json, replicas: int, refused: list[str]
) -> None:
    """Beside a group with one node of two vCPUs and 8 GiB."""
    web = asking(**asks)
    web["spec"]["replicas"] = replicas
    made = pool("small", ["large", "xlarge"], **spec)
    one = group(ScalingConfig={"MaxSize": 1})
    there = environment(web, made, Group=one, Cluster=CLUSTER)
    assert values("KUBE24", there) == refused


@pytest.mark.parametrize("device", ROWS)
def test_types_with_a_device_are_known_to_have_it(device: str) -> None:
    """Two tables say it: how many, and of which families."""
    pattern = ROWS[device]["types"]
    assert [x for x in DEVICES_OF[device] if not re.fullmatch(pattern, x)] == []


GPU = {"nvidia.com/gpu": "1"}
ALL_GPUS, NO_NODE = ["Deployment/web all nvidia.com/gpu"], ["Deployment/web node"]


@pytest.mark.parametrize(
    ("spec", "replicas", "refused"),
    [
        ({"limits": {"nodes": "1"}}, 1, []),
        ({"limits": {"nodes": "1"}}, 2, ALL_GPUS),
        ({"limits": {"cpu": "11"}}, 2, []),
        ({"limits": {"cpu": "11"}}, 3, ALL_GPUS),
        ({"limits": {"cpu": "900"}, "replicas": 2}, 3, ALL_GPUS),
        ({"limits": {"nvidia.com/gpu": "2"}}, 2, []),
        ({"limits": {"nvidia.com/gpu": "2"}}, 3, ALL_GPUS),
        ({"limits": {"aws.amazon.com/neuron": "2"}}, 900, []),
        ({}, 900, []),
    ],
)
def test_pools_have_the_devices_of_their_types(
    spec: Json, replicas: int, refused: list[str]
) -> None:
    """Four vCPUs and a GPU each. Neither a group nor a pool beside them has any, whatever its limits are."""
    web = asking(**GPU)
    web["spec"]["replicas"] = replicas
    others = [pool("other", ["large"], limits={"cpu": "64"}), pool("third", ["xlarge"])]
    gpus = pool("gpus", ["xlarge"], family="g5", **spec)
    nodes = group(ScalingConfig={"MaxSize": 9})
    there = environment(web, *others, gpus, Group=nodes, Cluster=CLUSTER)
    assert values("KUBE24", there) == refused
    # A plug-in may share them among pods.
    shared = item("ConfigMap", data={"any": "sharing:"})
    there = environment(web, shared, *others, gpus, Group=nodes, Cluster=CLUSTER)
    assert values("KUBE24", there) == []


def test_a_limit_of_a_device_is_none_of_nodes_without_it() -> None:
    """Of g5.xlarge and m7i.xlarge, nodes of the second have no GPU that counts."""
    web = asking(cpu="3")
    web["spec"]["replicas"] = 9
    made = pool("all", ["xlarge"], limits={"nvidia.com/gpu": "1"})
    required = made["spec"]["template"]["spec"]["requirements"]
    required[0]["values"] = ["g5", "m7i"]
    assert values("KUBE24", environment(web, made, Cluster=CLUSTER)) == []
    required[0]["values"] = ["g5"]
    assert values("KUBE24", environment(web, made, Cluster=CLUSTER)) == ALL_CPU


@pytest.mark.parametrize(("adapters", "refused"), [(2, []), (3, ["Deployment/web node"])])
def test_nodes_of_pools_have_as_many_adapters_as_network_cards(
    adapters: int, refused: list[str]
) -> None:
    """Two of c6in.32xlarge."""
    web = asking(**{"vpc.amazonaws.com/efa": str(adapters)})
    made = pool("fast", ["32xlarge"], family="c6in")
    assert values("KUBE22", environment(web, made, Cluster=CLUSTER)) == refused


TAINT = {"key": "team", "value": "a", "effect": "NoSchedule"}
TOLERATES = {"tolerations": [{"key": "team", "operator": "Exists"}]}


@pytest.mark.parametrize(
    ("placing", "replicas", "refused"),
    [
        ({}, 4, []),
        ({}, 5, ["Deployment/web all cpu"]),
        (TOLERATES, 24, []),
        (TOLERATES, 25, ["Deployment/web all cpu"]),
        ({**TOLERATES, "nodeSelector": {"team": "a"}}, 21, ["Deployment/web all cpu"]),
        ({**TOLERATES, "nodeSelector": {"team": "a"}}, 20, []),
    ],
)
def test_only_pools_that_let_pods_in_have_room_for_them(
    placing: Json, replicas: int, refused: list[str]
) -> None:
    """One of 4 vCPUs, and one of 20 whose nodes are for a team."""
    web = asking(cpu="1")
    web["spec"]["replicas"] = replicas
    web["spec"]["template"]["spec"] |= placing
    small = pool("small", ["large"], limits={"cpu": "4"})
    large = pool("large", ["large"], limits={"cpu": "20"})
    template = large["spec"]["template"]
    template["spec"]["taints"] = [TAINT]
    template["metadata"] = {"labels": {"team": "a"}}
    assert values("KUBE24", environment(web, small, large, Cluster=CLUSTER)) == refused


@pytest.mark.parametrize(("replicas", "refused"), [(1, []), (2, ["Deployment/web all cpu"])])
def test_only_groups_that_let_pods_in_have_room_for_them(replicas: int, refused: list[str]) -> None:
    """A node for all, and nine with a taint."""
    web, other = asking(cpu="1500m"), asking(cpu="1500m")
    web["spec"]["replicas"] = replicas
    other["metadata"] = {**other["metadata"], "name": "other"}
    other["spec"]["template"]["spec"] |= {**TOLERATES, "nodeSelector": {"team": "a"}}
    taint = {"Key": "team", "Value": "a", "Effect": "NO_SCHEDULE"}
    apart = group(ScalingConfig={"MaxSize": 9}, Taints=[taint], Labels={"team": "a"})
    there = environment(web, other, Group=group(ScalingConfig={"MaxSize": 1}), Apart=apart)
    assert values("KUBE24", there) == refused


@pytest.mark.parametrize(("arch", "refused"), [("arm64", NO_NODE), ("amd64", [])])
def test_pods_are_judged_by_pools_that_may_start_nothing(arch: str, refused: list[str]) -> None:
    """That no type is within the limits of a pool is said of the pool, and not of pods that would fit."""
    web = asking(cpu="500m")
    web["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/arch": arch}
    there = environment(web, pool("all", ["large"], limits={"cpu": "1"}), Cluster=CLUSTER)
    assert values("KUBE22", there) == refused
    assert "NodePool/all limits.cpu" in values("NODES9", there)


@pytest.mark.parametrize(("nodes", "refused"), [(0, NO_NODE), (1, [])])
def test_pools_beside_a_group_do_not_make_its_nodes(nodes: int, refused: list[str]) -> None:
    """Pods that they don't let in wait for a node of a group that nothing makes larger."""
    sizes = {"MinSize": 0, "DesiredSize": nodes, "MaxSize": 4}
    gpus = group("g5.xlarge", AmiType="AL2023_x86_64_NVIDIA", ScalingConfig=sizes)
    made = pool("all", ["large"])
    there = environment(asking(**GPU), made, Cni=CNI, Group=gpus, Cluster=CLUSTER)
    assert values("KUBE22", there) == refused


@pytest.mark.parametrize(
    ("system", "refused"), [("windows", NO_NODE), ("linux", [])], ids=["Windows", "Linux"]
)
@pytest.mark.parametrize("name", ["general-purpose", "system"])
def test_built_in_pools_are_of_linux(name: str, system: str, refused: list[str]) -> None:
    """EKS user guide, "Enable or Disable Built-in NodePools"."""
    config = {"Enabled": True, "NodePools": [name]}
    cluster = {**CLUSTER, "Properties": {"Name": "test", "ComputeConfig": config}}
    web = asking(cpu="1")
    web["spec"]["template"]["spec"] |= {
        "nodeSelector": {"kubernetes.io/os": system},
        "tolerations": [{"operator": "Exists"}],
    }
    assert values("KUBE22", environment(web, Cluster=cluster)) == refused


def test_a_node_of_a_pool_is_within_its_limits() -> None:
    """A type that they don't allow starts for nobody."""
    web, sizes = asking(cpu="3"), ["large", "2xlarge"]
    for most, refused in (("7", ["Deployment/web node"]), ("8", [])):
        made = pool("all", sizes, limits={"cpu": most})
        there = environment(web, made, Group=group(), Cluster=CLUSTER)
        assert values("KUBE22", there) == refused


def test_all_devices_together_are_enough() -> None:
    """One of a group with two nodes at most."""
    for replicas, refused in ((2, []), (3, ["Deployment/web all nvidia.com/gpu"])):
        web = asking(**{"nvidia.com/gpu": "1"})
        web["spec"]["replicas"] = replicas
        properties = {"AmiType": "AL2023_x86_64_NVIDIA", "ScalingConfig": {"MaxSize": 2}}
        there = environment(web, Group=group("g5.xlarge", **properties))
        assert values("KUBE24", there) == refused


@pytest.mark.parametrize(
    ("configuration", "group_", "replicas", "refused"),
    [
        ({}, {}, 29, []),
        ({}, {}, 30, ["Deployment/web all pods"]),
        ({"env": {"ENABLE_PREFIX_DELEGATION": "true"}}, {}, 110, []),
        ({"env": {"ENABLE_PREFIX_DELEGATION": "true"}}, {}, 111, ["Deployment/web all pods"]),
        # User data may raise the number, though hardly beyond what Kubernetes is made for.
        ({}, {"LaunchTemplate": {"Id": {"Ref": "Template"}}}, 110, []),
        ({}, {"LaunchTemplate": {"Id": "lt-1"}}, 110, []),
        ({}, {"LaunchTemplate": {"Id": {"Ref": "Plain"}}}, 30, ["Deployment/web all pods"]),
    ],
)
def test_a_node_takes_so_many_pods(
    configuration: Json, group_: Json, replicas: int, refused: list[str]
) -> None:
    """As many as it has addresses for, unless something else may say how many."""
    web = asking(cpu="1m")
    web["spec"]["replicas"] = replicas
    properties = {**CNI["Properties"], "ConfigurationValues": json.dumps(configuration)}
    there = environment(
        web,
        Cni={**CNI, "Properties": properties},
        Group=group(ScalingConfig={"MaxSize": 1}, **group_),
        Template=template(UserData="bm9kZXM="),
        Plain=template(KeyName="key"),
    )
    assert values("KUBE24", there) == refused


def template(**data: object) -> Json:
    """Return a launch template."""
    return {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}}


@pytest.mark.parametrize(
    ("interfaces", "replicas", "refused"),
    [
        (["efa", "efa-only"], 2, []),
        (["efa", "efa-only"], 3, ["Deployment/web all vpc.amazonaws.com/efa"]),
        (["interface", "efa-only"], 1, ROOM),
        ([], 1, ROOM),
        ({"Ref": "Interfaces"}, 9, []),
    ],
)
def test_launch_templates_tell_the_adapters(
    interfaces: object, replicas: int, refused: list[str]
) -> None:
    """Two nodes with an adapter on each of two network cards have four."""
    web = asking(**{"vpc.amazonaws.com/efa": "2"})
    web["spec"]["replicas"] = replicas
    cards = interfaces
    if isinstance(interfaces, list):
        # Whatever else only a deploy tells.
        cards = [{"InterfaceType": kind, "Groups": [{"Ref": "Any"}]} for kind in interfaces]
    template = {
        "Type": LAUNCH_TEMPLATE,
        "Properties": {"LaunchTemplateData": {"NetworkInterfaces": cards}},
    }
    nodes = group(
        "c6in.32xlarge",
        LaunchTemplate={"Id": {"Ref": "Template"}},
        ScalingConfig={"MaxSize": 2, "DesiredSize": 2},
    )
    assert values("KUBE24", environment(web, Group=nodes, Template=template)) == refused


def test_without_node_groups_nobody_lacks_adapters() -> None:
    """That no node is there is said by another rule."""
    assert values("KUBE24", environment(asking(**{"vpc.amazonaws.com/efa": "2"}))) == []


@pytest.mark.parametrize(
    ("count", "refused"), [(2, []), (3, ["Deployment/web all nvidia.com/gpu"])]
)
def test_devices_are_summed(count: int, refused: list[str]) -> None:
    """As processors are: nobody adds a node with one more."""
    web = asking(**{"nvidia.com/gpu": "1"})
    web["spec"]["replicas"] = count
    nodes = group(
        "g5.xlarge",
        AmiType="AL2023_x86_64_NVIDIA",
        ScalingConfig={"MaxSize": 9, "DesiredSize": 2},
    )
    assert values("KUBE24", environment(web, Cni=CNI, Group=nodes)) == refused


@pytest.mark.parametrize("kind", ["CronJob", "DaemonSet", "Deployment"])
@pytest.mark.parametrize(
    ("hard", "names"),
    [
        ({"requests.memory": "3Gi"}, ()),
        ({"requests.memory": "1Gi"}, ("requests.memory 1536Mi", "requests.memory 1Gi")),
        ({"memory": "1Gi"}, ("memory 1536Mi", "memory 1Gi")),
        ({"cpu": "500m"}, ("cpu 1", "cpu 500m")),
        ({"pods": "0"}, ("pods 1", "pods 0")),
    ],
)
def test_a_pod_is_not_larger_than_a_quota(kind: str, hard: Json, names: tuple[str, ...]) -> None:
    """Whether its owner says how many there are, which the quota is about, or not."""
    web = asking(cpu="1", memory="1536Mi")
    counted = kind == "Deployment"
    if not counted:
        template = web["spec"]["template"]
        job = {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}}
        web = {**web, "kind": kind, "spec": job if kind == "CronJob" else {"template": template}}
    quota = item("ResourceQuota", "quota", spec={"hard": hard})
    owner = "ResourceQuota/quota" if counted else f"{kind}/web"
    refused = [f"{owner} {names[counted]}"] if names else []
    assert values("KUBE32", environment(web, quota)) == refused


@pytest.mark.parametrize(
    ("name", "told", "key"),
    [
        ("eks-pod-identity-agent", {}, "eks.amazonaws.com/compute-type"),
        ("metrics-server", {"nodeSelector": {"disk": "fast"}}, "kubernetes.io/os"),
        ("metrics-server", {"nodeSelector": {"disk": "fast"}}, "disk"),
    ],
)
def test_pods_of_the_platform_keep_what_they_ask_of_nodes(name: str, told: Json, key: str) -> None:
    """Beside what an environment asks for them."""
    said = {"AddonName": name, "ConfigurationValues": json.dumps(told)}
    made = environment(Part={"Type": ADD_ON, "Properties": {"ClusterName": "test", **said}})
    (guest,) = of_platform(made)
    assert key in wanted(guest.spec)
