from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import CHART, MANIFEST
from guardrails.catalogue import RULES
from tests.unit.guardrails.environments import of_resources, of_templates

BY_ID = {rule.id: rule for rule in RULES}


def typed(
    kind: str, after: tuple[str, ...] = (), cluster: object = "one", **properties: object
) -> dict[str, Any]:
    """Return a resource of a cluster, made after others."""
    return {
        "Type": kind,
        "Properties": {"ClusterName": cluster, **properties},
        "DependsOn": list(after),
    }


def add_on(name: str, *after: str, cluster: str = "one", **properties: object) -> dict[str, Any]:
    """Return an add-on."""
    return typed("AWS::EKS::Addon", after, cluster, AddonName=name, **properties)


def manifest(content: dict[str, Any], *after: str) -> dict[str, Any]:
    """Return a resource that applies one Kubernetes object."""
    return typed(MANIFEST, after, Manifest=json.dumps([content]))


def values(rule: str, environment: Environment) -> list[str]:
    """Return the value of every finding."""
    return [finding.value for finding in BY_ID[rule].check(environment)]


def test_another_cluster_is_nobodys_business() -> None:
    """Nodes wait for the add-ons of their own cluster."""
    environment = of_resources(
        Nodes=typed("AWS::EKS::Nodegroup"), Cni=add_on("vpc-cni", cluster="two")
    )

    assert values("ORDER1", environment) == []


@pytest.mark.parametrize(
    ("properties", "missing"),
    [
        ({}, []),
        ({"BootstrapSelfManagedAddons": True}, []),
        ({"BootstrapSelfManagedAddons": False}, ["kube-proxy", "vpc-cni"]),
        ({"BootstrapSelfManagedAddons": False, "ComputeConfig": {"Enabled": True}}, []),
    ],
)
def test_somebody_gives_nodes_a_network(properties: dict[str, Any], missing: list[str]) -> None:
    """EKS by bootstrapping or in Auto Mode, or else add-ons."""
    environment = of_resources(
        Cluster={"Type": "AWS::EKS::Cluster", "Properties": properties},
        Nodes={"Type": "AWS::EKS::Nodegroup", "Properties": {"ClusterName": {"Ref": "Cluster"}}},
    )

    assert values("ORDER2", environment) == missing


def test_pods_on_fargate_bring_their_network() -> None:
    """A cluster without nodes needs no CNI of ours."""
    environment = of_resources(
        Cluster={
            "Type": "AWS::EKS::Cluster",
            "Properties": {"BootstrapSelfManagedAddons": False},
        },
        Profile={
            "Type": "AWS::EKS::FargateProfile",
            "Properties": {"ClusterName": {"Ref": "Cluster"}},
        },
    )

    assert values("ORDER2", environment) == []


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        pytest.param(add_on("coredns"), ["Nodes"], id="an add-on with pods"),
        pytest.param(add_on("coredns", "Nodes"), [], id="in order"),
        pytest.param(add_on("vpc-cni"), [], id="a DaemonSet"),
        pytest.param(typed(CHART, Wait=True), ["Nodes"], id="a chart that waits for its pods"),
        pytest.param(typed(CHART), [], id="a chart that doesn't"),
    ],
)
def test_who_waits_for_pods_waits_for_nodes(resource: dict[str, Any], found: list[str]) -> None:
    """A DaemonSet is ready without a node; a chart may not look."""
    environment = of_resources(Nodes=typed("AWS::EKS::Nodegroup"), Pods=resource)

    assert values("ORDER4", environment) == found


CRITICAL = {"Key": "CriticalAddonsOnly", "Effect": "NO_SCHEDULE"}
TEAM = {"Key": "team", "Value": "data", "Effect": "NO_EXECUTE"}


