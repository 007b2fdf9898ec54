from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from assembly.environment import Environment
from assembly.images import architectures
from assembly.kinds import LAUNCH_TEMPLATE
from tests.unit.guardrails.rules.objects import (
    FARGATE,
    LABELS,
    Json,
    environment,
    findings,
    item,
    values,
    workload,
)

ARM = {"nodeSelector": {"kubernetes.io/arch": "arm64"}}
TEAM = {"nodeSelector": {"team": "b"}}
TOLERATING = {"tolerations": [{"key": "gpu", "operator": "Exists"}]}
GPU = [{"Key": "gpu", "Value": "yes", "Effect": "NO_SCHEDULE"}]
WEB = ["Deployment/web node"]
ON_ARM: Json = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {
                    "matchExpressions": [
                        {"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]}
                    ]
                }
            ]
        }
    }
}


def group(**properties: object) -> Json:
    """Return a node group."""
    ami_type = {"AmiType": "AL2023_x86_64_STANDARD"}
    return {
        "Type": "AWS::EKS::Nodegroup",
        "Properties": {"ClusterName": "test", **ami_type, **properties},
    }


@pytest.mark.parametrize(
    ("pod", "properties", "refused"),
    [
        pytest.param({}, {}, [], id="anywhere"),
        pytest.param(ARM, {}, WEB, id="another processor"),
        pytest.param({"affinity": ON_ARM}, {}, WEB, id="another processor by affinity"),
        pytest.param(ARM, {"AmiType": "BOTTLEROCKET_ARM_64"}, [], id="the right processor"),
        pytest.param(ARM, {"AmiType": "CUSTOM"}, [], id="an image of one's own"),
        pytest.param(ARM, {"AmiType": {"Ref": "AmiType"}}, [], id="an image that isn't known"),
        pytest.param(TEAM, {"Labels": {"team": "a"}}, WEB, id="another label"),
        pytest.param(TEAM, {}, WEB, id="a label that nobody sets"),
        pytest.param(
            TEAM, {"LaunchTemplate": {"Id": "lt-1"}}, [], id="a label that user data may set"
        ),
        pytest.param(
            {"nodeSelector": {"nvidia.com/gpu.count": "1"}}, {}, [], id="a label of a component"
        ),
        pytest.param(
            {"nodeSelector": {"node.kubernetes.io/instance-type": "m7i.large"}},
            {"InstanceTypes": ["m7i.xlarge", "m7i.large"]},
            [],
            id="one of its types",
        ),
        pytest.param(
            {"nodeSelector": {"node.kubernetes.io/instance-type": "m7i.large"}},
            {"InstanceTypes": ["m7i.xlarge", "m6i.xlarge"]},
            WEB,
            id="none of its types",
        ),
        pytest.param(TEAM, {"Labels": {"Ref": "Labels"}}, [], id="labels that aren't known"),
        pytest.param({}, {"Taints": GPU}, WEB, id="a taint"),
        pytest.param(TOLERATING, {"Taints": GPU}, [], id="a taint that is tolerated"),
        pytest.param({}, {"Taints": [None, 1, {"Effect": []}]}, [], id="taints that are none"),
        pytest.param({"nodeSelector": "x", "affinity": 1}, {}, [], id="wishes that are none"),
    ],
)
def test_some_group_takes_the_pods(pod: Json, properties: Json, refused: list[str]) -> None:
    """By labels and taints; how much room there is, is another question."""
    assert values("KUBE22", environment(workload(pod=pod), Group=group(**properties))) == refused


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ({"kubernetes.io/os": "windows"}, "Windows by its taint os=windows:NoSchedule keeps"),
        ({"kubernetes.io/os": "linux", "team": "b"}, "Linux by nodeSelector team=b keeps"),
    ],
)
def test_the_finding_names_what_keeps_pods_out(selector: Json, words: str) -> None:
    """Of the nearest group: a taint can be tolerated."""
    windows = group(
        AmiType="WINDOWS_CORE_2022_x86_64",
        Taints=[{"Key": "os", "Value": "windows", "Effect": "NO_SCHEDULE"}],
    )
    web = workload(pod={"nodeSelector": selector})
    (finding,) = findings("KUBE22", environment(web, Linux=group(), Windows=windows))
    assert words in finding.detail


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("/etc/eks/bootstrap.sh test --kubelet-extra-args --node-labels=team=b", []),
        ("echo hello", WEB),
    ],
)
def test_user_data_may_label_nodes(script: str, refused: list[str]) -> None:
    """Only what it is silent about is known."""
    data = {"UserData": base64.b64encode(script.encode()).decode()}
    template = {"Type": LAUNCH_TEMPLATE, "Properties": {"LaunchTemplateData": data}}
    labelled = group(LaunchTemplate={"Id": {"Ref": "Template"}})
    there = environment(workload(pod=TEAM), Group=labelled, Template=template)
    assert values("KUBE22", there) == refused


