"""Whether the nodes are enough, and what more of them cost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from assembly.kinds import MANIFEST
from review import packing
from review.room import same, sentences
from review.sides import Sides
from tests.unit.review.foreign import kubernetes, manifest
from tests.unit.review.templates import (
    NODE_GROUP,
    edited,
    replaced_text,
    reviewed,
    texts,
    with_plan,
    with_property,
    with_resource,
)

CONTAINERS = '\\"containers\\":'
REPLICAS = '\\"replicas\\":3'


def asking(environment: Environment, replicas: int) -> Environment:
    """Return an environment whose Deployments run so many pods."""
    return replaced_text(environment, REPLICAS, f'\\"replicas\\":{replicas}')


def room(before: Environment, after: Environment) -> list[str]:
    """Return what is said of pods on the desired nodes, each with its risk."""
    return [each for each in texts(reviewed(before, after)) if "on the desired nodes" in each]


def daemons(prod: Environment, **asked: str) -> Environment:
    """Return prod with a DaemonSet."""
    spec = {"containers": [{"name": "agent", "resources": {"requests": asked}}]}
    content = kubernetes("DaemonSet", "agent", spec={"template": {"spec": spec}})
    properties = manifest(content)["Properties"]
    return with_resource(prod, "Cluster", "Agent", MANIFEST, properties)


def test_more_than_the_nodes_have_interrupts(prod: Environment) -> None:
    """Pods that no node has the CPUs for wait, and what a tool can't know is named."""
    (said,) = room(prod, asking(prod, 130))
    assert said.startswith(
        "interrupts: **Pods don't fit on the desired nodes**: with add-ons and charts, as far as is known what "
        "those run and ask for, they request 14.3 of 11.8 vCPUs (before: 1.6 of 11.8), 17.9 of 43.4 GiB of memory "
        "(before: 2 of 43.4) and 153 of 330 pods "
        "(before: 26 of 330)."
    )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"cpu": "1"}, "safe: Your pods fit .* 4.6 of 11.8 vCPUs"),
        ({"memory": "13Gi"}, r"safe: Your pods fit .* 41 of 43.4 GiB of memory"),
        ({"memory": "14Gi"}, r"interrupts: \*\*Pods don't fit .* 44 of 43.4 GiB of memory"),
    ],
)
def test_a_daemonset_asks_every_node(prod: Environment, asked: dict[str, str], says: str) -> None:
    """What the kubelet keeps for itself is nobody's."""
    (said,) = room(prod, daemons(prod, **asked))
    assert re.match(says, said), said
    assert "and 29 of 330 pods (before: 26 of 330)" in said


@pytest.mark.parametrize(
    ("cpus", "says"),
    [
        # Two pods instead of two with 100m each.
        ("3", r"safe: Your pods fit .* 7\.4 of 11\.8 vCPUs \(before: 1\.6 of 11\.8\)"),
        (
            "5",
            r"interrupts: .* a pod of Deployment `kube-system/aws-load-balancer-controller` asks",
        ),
        ("9", r"interrupts: \*\*Pods don't fit .* 19\.4 of 11\.8 vCPUs"),
    ],
)
def test_what_a_chart_asks_for_counts(prod: Environment, cpus: str, says: str) -> None:
    """Its pods need room like any others."""
    (chart,) = prod.resources("Custom::AWSCDK-EKS-HelmChart")
    values = json.dumps({"resources": {"requests": {"cpu": cpus}}})
    (said,) = room(prod, with_property(prod, "Cluster", chart.logical_id, "Values", values))
    assert re.match(says, said), said