@pytest.mark.parametrize(
    ("group", "found"),
    [
        pytest.param({}, ["coredns", "metrics-server", "chart"], id="nodes for all"),
        pytest.param({"Taints": [TEAM]}, ["chart"], id="nodes of a team"),
        pytest.param({"Taints": [CRITICAL]}, ["coredns", "chart"], id="tolerated by some"),
        pytest.param({"Taints": "${Taints}"}, ["coredns", "metrics-server", "chart"], id="unknown"),
        pytest.param({"ScalingConfig": {"DesiredSize": 0}}, [], id="no nodes yet"),
        pytest.param({"ScalingConfig": {"DesiredSize": 1}}, ["coredns", "metrics-server", "chart"], id="one node"),
    ],
)  # fmt: skip
def test_only_nodes_that_let_pods_in_are_waited_for(
    group: dict[str, Any], found: list[str]
) -> None:
    """Where its pods can't run, an add-on needn't wait; of other charts nobody knows the pods."""
    environment = of_resources(
        Nodes=typed("AWS::EKS::Nodegroup", **group),
        Dns=add_on("coredns"),
        Metrics=add_on("metrics-server"),
        Chart=typed(CHART, ("Dns",), Chart="chart", Wait=True),
    )
    late = [each.resource.properties for each in BY_ID["ORDER4"].check(environment)]
    names = [each.get("AddonName") or each["Chart"] for each in late]
    assert names == found


def test_a_handler_without_an_access_entry_is_found() -> None:
    """Whatever comes first, it may not enter."""
    environment = of_resources(
        Role={"Type": "AWS::IAM::Role"},
        Handler={
            "Type": "AWS::Lambda::Function",
            "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}},
        },
        Object=typed(MANIFEST, ServiceToken={"Fn::GetAtt": ["Handler", "Arn"]}, Manifest="[]"),
    )

    assert values("ORDER5", environment) == ["no access entry"]


def test_a_handler_that_was_made_elsewhere_is_not_judged() -> None:
    """Its role is not in the templates."""
    environment = of_resources(
        Object=typed(MANIFEST, ServiceToken="arn:aws:lambda:x", Manifest="[]")
    )

    assert values("ORDER5", environment) == []


def test_a_handler_whose_role_only_a_deploy_knows_is_not_judged() -> None:
    """Any access entry may be its own."""
    environment = of_resources(
        Handler={"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Ref": "Role"}}},
        Object=typed(MANIFEST, ServiceToken={"Fn::GetAtt": ["Handler", "Arn"]}, Manifest="[]"),
    )

    assert values("ORDER5", environment) == []


def test_the_kubectl_of_a_first_generation_cluster_takes_the_role_that_made_it() -> None:
    """EKS lets the maker of a cluster in, without an access entry."""
    environment = of_resources(
        Cluster={"Type": "Custom::AWSCDK-EKS-Cluster", "Properties": {"Config": {"name": "one"}}},
        Role={"Type": "AWS::IAM::Role"},
        Handler={
            "Type": "AWS::Lambda::Function",
            "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}},
        },
        Object=typed(
            MANIFEST, (), {"Ref": "Cluster"}, ServiceToken={"Fn::GetAtt": ["Handler", "Arn"]}
        ),
    )

    assert values("ORDER5", environment) == []


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ((("B",), ("C",), ()), []),
        (((), ("A",), ("A",)), ["B"]),
        (((), (), ()), ["A", "A", "B"]),
        ((("C",), (), ()), ["A", "B"]),
    ],
)
def test_profiles_stand_in_a_chain(after: tuple[tuple[str, ...], ...], found: list[str]) -> None:
    """Each waits for the one before, whichever that is."""
    profiles = {
        name: typed("AWS::EKS::FargateProfile", names)
        for name, names in zip("ABC", after, strict=True)
    }

    assert values("ORDER7", of_resources(**profiles)) == found


