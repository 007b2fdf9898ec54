from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from tests.unit.guardrails.rules.objects import Json, environment, findings, item, values, workload

CNI: Json = {
    "Type": "AWS::EKS::Addon",
    "Properties": {"ClusterName": "test", "AddonName": "vpc-cni"},
}
CLUSTER: Json = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test"}}
FAMILY, SIZE = "karpenter.k8s.aws/instance-family", "karpenter.k8s.aws/instance-size"
TYPE, HYPERVISOR = "node.kubernetes.io/instance-type", "karpenter.k8s.aws/instance-hypervisor"
SMALL = {FAMILY: ["m7g"], SIZE: ["large"]}


def pool(requirements: Json | None = None, ref: Json | None = None, **spec: object) -> Json:
    """Return a pool of Karpenter's with these labels and values."""
    named = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "web", **(ref or {})}
    required = [
        {"key": key, "operator": "In", "values": values}
        for key, values in (requirements or {}).items()
    ]
    template = {"spec": {"nodeClassRef": named, "requirements": required, **spec}}
    return item("NodePool", apiVersion="karpenter.sh/v1", spec={"template": template})


@pytest.mark.parametrize(
    ("requirements", "ref", "refused"),
    [
        pytest.param(SMALL, {}, True, id="more than its types serve"),
        pytest.param(
            {**SMALL, "karpenter.sh/capacity-type": ["spot"], "kubernetes.io/os": ["linux"]},
            *({}, True),
            id="beside what says nothing of types",
        ),
        pytest.param({**SMALL, HYPERVISOR: ["nitro"]}, {}, False, id="a label that isn't known"),
        pytest.param({TYPE: ["m7g.large", "m99.huge"]}, {}, False, id="a type that isn't known"),
        pytest.param({TYPE: ["m7g.large", "m7g.16xlarge"]}, {}, False, id="one type is odd"),
        pytest.param({**SMALL, SIZE: ["${Size}"]}, {}, False, id="requirements of the deploy"),
        pytest.param(SMALL, {"name": "other"}, False, id="a pool of another class"),
        pytest.param(SMALL, {"kind": "NodeClass"}, False, id="a class of another kind"),
    ],
)
def test_pods_of_a_class_have_addresses(requirements: Json, ref: Json, *, refused: bool) -> None:
    """On the largest type of a pool: what pods request may never let them fill a small one."""
    spec = {"kubelet": {"maxPods": 110}, "role": "nodes"}
    there = environment(pool(requirements, ref), item("EC2NodeClass", spec=spec), Cni=CNI)
    assert values("NODES8", there) == ["EC2NodeClass/web kubelet.maxPods 110"] * refused


def test_a_class_has_the_pools_of_its_cluster() -> None:
    """Another cluster may have a class of the same name."""
    class_ = item("EC2NodeClass", spec={"kubelet": {"maxPods": 110}, "role": "nodes"})
    manifest = {"ClusterName": "other", "Manifest": json.dumps([pool(SMALL)])}
    other = {"Type": MANIFEST, "Properties": manifest}
    assert values("NODES8", environment(class_, Cni=CNI, Other=other)) == []


@pytest.mark.parametrize(
    ("expires", "ref", "refused"),
    [
        ("Never", {}, True),
        ("720h", {}, False),
        (None, {}, False),
        ("Never", {"group": "eks.amazonaws.com", "kind": "NodeClass"}, False),
    ],
)
def test_nodes_are_replaced_at_some_time(expires: str | None, ref: Json, *, refused: bool) -> None:
    """One that expires asks no budget, and in Auto Mode all do."""
    made = pool(ref=ref, expireAfter=expires)
    made["spec"]["disruption"] = {"consolidateAfter": "1m", "budgets": [{"nodes": "0"}]}
    found = [x for x in values("NODES9", environment(made)) if "budgets" in x]
    assert found == ["NodePool/web disruption.budgets[0].nodes 0"] * refused


@pytest.mark.parametrize(("version", "refused"), [("v1", True), ("v1beta1", False)])
def test_a_class_has_a_group(version: str, *, refused: bool) -> None:
    """Before v1 nobody had to write it."""
    made = pool(ref={"group": None})
    made["apiVersion"] = f"karpenter.sh/{version}"
    found = [x.field for x in findings("NODES9", environment(made))]
    assert ("spec.template.spec.nodeClassRef.group" in found) == refused