@pytest.mark.parametrize(
    ("cpus", "most", "unchanged", "says"),
    [
        ("100m", 20, r"nodes; at the autoscalers' maximum they fit, too: with 20 pods of D.*/web`, they take 3\.6 of 11", ""),
        # As many as there are anyway.
        ("100m", 3, r"desired nodes\)$", ""),
        ("100m", 200, "", r"At .* they \*\*don't fit\*\*: with 200 pods of .*, they request 21\.6 of 11\.8 vCPUs"),
        # Each takes more than half of one of three nodes.
        ("2", 4, "", r"At .* \*\*some may find no room on a single node\*\*: with 4 pods of .* 9\.6 of 11\.8"),
        ("100m", "", "; whether they fit at the autoscalers' maximum isn't known here", ""),
    ],
)  # fmt: skip
def test_pods_that_autoscalers_may_make_need_room_as_well(
    prod: Environment, cpus: str, most: object, unchanged: str, says: str
) -> None:
    """Where they no longer have it, that isn't "unchanged"."""

    def scaled(most: object) -> Environment:
        containers = [{"name": "web", "resources": {"requests": {"cpu": cpus}}}]
        web = kubernetes(
            "Deployment", "web", spec={"template": {"spec": {"containers": containers}}}
        )
        web["spec"]["replicas"] = 3
        spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": most}
        scaler = kubernetes("HorizontalPodAutoscaler", "web", spec=spec)
        return with_resource(prod, "Cluster", "Web", MANIFEST, manifest(web, scaler)["Properties"])

    sides = Sides(before=scaled(3), after=scaled(most), today=date(2026, 11, 30))
    found = [x for each in sentences(sides) for x in each.details]
    assert re.search(unchanged, same(sides)) if unchanged else not same(sides), same(sides)
    assert re.search(says, "".join(found)) if says else not found, found
    # Told once, where it comes.
    assert same(replace(sides, before=sides.after))


def test_a_rollout_for_which_there_is_no_room_does_not_end(prod: Environment) -> None:
    """Then no new pod is ready before an old one stops."""
    for cpus, ends in (("200m", True), ("3", False)):
        asked = (f'\\"cpu\\":\\"{x}\\"' for x in ("100m", cpus))
        said = texts(reviewed(prod, replaced_text(prod, *asked)))
        assert any("is ready before an old one stops" in each for each in said) is ends, said
        assert any(re.match("weakens: .*doesn't end", each) for each in said) is not ends, said


def test_fewer_pods_on_as_many_nodes_need_no_words(prod: Environment) -> None:
    """They fit as they did. Nodes that something else makes are as many as pods need."""
    assert not room(prod, asking(prod, 2))
    pool = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "more"}}
    more = with_resource(
        asking(prod, 130), "Cluster", "Pool", MANIFEST, manifest(pool)["Properties"]
    )
    assert not room(prod, more)
    gets = "safe: Pods that find no room get nodes of NodePool `more`, within its limits and your quotas."
    assert gets in texts(reviewed(prod, more))
    grown = replaced_text(more, REPLICAS.replace("3", "130"), REPLICAS.replace("3", "131"))
    assert gets not in texts(reviewed(more, grown))


def test_pods_that_no_pool_takes_get_no_node(prod: Environment) -> None:
    """Others may find room on its nodes; these wait for ever."""
    ref = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "any"}
    kinds = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["m7g"]}
    spec = {"template": {"spec": {"nodeClassRef": ref, "requirements": [kinds]}}}
    pool = manifest(kubernetes("NodePool", "more", spec=spec))["Properties"]
    before = with_resource(prod, "Cluster", "Pool", MANIFEST, pool)
    for processor, fit in (("arm64", True), ("amd64", False)):
        asks = {"containers": [{"name": "a"}], "nodeSelector": {"kubernetes.io/arch": processor}}
        web = kubernetes("Deployment", "own", spec={"replicas": 1, "template": {"spec": asks}})
        after = with_resource(before, "Cluster", "Own", MANIFEST, manifest(web)["Properties"])
        told = same(Sides(before=before, after=after, today=date(2026, 11, 30)))
        assert ("get nodes of NodePool `more`" in told) is fit


@pytest.mark.parametrize(
    ("kind", "tolerates", "grows"),
    [
        ("Deployment", [], False),
        ("Deployment", [{"key": "spot", "operator": "Exists"}], True),
        ("DaemonSet", [{"key": "spot", "operator": "Exists"}], False),
    ],
)
def test_a_pool_whose_taint_no_pod_tolerates_is_no_room(
    prod: Environment, kind: str, tolerates: list[Any], *, grows: bool
) -> None:
    """So whether the pods fit is known; a DaemonSet makes no node."""
    ref = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "any"}
    taint = {"key": "spot", "effect": "NoSchedule"}
    spec = {"template": {"spec": {"nodeClassRef": ref, "taints": [taint]}}}
    pool = manifest(kubernetes("NodePool", "more", spec=spec))["Properties"]
    pods = {"containers": [{"name": "a"}], "tolerations": tolerates}
    own = kubernetes(kind, "own", spec={"replicas": 1, "template": {"spec": pods}})
    before = with_resource(prod, "Cluster", "Own", MANIFEST, manifest(own)["Properties"])
    after = with_resource(before, "Cluster", "Pool", MANIFEST, pool)
    told = same(Sides(before=before, after=after, today=date(2026, 11, 30)))
    assert told == ("" if grows else "fit (your pods' requests fit the desired nodes)")
    gets = any(
        "find no room get nodes of NodePool `more`" in x for x in texts(reviewed(before, after))
    )
    assert gets is grows