def test_one_of_several_groups_is_enough() -> None:
    """The scheduler finds it."""
    groups = {"A": group(), "B": group(AmiType="AL2023_ARM_64_STANDARD")}
    assert values("KUBE22", environment(workload(pod=ARM), **groups)) == []


@pytest.mark.parametrize(
    ("objects", "resources"),
    [
        pytest.param([workload(pod=ARM)], {}, id="no groups at all"),
        pytest.param([workload(pod=ARM, replicas=0)], {"Group": group()}, id="switched off"),
        pytest.param([workload("DaemonSet", pod=ARM)], {"Group": group()}, id="a DaemonSet"),
        pytest.param(
            [workload(pod=ARM, namespace="run-here")],
            {"Group": group(), "Profile": FARGATE},
            id="on Fargate",
        ),
        *(
            pytest.param(
                [workload(pod=ARM), item(kind, metadata={"labels": LABELS})],
                {"Group": group()},
                id=f"Karpenter's nodes: {kind}",
            )
            for kind in ("NodePool", "Provisioner")
        ),
        pytest.param(
            [workload(pod=ARM)],
            {
                "Group": group(),
                "Chart": {
                    "Type": "Custom::AWSCDK-EKS-HelmChart",
                    "Properties": {"Chart": "karpenter"},
                },
            },
            id="Karpenter's chart",
        ),
        pytest.param(
            [workload(pod=ARM)],
            {"Group": group(), "Own": {"Type": "AWS::AutoScaling::AutoScalingGroup"}},
            id="groups of one's own",
        ),
        pytest.param(
            [workload(pod=ARM)],
            {
                "Group": group(),
                "Cluster": {
                    "Type": "AWS::EKS::Cluster",
                    "Properties": {"ComputeConfig": {"Enabled": {"Ref": "Auto"}}},
                },
            },
            id="Auto Mode, perhaps",
        ),
    ],
)
def test_nodes_that_are_not_in_the_template_may_take_them(
    objects: list[Json], resources: Json
) -> None:
    """Then nobody can say."""
    assert values("KUBE22", environment(*objects, **resources)) == []


ADD_ON: Json = {
    "Type": "AWS::EKS::Addon",
    "Properties": {"ClusterName": "test", "AddonName": "coredns"},
}
CLUSTER: Json = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test"}}
CRITICAL = [{"Key": "CriticalAddonsOnly", "Value": "true", "Effect": "NO_SCHEDULE"}]
COREDNS = ["Deployment/coredns node"]


def add_on(told: object) -> Json:
    """Return CoreDNS with a configuration."""
    return {
        **ADD_ON,
        "Properties": {**ADD_ON["Properties"], "ConfigurationValues": json.dumps(told)},
    }


