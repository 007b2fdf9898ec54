"""Nodes that go for good: those of EKS Auto Mode, of a pool of EKS's own, of an architecture."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from assembly.environment import Environment
from review.model import Risk, Sentence
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import reviewed, texts
from tests.unit.review.test_node_pools import AUTO_MODE, KARPENTER, cluster, pool

ENDS = "terminates every node of Auto Mode"
ROLE = {"Fn::GetAtt": ["R", "Arn"]}
CLASS = kubernetes("NodeClass", "big", apiVersion=f"{AUTO_MODE}/v1")


def group(image: str = "ARM_64", **properties: object) -> dict[str, Any]:
    """Return a node group of the cluster `C`."""
    ami = f"AL2023_{image}_STANDARD"
    return resource("AWS::EKS::Nodegroup", ClusterName={"Ref": "C"}, AmiType=ami, **properties)


WINDOWS = resource(
    "AWS::EKS::Nodegroup", ClusterName={"Ref": "C"}, AmiType="WINDOWS_CORE_2025_x86_64"
)


def of(made: Mapping[str, Any], *objects: object, **more: object) -> Environment:
    """Return a cluster with objects and other resources."""
    return of_resources({"C": made, "O": manifest(*objects, cluster={"Ref": "C"}), **more})


def one(before: Environment, after: Environment, part: str) -> Sentence:
    """Return the only sentence with some words."""
    found = [x for x in reviewed(before, after).environments[0].sentences if part in x.text]
    assert len(found) == 1, texts(reviewed(before, after))
    return found[0]


AUTO = cluster("system", "general-purpose")
OFF = cluster()


@pytest.mark.parametrize(
    ("before", "after", "risk", "then"),
    [
        ({}, {"G": group()}, Risk.TAKES_DOWN,
         r"what runs on nodes, DNS included, \*\*is down\*\* until nodes of node group `G` are ready\.$"),
        ({}, {}, Risk.TAKES_DOWN, r"\*\*is down\*\* until something else makes nodes\.$"),
        ({"G": group()}, {"G": group()}, Risk.INTERRUPTS, r"what runs there starts elsewhere, if other nodes take it\.$"),
        # Its nodes are not there either when those of Auto Mode go.
        ({"G": group()}, {"H": group()}, Risk.TAKES_DOWN, "node group `H` are ready"),
        ({"G": group(ScalingConfig={"DesiredSize": 0})}, {"G": group()}, Risk.TAKES_DOWN, "node group `G` are ready"),
    ],
)  # fmt: skip
def test_auto_mode_off(
    before: dict[str, Any], after: dict[str, Any], risk: Risk, then: str
) -> None:
    """New groups refer to the cluster, so they come after the nodes have gone."""
    said = one(of(AUTO, **before), of(OFF, **after), ENDS)
    assert said.risk is risk
    assert re.search(then, said.text)
    assert bool(said.consents) is (risk is Risk.TAKES_DOWN)
    moved = [x for x in said.details if "Auto Mode still on" in x]
    assert len(moved) == (risk is Risk.TAKES_DOWN)


def test_auto_mode_off_is_one_sentence() -> None:
    """Its pools and classes have no nodes by the time that they go."""
    before = of(AUTO, pool("own", group=AUTO_MODE), pool("other", group=KARPENTER), CLASS)
    review = reviewed(before, of(OFF, pool("other", group=KARPENTER)))
    said = [x for x in texts(review) if re.search("NodePool|NodeClass|node pool", x)]
    assert [x.partition(":")[0] for x in said] == ["takes down", "safe"]
    (ends,) = (x for x in review.environments[0].sentences if ENDS in x.text)
    names = "NodePool `system`, NodePool `general-purpose`, NodePool `team/own` and NodeClass `team/big`"
    assert f"It is the end of {names}." in ends.details
    gone = reviewed(before, of(AUTO)).environments[0].sentences
    assert {"NodeClass", "NodePool"} <= {x.text.split()[0] for x in gone}


def test_volumes_of_auto_mode() -> None:
    """Pods with one don't start again: neither driver mounts those of the other."""
    on = {"StorageConfig": {"BlockStorage": {"Enabled": True}}}
    made = {**AUTO, "Properties": {**AUTO["Properties"], **on}}
    said = one(of(made), of(OFF), "Volumes")
    assert said.risk is Risk.TAKES_DOWN
    assert "`ebs.csi.eks.amazonaws.com`" in said.text
    assert "eks-auto-mode-ebs-migration-tool" in said.details[0]
    back = texts(reviewed(of(OFF), of(made)))
    assert not [x for x in back if "can't be mounted" in x]


def test_the_role_of_the_cluster_loses_what_auto_mode_needs() -> None:
    """CloudFormation changes it before the cluster, which refers to it."""

    def made(compute: dict[str, Any], *policies: str) -> Environment:
        role = resource("AWS::IAM::Role", ManagedPolicyArns=[f"arn:aws:{x}" for x in policies])
        return of({**compute, "Properties": {**compute["Properties"], "RoleArn": ROLE}}, R=role)

    said = one(made(AUTO, "a", "b"), made(OFF, "a"), ENDS)
    assert "loses permissions before that" in said.details[-1]
    assert not [x for x in one(made(AUTO, "a"), made(OFF, "a"), ENDS).details if "loses" in x]