@pytest.mark.parametrize(
    ("stated", "least", "pods"),
    [(1, 4, 30), (6, 4, 32), (0, 4, 26), (None, 4, 30), (None, None, 27)],
)
def test_an_autoscaler_keeps_its_minimum(
    prod: Environment, stated: int | None, least: int | None, pods: int
) -> None:
    """It raises what is stated, unless that is 0; without a minimum it keeps one pod."""
    target = {"kind": "Deployment", "name": "web"}
    web = kubernetes("Deployment", "web", spec={"template": {"spec": {"containers": [{}]}}})
    scaler = kubernetes("HorizontalPodAutoscaler", "web", spec={"scaleTargetRef": target})
    web["spec"] |= {} if stated is None else {"replicas": stated}
    scaler["spec"] |= {} if least is None else {"minReplicas": least}
    properties = manifest(web, scaler)["Properties"]
    after = with_resource(prod, "Cluster", "Web", MANIFEST, properties)
    assert packing.asked_of(after)["pods"] == pods


def test_smaller_nodes_leave_less_to_pods(heads: Path, prod: Environment) -> None:
    """As many nodes with half of the CPU are a loss, though all pods fit; fewer nodes are told as such."""
    large = assembly_at(heads / "instance-type").environments()["Prod"]
    (said,) = room(large, prod)
    assert said.startswith("weakens: Your pods have **less CPU or memory** on the desired nodes"), (
        said
    )
    (said,) = room(large, asking(prod, 130))
    assert said.startswith("weakens: **Pods don't fit on the desired nodes**"), said
    assert room(prod, large)[0].startswith("safe: Your pods fit")
    fewer = assembly_at(heads / "desired-nodes-down").environments()["Prod"]
    assert room(prod, fewer)[0].startswith("safe: Your pods fit")


def with_group(environment: Environment, **fields: object) -> Environment:
    """Return an environment with a second group like its own, but for these fields of the plan."""

    def add(inputs: dict[str, Any]) -> None:
        (group,) = inputs["groups"]
        inputs["groups"].append({**group, "name": "Second", **fields})

    return with_plan(environment, add)


def test_room_for_more_pods_costs_memory(prod: Environment) -> None:
    """The kubelet keeps some for each pod that a node may have: that is no smaller node."""
    few, many = (with_group(prod, pinned_pods=x) for x in (20, 50))
    (said,) = room(few, many)
    assert said.startswith("safe: Your pods fit on the desired nodes"), said
    less, more = (
        float(x)
        for x in re.findall(r"of ([\d.]+) GiB .*\(before: [\d.]+ of ([\d.]+)\) and", said)[0]
    )
    assert less < more
    (said,) = room(many, few)
    assert said.startswith("safe: Your pods fit on the desired nodes"), said


def test_windows_nodes_take_no_other_pods(prod: Environment) -> None:
    """They are no room for Linux pods, and their own pods and the DaemonSets take none of it."""
    beside = with_group(asking(prod, 130), windows=True)
    assert beside.inputs
    assert len(beside.inputs.groups) == 2
    assert room(prod, beside) == room(prod, asking(prod, 130))
    asked = with_group(daemons(prod, cpu="1"), windows=True)
    assert room(prod, asked) == room(prod, daemons(prod, cpu="1"))
    selects = f'\\"nodeSelector\\":{{\\"kubernetes.io/os\\":\\"windows\\"}},{CONTAINERS}'
    theirs = replaced_text(beside, CONTAINERS, selects)
    assert not room(prod, theirs)