@pytest.mark.parametrize(("tag", "refused"), [("shop", False), ("other", True), ("${Tag}", False)])
def test_a_class_finds_subnets(tag: str, *, refused: bool) -> None:
    """By tags; nobody knows what those of the deploy find."""
    spec = {"subnetSelectorTerms": [{"tags": {"team": tag}}], "role": "nodes"}
    network = {"SubnetIds": [{"Ref": "Subnet"}]}
    there = environment(
        item("EC2NodeClass", spec=spec),
        Cluster={
            "Type": "AWS::EKS::Cluster",
            "Properties": {"Name": "test", "ResourcesVpcConfig": network},
        },
        Vpc={"Type": "AWS::EC2::VPC"},
        Subnet={
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "Tags": [{"Key": "team", "Value": "shop"}]},
        },
    )
    assert any("no subnet" in x for x in values("NODES9", there)) == refused


SPOT = "EC2 Spot Instance Interruption Warning"
STATE = "EC2 Instance State-change Notification"
EC2 = {"source": ["aws.ec2"], "detail-type": [SPOT, STATE]}
HEALTH = {"source": ["aws.health"], "detail-type": ["AWS Health Event"]}


def hearing(
    *patterns: object, gates: Json | None = None, queue: object = None, name: object = None
) -> Environment:
    """Return the chart of Karpenter, and a queue to which rules send what has these patterns."""
    queue = queue or {"Fn::GetAtt": ["Queue", "QueueName"]}
    settings = {"clusterName": "test", "interruptionQueue": queue, "featureGates": gates}
    chart = {"ClusterName": "test", "Chart": "karpenter", "Values": {"settings": settings}}
    to: list[Any] = [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}]
    rules = {
        f"Rule{n}": {
            "Type": "AWS::Events::Rule",
            "Properties": {"EventPattern": each, "Targets": to},
        }
        for n, each in enumerate(patterns)
    }
    made = {"Type": "Custom::AWSCDK-EKS-HelmChart", "Properties": chart}
    own = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name} if name else {}}
    parameter = {"Type": "AWS::SSM::Parameter"}
    return environment(Chart=made, Queue=own, Name=parameter, **rules)


def spot(*kinds: str, how: str = "In") -> Json:
    """Return a pool of Karpenter that asks for these kinds of capacity."""
    asked = {"key": "karpenter.sh/capacity-type", "operator": how, "values": [*kinds]}
    pool = item("NodePool", "web", spec={"template": {"spec": {"requirements": [asked]}}})
    return {**pool, "apiVersion": "karpenter.sh/v1"}


@pytest.mark.parametrize(
    ("pool", "queue", "deaf"),
    [
        (spot("spot", "on-demand"), None, True),
        (spot("spot"), "", True),
        (spot("spot"), "interruptions", False),
        (spot("spot"), {"Ref": "Queue"}, False),
        (spot("on-demand"), None, False),
        (spot("spot", how="NotIn"), None, False),
    ],
)
def test_karpenter_reads_a_queue_where_instances_are_taken_back(
    pool: Json, queue: object, *, deaf: bool
) -> None:
    """Without Spot and without a queue it may be meant."""
    settings = {"clusterName": "test", **({} if queue is None else {"interruptionQueue": queue})}
    chart = {"ClusterName": "test", "Chart": "karpenter", "Values": {"settings": settings}}
    made = environment(
        pool,
        Chart={"Type": "Custom::AWSCDK-EKS-HelmChart", "Properties": chart},
        Queue={"Type": "AWS::SSM::Parameter"},
    )
    assert ("Values.settings.interruptionQueue" in values("VERSION17", made)) is deaf


@pytest.mark.parametrize(
    ("queue", "name", "others"),
    [
        ("interruptions", None, True),
        ("interruptions", "interruptions", False),
        ("interruption", "interruptions", True),
        ("interruptions", {"Ref": "Name"}, False),
        ({"Fn::GetAtt": ["Queue", "QueueName"]}, None, False),
    ],
)
def test_karpenter_reads_the_queue_that_is_filled(
    queue: object, name: object, *, others: bool
) -> None:
    """A name that CloudFormation makes up can't be written down."""
    made = hearing(EC2, HEALTH, queue=queue, name=name)
    found = [x for x in values("VERSION17", made) if x.startswith("Values.settings.interruption")]
    assert bool(found) is others