STEADY = pool("steady", group=AUTO_MODE, replicas=2, auto=["m7g"])
BATCH = pool("batch", group=AUTO_MODE, taints=[{"key": "a", "effect": "NoSchedule"}], auto=["m7i"])


@pytest.mark.parametrize(
    ("objects", "left"),
    [
        ([STEADY, BATCH], "Pods without tolerations find a place only on NodePool `steady` (2 nodes, however many pods wait)."),
        ([BATCH], "Pods without tolerations have nothing left here."),
        ([pool("more", group=AUTO_MODE), BATCH], "Pods without tolerations find a place only on NodePool `more`."),
    ],
)  # fmt: skip
def test_a_pool_of_eks_goes(objects: list[object], left: str) -> None:
    """Who was there by default must know what is left."""
    before, after = (of(x, *objects) for x in (AUTO, cluster("system")))
    said = one(before, after, "EKS removes the node pool `general-purpose`")
    assert said.risk is Risk.INTERRUPTS
    assert "if a node takes them" in said.text
    assert left in said.details


GONE = r"\*\*No new node(.*) is (.*)\*\*, only (.*): pods that ask for .*, or whose images have no build for"
OTHER = r"New nodes of (.*) are \*\*(.*) instead of (.*)\*\*: images without a build for (.*) don't start there"


@pytest.mark.parametrize(
    ("before", "after", "gone", "other"),
    [
        (of(AUTO, STEADY), of(cluster(auto=True), STEADY), ("", "amd64", "arm64"), None),
        (of(cluster("general-purpose")), of(OFF, G=group()), ("", "amd64", "arm64"), None),
        (of(AUTO, pool("a", auto=["m7g"], group=AUTO_MODE)), of(AUTO, pool("a", auto=["m7i"], group=AUTO_MODE)), None,
         ("NodePool `a`", "amd64", "arm64", "amd64")),
        (of(OFF, G=group(), H=group()), of(OFF, G=group("x86_64"), H=group("x86_64")), ("", "arm64", "amd64"), None),
        (of(OFF, G=group(), H=group()), of(OFF, G=group("x86_64"), H=group()), None, ("node group `G`", "amd64", "arm64", "amd64")),
        (of(OFF, G=group(), H=group()), of(OFF, G=group()), None, None),
        (of(OFF, G=group()), of(OFF), None, None),
        # Windows runs on amd64 alone, and its images on no other node.
        (of(OFF, G=group(), W=WINDOWS), of(OFF, G=group()), None, None),
        (of(OFF, G=group(), H=group("x86_64"), W=WINDOWS), of(OFF, G=group(), W=WINDOWS), (" of Linux", "amd64", "arm64"), None),
        # Nobody knows what nodes of any type are.
        (of(OFF, G=group()), of(OFF, pool("a")), None, None),
    ],
)  # fmt: skip
def test_an_architecture_goes(
    before: Environment,
    after: Environment,
    gone: tuple[str, ...] | None,
    other: tuple[str, ...] | None,
) -> None:
    """Images without a build for the one that is left start nowhere."""
    said = "\n".join(texts(reviewed(before, after)))
    for pattern, wanted in (GONE, gone), (OTHER, other):
        found = re.search(pattern, said)
        assert (found and found.groups()) == wanted, said


def test_odd_clusters_are_reviewed() -> None:
    """What only a deploy knows says nothing, and nothing fails."""
    odd = [
        resource("AWS::EKS::Cluster", ComputeConfig=x)
        for x in ({"Ref": "P"}, None, {"NodePools": {"Ref": "P"}})
    ]
    for before in (AUTO, *odd):
        for after in (OFF, *odd):
            assert "bug" not in json.dumps(texts(reviewed(of(before), of(after))))


@pytest.mark.parametrize(
    ("effect", "told", "says"),
    [
        (
            "NO_SCHEDULE",
            {},
            r"weakens: New pods of Deployment `kube-system/coredns` \*\*find no node",
        ),
        (
            "NO_EXECUTE",
            {},
            r"takes down: Deployment `kube-system/coredns` \*\*can't run\*\* after this",
        ),
        ("PREFER_NO_SCHEDULE", {}, ""),
        ("NO_SCHEDULE", {"tolerations": [{"key": "team", "operator": "Exists"}]}, ""),
    ],
)
def test_pods_of_add_ons_need_a_node_too(effect: str, told: dict[str, Any], says: str) -> None:
    """A taint that keeps out CoreDNS is no matter of the stacks' own pods only."""
    dns = resource(
        "AWS::EKS::Addon",
        AddonName="coredns",
        ClusterName={"Ref": "C"},
        ConfigurationValues=json.dumps(told),
    )
    proxy = resource("AWS::EKS::Addon", AddonName="kube-proxy", ClusterName={"Ref": "C"})
    taints = [{"Key": "team", "Effect": effect}]
    before, after = (of(cluster(), N=group(Taints=x), D=dns, P=proxy) for x in ([], taints))
    said = [x for x in texts(reviewed(before, after)) if "no node" in x and "coredns" in x]
    assert len(said) == bool(says), texts(reviewed(before, after))
    assert all(re.match(says, each) for each in said), said
    if says:
        sentence = one(before, after, "coredns")
        assert (
            "When they are gone: names no longer resolve in the cluster (`coredns`)."
            in sentence.details
        )