def running(prod: Environment, name: str, count: int, **spec: object) -> Environment:
    """Return prod with a Deployment, without a count with a DaemonSet, whose first container asks for `asks`."""
    asks = spec.pop("asks", {})
    container = {"resources": {"requests": asks}, "ports": spec.pop("ports", [])}
    template = {"template": {"spec": {"containers": [container], **spec}}}
    kind = "Deployment" if count else "DaemonSet"
    content = kubernetes(kind, name, spec={"replicas": count, **template})
    return with_resource(prod, "Cluster", name, MANIFEST, manifest(content)["Properties"])


def unpacked(before: Environment, after: Environment) -> list[str]:
    """Return what pods ask for that no single node has left."""
    found = (
        re.search("may find no room.* pod of (.*),", x) for x in texts(reviewed(before, after))
    )
    return [each[1] for each in found if each]


TWO = {"cpu": "2"}
ZONE = {"topology.kubernetes.io/zone": "eu-west-1a"}


@pytest.mark.parametrize(
    ("pods", "asks"),
    [
        pytest.param([("D", 3, {"asks": TWO})], "", id="one for each node"),
        pytest.param([("D", 4, {"asks": TWO})], "2 vCPUs", id="and one more"),
        pytest.param(
            [("a", 3, {"asks": {"cpu": "1"}}), ("D", 3, {"asks": TWO})], "", id="small ones last"
        ),
        pytest.param(
            [("D", 1, {"asks": TWO}), ("agent", 0, {"asks": TWO})],
            "2 vCPUs",
            id="what runs everywhere has its place",
        ),
        pytest.param(
            [("agent", 0, {"asks": TWO}), ("D", 1, {"asks": TWO})],
            "2 vCPUs",
            id="in any order",
        ),
        pytest.param(
            [("D", 4, {"nodeSelector": {"disk": "x"}})], "", id="another sentence says it"
        ),
        pytest.param([("D", 1, {"asks": {"nvidia.com/gpu": "1"}})], "", id="a device"),
        pytest.param([("D", 1, {"asks": {"ephemeral-storage": "1Gi"}})], "", id="a disk"),
        pytest.param([("D", 111, {"nodeSelector": ZONE})], "a place", id="no requests"),
        pytest.param(
            [("D", 4, {"ports": [{"hostPort": 80}]})], "what its `hostPort` says", id="a port"
        ),
    ],
)
def test_whether_each_pod_finds_a_node(prod: Environment, pods: list[Any], asks: str) -> None:
    """Three nodes of 3.9 vCPUs have room in all, and may have none for the next pod."""
    after = prod
    for name, count, spec in pods:
        after = running(after, name, count, **spec)
    assert unpacked(prod, after) == ([f"Deployment `team/D` asks for {asks}"] if asks else [])


def test_pods_pack_onto_nodes_whose_taints_they_tolerate(prod: Environment) -> None:
    """Those of a second group are room in all, and none for the fourth of these pods."""
    taint = {"Key": "own", "Value": "x", "Effect": "NO_SCHEDULE"}
    nodes = {"Taints": [taint], "InstanceTypes": ["m7g.xlarge"]}
    both = with_resource(with_group(prod), "Cluster", "Second", "AWS::EKS::Nodegroup", nodes)
    before = running(both, "guest", 1, tolerations=[{"operator": "Exists"}])
    found = unpacked(before, running(before, "D", 4, asks=TWO))
    assert found == ["Deployment `team/D` asks for 2 vCPUs"]


def test_nodes_of_a_group_of_the_plan_alone_run_linux(prod: Environment) -> None:
    """A fourth pod has room on them, and only on them."""
    asks = {"asks": TWO, "nodeSelector": {"kubernetes.io/os": "linux"}}
    found = [unpacked(x, running(x, "D", 4, **asks)) for x in (prod, with_group(prod))]
    assert found == [["Deployment `team/D` asks for 2 vCPUs"], []]


def test_nodes_of_unknown_types_have_room_for_all(prod: Environment) -> None:
    """What all nodes have together isn't known then, either."""
    beside = with_group(running(prod, "D", 4, asks=TWO), kinds=[])
    assert not packing.left_to_pods(beside)
    assert packing.unplaced(beside) is None