@pytest.mark.parametrize(
    ("told", "properties", "refused"),
    [
        pytest.param({}, {}, [], id="anywhere"),
        pytest.param({}, {"Taints": GPU}, COREDNS, id="a taint"),
        pytest.param({}, {"Taints": CRITICAL}, [], id="a taint that it tolerates"),
        pytest.param({"tolerations": TOLERATING["tolerations"]}, {"Taints": GPU}, [], id="told to"),
        pytest.param({"nodeSelector": {"team": "b"}}, {}, COREDNS, id="a label"),
        pytest.param({"replicaCount": 0, "nodeSelector": {"a": "b"}}, {}, [], id="switched off"),
        pytest.param([], {"Taints": None}, [], id="a configuration that is none"),
    ],
)
def test_the_pods_of_add_ons_have_a_place(
    told: object, properties: Json, refused: list[str]
) -> None:
    """Without CoreDNS there are no names; its add-on fails the deploy."""
    there = environment(AddOn=add_on(told), Group=group(**properties))
    assert values("KUBE22", there) == refused


@pytest.mark.parametrize(
    ("told", "selectors", "refused"),
    [
        ({"computeType": "Fargate"}, [{"Namespace": "kube-system"}], []),
        ({"computeType": "Fargate"}, [{"Namespace": "kube-systems"}], COREDNS),
        ({}, [{"Namespace": "kube-system"}], COREDNS),
    ],
)
def test_without_nodes_fargate_takes_the_pods(
    told: Json, selectors: list[Json], refused: list[str]
) -> None:
    """CoreDNS is kept off Fargate by an annotation, until it is told otherwise."""
    profile = {
        "Type": "AWS::EKS::FargateProfile",
        "Properties": {"ClusterName": {"Ref": "Cluster"}, "Selectors": selectors},
    }
    coredns = add_on(told)
    coredns["Properties"]["ClusterName"] = {"Ref": "Cluster"}
    there = environment(Cluster=CLUSTER, Profile=profile, AddOn=coredns)
    assert values("KUBE22", there) == refused


def built(tmp_path: Path, there: Environment, platform: str) -> Environment:
    """Return an environment whose image with the tag abc is built for a platform."""
    image = {"source": {"platform": platform}, "destinations": {"here": {"imageTag": "abc"}}}
    (tmp_path / "Stack.assets.json").write_text(json.dumps({"dockerImages": {"abc": image}}))
    (tmp_path / "Broken.assets.json").write_text("{")
    path = str(tmp_path / "Stack.template.json")
    stacks = {name: replace(each, template_path=path) for name, each in there.stacks.items()}
    return replace(there, stacks=stacks)


@pytest.mark.parametrize(
    ("platform", "pod", "namespace", "refused"),
    [
        pytest.param("linux/amd64", {}, "shop", [], id="built for the nodes"),
        pytest.param("linux/arm64", {}, "shop", ["Deployment/web image arm64"], id="for others"),
        pytest.param("", {}, "shop", [], id="for the machine that builds it"),
        pytest.param("linux/arm64", ARM, "shop", WEB, id="for nodes that aren't there"),
        pytest.param("linux/amd64", {}, "run-here", [], id="for Fargate"),
        pytest.param(
            "linux/arm64", {}, "run-here", ["Deployment/web image arm64"], id="not for it"
        ),
    ],
)
def test_an_image_runs_where_its_pods_start(
    tmp_path: Path, platform: str, pod: Json, namespace: str, refused: list[str]
) -> None:
    """On another processor the container ends at once: exec format error."""
    image = {"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/assets:abc"}
    web = workload(pod=pod, container=image, namespace=namespace)
    there = built(tmp_path, environment(web, Group=group(), Profile=FARGATE), platform)
    assert values("KUBE22", there) == refused
    assert architectures(there) == ({"abc": platform.removeprefix("linux/")} if platform else {})


def test_the_fix_names_the_label(tmp_path: Path) -> None:
    """It can be copied."""
    there = environment(workload(container={"image": "x:abc"}), Group=group())
    (finding,) = findings("KUBE22", built(tmp_path, there, "linux/arm64"))
    assert "nodeSelector: {kubernetes.io/arch: arm64}" in finding.fix
    assert finding.detail == "The image is built for arm64, and the pods can start on amd64 nodes."