def test_profiles_of_two_clusters_may_come_at_once() -> None:
    """EKS makes one profile of a cluster at a time."""
    profile = "AWS::EKS::FargateProfile"

    assert values("ORDER7", of_resources(A=typed(profile), B=typed(profile))) == ["A"]
    assert values("ORDER7", of_resources(A=typed(profile), B=typed(profile, ("A",)))) == []
    assert values("ORDER7", of_resources(A=typed(profile), B=typed(profile, (), "two"))) == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"kind": "Service", "spec": {"type": "LoadBalancer"}}, ["Service/web"]),
        ({"kind": "Service", "spec": {"type": "ClusterIP"}}, []),
        ({"kind": "Ingress"}, ["Ingress/web"]),
        ({"kind": "TargetGroupBinding"}, ["TargetGroupBinding/web"]),
        ({"kind": "Deployment"}, []),
    ],
)
def test_what_the_controller_makes_goes_before_it(
    content: dict[str, Any], found: list[str]
) -> None:
    """Whatever has load balancers or targets; and nothing where no chart installs a controller."""
    named = {"metadata": {"name": "web"}, **content}
    chart = typed(CHART, Chart="oci://registry/aws-load-balancer-controller")

    assert values("ORDER8", of_resources(Chart=chart, Web=manifest(named))) == found
    assert values("ORDER8", of_resources(Chart=chart, Web=manifest(named, "Chart"))) == []
    assert values("ORDER8", of_resources(Web=manifest(named))) == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"kind": "PersistentVolumeClaim"}, ["PersistentVolumeClaim/data"]),
        ({"kind": "StatefulSet", "spec": {"volumeClaimTemplates": [{}]}}, ["StatefulSet/data"]),
        ({"kind": "StatefulSet", "spec": {}}, []),
        ({"kind": "ConfigMap"}, []),
    ],
)
def test_volumes_go_before_their_driver(content: dict[str, Any], found: list[str]) -> None:
    """Claims, and sets that make claims."""
    named = {"metadata": {"name": "data"}, **content}
    driver = add_on("aws-ebs-csi-driver")

    assert values("ORDER9", of_resources(Driver=driver, Data=manifest(named))) == found
    assert values("ORDER9", of_resources(Driver=driver, Data=manifest(named, "Driver"))) == []


def test_a_role_of_a_service_account_outlives_the_chart() -> None:
    """With IRSA the manifest of the account names the role, and the policy hangs on the role."""
    annotations = {"eks.amazonaws.com/role-arn": "|"}
    metadata = {"name": "controller", "annotations": annotations}
    before, _, after = json.dumps([{"kind": "ServiceAccount", "metadata": metadata}]).partition("|")
    written = {"Fn::Join": ["", [before, {"Fn::GetAtt": ["Role", "Arn"]}, after]]}
    environment = of_resources(
        Role={"Type": "AWS::IAM::Role"},
        Policy={
            "Type": "AWS::IAM::Policy",
            "Properties": {"Roles": [{"Ref": "Role"}], "PolicyDocument": {}},
        },
        Account=typed(MANIFEST, Manifest=written),
        Chart=typed(CHART, ("Account",), Release="controller"),
    )

    assert values("ORDER10", environment) == ["Policy"]


def test_a_policy_of_an_add_on_outlives_it() -> None:
    """The driver must keep its permissions until its volumes are gone."""
    environment = of_resources(
        Role={"Type": "AWS::IAM::Role"},
        Policy={
            "Type": "AWS::IAM::Policy",
            "Properties": {"Roles": [{"Ref": "Role"}], "PolicyDocument": {}},
        },
        Driver=add_on(
            "aws-ebs-csi-driver",
            PodIdentityAssociations=[{"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}],
        ),
    )

    assert values("ORDER10", environment) == ["Policy"]


def test_a_fix_between_stacks_names_the_field() -> None:
    """A workload waits for another one by `after`, not by code."""
    role = {"Type": "AWS::IAM::Role"}
    pair = typed(
        "AWS::EKS::PodIdentityAssociation",
        Namespace="shop",
        ServiceAccount="web",
        RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
    )
    pod = {"serviceAccountName": "web", "containers": [{"name": "web", "image": "one"}]}
    item = {"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": pod}
    environment = of_templates(
        Jobs={"Resources": {"Role": role, "Pair": pair}},
        Shop={"Resources": {"Pod": manifest({"apiVersion": "v1", **item})}},
    )

    (finding,) = BY_ID["ORDER10"].check(environment)
    assert finding.fix.endswith('Between workloads of an environment: after=("Jobs",) of Shop.')