SUM = (
    "Until the old group is deleted, in the deploy of stack `Cluster`, the nodes of both count against "
    "the vCPU quota: "
)
STANDARD = "`Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances`"


def between(before: Environment, after: Environment) -> list[str]:
    """Return what a review says of quotas while old and new node groups stand."""
    sentences = [*reviewed(before, after).environments[0].sentences]
    return [x for each in sentences for x in each.details if "vCPU quota" in x]


def test_both_groups_count_while_one_is_replaced(heads: Path, prod: Environment) -> None:
    """3 nodes of 4 vCPUs and 3 of 8; afterwards only the new ones."""
    after = assembly_at(heads / "instance-type").environments()["Prod"]

    assert between(prod, after) == [
        (
            f"{SUM}36 vCPUs of {STANDARD} with the desired nodes (12 before, 24 after), up to 60 if the old "
            "group has grown."
        )
    ]
    # In a snapshot nobody knows how many nodes there were.
    stacks = {path: replace(stack, metadata={}) for path, stack in prod.stacks.items()}
    assert between(replace(prod, stacks=stacks), after) == [f"{SUM[:-2]}."]


def test_a_replaced_group_may_have_grown_to_its_own_maximum(heads: Path, prod: Environment) -> None:
    """The new one's is lower."""
    after = assembly_at(heads / "instance-type").environments()["Prod"]
    lower = with_property(after, "Cluster", NODE_GROUP, "ScalingConfig/MaxSize", 4)
    for side in (after, lower):
        (told,) = [x for x in texts(reviewed(prod, side)) if "old one has grown" in x]
        assert "(to 9 at most)" in told


def test_a_group_in_a_capacity_block_has_no_peak(prod: Environment) -> None:
    """No node comes while it is updated, and no quota counts those that there are."""
    newer = with_property(prod, "Cluster", NODE_GROUP, "ReleaseVersion", "1.36.9-20991231")
    old, new = (json.dumps(each)[1:-1] for each in ('"spot": ', '"in_a_block": true, "spot": '))
    stacks = {
        path: replace(stack, metadata=json.loads(json.dumps(stack.metadata).replace(old, new)))
        for path, stack in newer.stacks.items()
    }
    for side, says in (
        (newer, "at the peak"),
        (replace(newer, stacks=stacks), "only while its desired size is 0: set that first. Pod"),
    ):
        every = reviewed(prod, side).environments[0].sentences
        (told,) = [x for each in every for x in each.details if "at a time" in x]
        assert says in told
        assert ("at the peak" in told) is (side is newer)


def test_a_renamed_group_is_two_groups(prod: Environment) -> None:
    """The new one is made before the old one is deleted."""

    def rename(template: dict[str, Any]) -> None:
        template["Resources"]["Other"] = template["Resources"].pop(NODE_GROUP)

    assert between(prod, edited(prod, "Cluster", rename)) == [
        (
            f"{SUM}24 vCPUs of {STANDARD} with the desired nodes (12 before, 12 after), up to 48 "
            "if the old group has grown."
        )
    ]


def test_spot_and_on_demand_have_quotas_of_their_own(dev: Environment) -> None:
    """Neither has to cover both groups."""
    after = with_property(dev, "Cluster", NODE_GROUP, "CapacityType", "ON_DEMAND")
    old, new = (json.dumps(f'"spot": {each}')[1:-1] for each in ("true", "false"))
    stacks = {
        path: replace(stack, metadata=json.loads(json.dumps(stack.metadata).replace(old, new)))
        for path, stack in after.stacks.items()
    }
    after = replace(after, stacks=stacks)
    assert after.inputs
    assert not after.inputs.groups[0].spot
    assert not between(dev, after)


def test_all_nodes_are_in_one_zone_unless_something_else_makes_some(
    heads: Path, prod: Environment
) -> None:
    """Where nodes come from elsewhere, nobody knows in which zones they are."""
    after = assembly_at(heads / "one-zone").environments()["Prod"]
    own = with_resource(after, "Cluster", "Own", "AWS::AutoScaling::AutoScalingGroup", {})
    alone, beside = (
        [each for each in texts(reviewed(prod, side)) if "All nodes are in" in each]
        for side in (after, own)
    )
    assert len(alone) == 1
    assert not beside