@pytest.mark.parametrize(
    ("patterns", "missing"),
    [
        pytest.param([EC2, HEALTH], [], id="all of them"),
        pytest.param([EC2], ["aws.health AWS Health Event"], id="one is missing"),
        pytest.param([EC2, {"source": ["aws.health"]}], [], id="all of a source"),
        pytest.param([EC2, {**HEALTH, "source": [{"prefix": "aws."}]}], [], id="a prefix"),
        pytest.param([EC2, {"Ref": "Pattern"}], [], id="a pattern of the deploy"),
        pytest.param([EC2, {**HEALTH, "source": [{"Ref": "Own"}]}], [], id="a word of the deploy"),
        pytest.param([], [], id="rules of somebody else"),
    ],
)
def test_karpenter_hears_of_what_happens(patterns: list[object], missing: list[str]) -> None:
    """Only patterns of plain words are judged."""
    assert values("VERSION17", hearing(*patterns)) == missing


@pytest.mark.parametrize(
    ("gate", "refused"), [("nodeRepairs", True), ("drift", False), ("newerThanThis", False)]
)
def test_a_gate_is_one_of_the_chart(gate: str, *, refused: bool) -> None:
    """Of this release, an older or a newer one."""
    field = f"Values.settings.featureGates[{gate}]"
    assert values("VERSION17", hearing(gates={gate: True})) == [f"{field} {gate}"] * refused


MISSPELLED = ("pod-pid-limit", "maxx-pods", "log-levl", "event-qp", "node-lables")


def test_settings_are_told_in_the_order_in_which_they_stand() -> None:
    """The same text has the same report in every process, without the settings that there are."""
    names = (*MISSPELLED[:2], "max-pods", *MISSPELLED[2:])
    written = "\n".join(["[settings.kubernetes]", *(f"{name} = 1" for name in names)])
    spec = {"amiSelectorTerms": [{"alias": "bottlerocket@latest"}], "userData": written}
    details = [
        each.detail for each in findings("NODES3", environment(item("EC2NodeClass", spec=spec)))
    ]
    assert [each.split("kubernetes.")[1].split(":")[0] for each in details] == [*MISSPELLED]


@pytest.mark.parametrize(
    ("kind", "cpu", "words"),
    [
        (
            "c7g.medium",
            "1",
            "no node group has one: c7g.medium has room for 0.94 cpu, and asked are 1",
        ),
        (
            "c7g.large",
            "9",
            "no node group has one: c7g.large has room for 1.93 cpu, and asked are 9",
        ),
    ],
)
def test_the_finding_says_that_hosts_are_too_small(kind: str, cpu: str, words: str) -> None:
    """They let the pods in, and pools don't."""
    away = {"key": "karpenter.sh/nodepool", "operator": "DoesNotExist"}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [away]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    asks = {"resources": {"requests": {"cpu": cpu}}}
    there = environment(
        workload(pod={"affinity": affinity}, container=asks),
        pool(SMALL),
        item("EC2NodeClass", spec={"role": "nodes"}),
        Cluster=CLUSTER,
        Cni=CNI,
        Group={
            "Type": "AWS::EKS::Nodegroup",
            "Properties": {
                "ClusterName": "test",
                "InstanceTypes": [kind],
                "AmiType": "AL2023_ARM_64_STANDARD",
            },
        },
    )
    (finding,) = findings("KUBE22", there)
    assert words in finding.detail


def test_the_finding_names_what_keeps_pods_out_of_a_pool() -> None:
    there = environment(
        workload(pod={}),
        pool(SMALL, taints=[{"key": "team", "value": "b", "effect": "NoSchedule"}]),
        item("EC2NodeClass", spec={"role": "nodes"}),
        Cluster=CLUSTER,
        Cni=CNI,
    )
    (finding,) = findings("KUBE22", there)
    assert "NodePool web by its taint team=b:NoSchedule keeps them out" in finding.detail
