from __future__ import annotations

import pytest

from tests.unit.guardrails.rules.objects import (
    FARGATE,
    LABELS,
    Json,
    environment,
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
        pytest.param(TEAM, {}, [], id="a label that somebody else may set"),
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
