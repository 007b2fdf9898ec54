from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import AUTO_SCALING_GROUP, CHART, MANIFEST, NODE_GROUP, PROFILE
from guardrails.texts import sheet
from tests.unit.guardrails.environments import of_resources


@pytest.mark.parametrize(
    "line",
    [
        "Prod/Cluster: termination protection of the stack (termination_protection=False)",
        "groundwork-prod: deletion protection (cluster.deletion_protection=False)",
        "describe-stacks --region eu-west-1 --stack-name Prod-Cluster",
        "Outputs[?OutputKey=='AdministratorKubeconfig'].OutputValue",
        "kubectl delete ingresses --all-namespaces --field-selector metadata.namespace!=sample",
        "--field-selector spec.type=LoadBalancer,metadata.namespace!=sample",
        "kubectl delete persistentvolumeclaims --wait=false --all-namespaces --field-selector",
        (
            "get-resources --region eu-west-1 --query 'ResourceTagMappingList[].ResourceARN' --tag-filters "
            "Key=elbv2.k8s.aws/cluster,Values=groundwork-prod"
        ),
        (
            "describe-volumes --region eu-west-1 --query 'Volumes[].VolumeId' --filters "
            "Name=tag:kubernetes.io/cluster/groundwork-prod,Values=owned"
        ),
        "Service sample/web: its load balancer",
        "security group eks-cluster-sg-groundwork-prod-*",
        "Prod/Network/Network/FlowLogs/Bucket/Resource (AWS::S3::Bucket): retained",
        "CustomResourceProvider/Handler: log group /aws/lambda/*, created by Lambda",
    ],
)
def test_the_sheet_tells_it_for_prod(line: str, real: dict[str, Environment]) -> None:
    """What to switch off, what to run, what goes and what stays."""
    assert line in sheet(real["Prod"])


def test_a_log_group_of_the_stack_is_not_left_behind(real: dict[str, Environment]) -> None:
    """The kubectl handler's is in the template, and dev deletes it."""
    assert "KubectlProvider/Handler/Resource: log group" not in sheet(real["Dev"])


def test_the_log_group_of_a_cluster_is_told_once(real: dict[str, Environment]) -> None:
    """Prod retains its own; that of dev is deleted, and comes back with the last records."""
    assert "/cluster, created by EKS" in sheet(real["Dev"])
    assert "/cluster, created by EKS" not in sheet(real["Prod"])
    assert "ControlPlane/Logs/Resource/Default (Custom::LogGroup): retained" in sheet(real["Prod"])


def test_a_key_waits_for_its_deletion(real: dict[str, Environment]) -> None:
    """Dev destroys its key, which KMS does after 30 days."""
    assert (
        "SecretsKey/Resource (AWS::KMS::Key): deleted after a waiting period of 30 days"
        in sheet(real["Dev"])
    )


def test_without_objects_of_the_stacks_everything_is_deleted() -> None:
    """No namespace is left out, and a cluster without a name has its logical id."""
    told = sheet(of_resources(Cluster={"Type": "AWS::EKS::Cluster"}))

    assert "kubectl delete ingresses --all-namespaces --all" in told
    assert "--field-selector spec.type=LoadBalancer\n" in told
    assert told.endswith("- nothing")


def test_nodes_of_pools_go_while_their_controller_runs() -> None:
    """Else nobody ends their instances, which keep the subnets."""
    told = sheet(of_resources(Cluster=CLUSTER, Pool=applied(named("NodePool", "general"))))

    assert "kubectl delete nodepools --all\n   kubectl wait --for=delete nodeclaims" in told
    assert "NodePool general: its instances" in told


AUTOMATIC = {
    "Type": "AWS::EKS::Cluster",
    "Properties": {"Name": "a", "ComputeConfig": {"Enabled": True}},
}
CONTROLLER = {"Type": CHART, "Properties": {"Chart": "aws-load-balancer-controller"}}
BY_EKS = (
    "Key=eks:eks-cluster-name,Values=a --resource-type-filters elasticloadbalancing "
    "ec2:security-group ec2:volume"
)
BY_CONTROLLER, CLASSIC = (
    "elbv2.k8s.aws/cluster,Values=a",
    "kubernetes.io/cluster/a,Values=owned --res",
)


@pytest.mark.parametrize(
    ("resources", "listed"),
    [
        ({"C": AUTOMATIC}, {BY_EKS}),
        ({"C": AUTOMATIC, "G": {"Type": NODE_GROUP}}, {BY_EKS, BY_CONTROLLER}),
        ({"C": {**AUTOMATIC, "Properties": {"Name": "a"}}}, {BY_CONTROLLER, CLASSIC}),
        (
            {"C": {**AUTOMATIC, "Properties": {"Name": "a"}}, "L": CONTROLLER},
            {BY_CONTROLLER},
        ),
    ],
)
def test_load_balancers_have_the_tag_of_what_makes_them(
    resources: dict[str, Any], listed: set[str]
) -> None:
    """Auto Mode, the AWS Load Balancer Controller, or Kubernetes itself."""
    told = sheet(of_resources(**resources))
    assert {each for each in (BY_EKS, BY_CONTROLLER, CLASSIC) if each in told} == listed


CLUSTER: dict[str, Any] = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "blue"}}
FUNCTION: dict[str, Any] = {"Type": "AWS::Lambda::Function", "Properties": {}}


def applied(*objects: dict[str, Any], cluster: object = "blue") -> dict[str, Any]:
    """Return a manifest of some objects."""
    properties = {"Manifest": json.dumps(objects), "ClusterName": cluster}
    return {"Type": MANIFEST, "Properties": properties}


def named(kind: str, name: str, **more: object) -> dict[str, Any]:
    """Return a Kubernetes object of no namespace."""
    return {"kind": kind, "metadata": {"name": name}, **more}


BALANCED = named("Service", "web", spec={"type": "LoadBalancer"})
CLAIMS = named("StatefulSet", "db", spec={"volumeClaimTemplates": [{"metadata": {"name": "data"}}]})
KEPT_NOT = {**CLAIMS["spec"], "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}
LOGGING = {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}]}}


@pytest.mark.parametrize(
    ("resources", "line"),
    [
        pytest.param(
            {"C": CLUSTER, "M": applied(BALANCED)}, "metadata.namespace!=default", id="default"
        ),
        pytest.param(
            {"C": CLUSTER, "M": applied(BALANCED)}, "Service default/web: its load", id="balancer"
        ),
        pytest.param(
            {"C": CLUSTER, "M": applied(CLAIMS)},
            "StatefulSet default/db: its claims and their volumes",
            id="claims",
        ),
        pytest.param(
            {"C": CLUSTER, "M": applied(named("PersistentVolumeClaim", "data", spec={}))},
            "PersistentVolumeClaim default/data: its volume with all data",
            id="a claim",
        ),
        pytest.param(
            {"C": {**CLUSTER, "Properties": {"Name": "blue", "Logging": LOGGING}}},
            "C: log group /aws/eks/blue/cluster, created by EKS, which delivers the last records late",
            id="logs of the control plane",
        ),
        pytest.param({"F": FUNCTION}, "F: log group /aws/lambda/*", id="logs of a function"),
        pytest.param(
            {"N": {"Type": "AWS::CloudFormation::Stack"}}, "N: what this nested stack", id="nested"
        ),
        pytest.param(
            {"D": {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Snapshot"}},
            "D (AWS::RDS::DBInstance): a final snapshot",
            id="snapshot",
        ),
        pytest.param(
            {"B": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate"}},
            "B (AWS::S3::Bucket): retained",
            id="retained",
        ),
    ],
)
def test_the_sheet_tells_it_for_what_others_build(resources: dict[str, Any], line: str) -> None:
    """What stays is told by what the templates say, whoever wrote them."""
    assert line in sheet(of_resources(**resources))


@pytest.mark.parametrize(
    "resources",
    [
        {
            "C": {**CLUSTER, "Properties": {"Name": "blue", "Logging": LOGGING}},
            "L": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/aws/eks/blue/cluster"},
            },
        },
        {"F": {**FUNCTION, "Properties": {"LoggingConfig": {"LogGroup": {"Ref": "L"}}}}},
        {
            "F": {**FUNCTION, "Properties": {"FunctionName": "sweep"}},
            "L": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/aws/lambda/sweep"},
            },
        },
        {
            "M": applied(
                CLAIMS | {"metadata": {"name": "db", "namespace": "a"}}, named("Namespace", "a")
            )
        },
        {"M": applied({**CLAIMS, "spec": KEPT_NOT})},
    ],
)
def test_what_goes_with_the_stacks_does_not_stay(resources: dict[str, Any]) -> None:
    """A log group of the stack, and claims whose namespace is the stack's."""
    assert sheet(of_resources(**resources)).endswith(
        "4. What stays until you delete it:\n   - nothing"
    )


def test_each_cluster_has_its_own_commands() -> None:
    """What the stacks make in one cluster is none of the other's."""
    green = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "green"}}
    told = sheet(of_resources(Blue=CLUSTER, Green=green, M=applied(BALANCED)))
    blue, _, other = told.partition("update-kubeconfig --name green")
    assert "kubectl delete ingresses --all-namespaces --field-selector" in blue
    assert "kubectl delete ingresses --all-namespaces --all" in other


def test_a_nested_stack_is_protected_by_the_one_around_it() -> None:
    """It has no switch of its own."""
    environment = of_resources(N={"Type": "AWS::CloudFormation::Stack"})
    outer = replace(environment.stacks["Stack"], termination_protection=True)
    inner = replace(outer, path="Stack/N", template={}, nested_in=("Stack", "N"))
    told = sheet(replace(environment, stacks={each.path: each for each in (outer, inner)}))
    assert told.count("termination protection of the stack") == 1


@pytest.mark.parametrize("odd", [None, "", [], 1, {"Ref": None}, {"Fn::If": []}], ids=str)
@pytest.mark.parametrize("place", ["Properties", "DeletionPolicy", "Metadata", "Type"])
def test_odd_templates_have_a_sheet(place: str, odd: object) -> None:
    """Whatever stands in them."""
    kinds = ("AWS::EKS::Cluster", "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::KMS::Key")
    resources: dict[str, Any] = {
        f"R{number}": {"Type": kind, place: odd} for number, kind in enumerate(kinds)
    }
    properties = ("Name", "VpcConfig", "LogGroupName", "LoggingConfig", "Logging", "FunctionName")
    for number, kind in enumerate(kinds):
        body = {"Type": kind, "Properties": dict.fromkeys(properties, odd)}
        resources[f"P{number}"] = body
    assert sheet(of_resources(**resources))


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("managed", "Managed: Auto Scaling group, instances, their volumes and interfaces, by EKS"),
        ("self-managed", "Own: instances, also those of a warm pool, their volumes and interfaces"),
        ("Fargate", "Profile: the interfaces of its pods, by EKS"),
        ("Auto Mode", "Cluster: the instances of built-in NodePools, their volumes and interfaces"),
    ],
)
def test_instances_of_every_kind_go(kind: str, line: str) -> None:
    """Whoever made them."""
    automatic = {"ComputeConfig": {"Enabled": True, "NodePools": ["system"]}}
    every = of_resources(
        Managed={"Type": NODE_GROUP},
        Own={"Type": AUTO_SCALING_GROUP},
        Profile={"Type": PROFILE},
        Cluster={"Type": "AWS::EKS::Cluster", "Properties": automatic},
    )
    goes = sheet(every).partition("3. Destroy.")[2].partition("4. What stays")[0]
    assert line in goes, kind


@pytest.mark.parametrize(("policy", "told"), [("Delete", False), ("Retain", True)])
def test_an_object_goes_with_its_cluster(policy: str, *, told: bool) -> None:
    """One that is retained only where its cluster is."""
    objects = {"Type": MANIFEST, "DeletionPolicy": "Retain"}
    kept = of_resources(
        Cluster={"Type": "AWS::EKS::Cluster", "DeletionPolicy": policy},
        Settings={**objects, "Properties": {"ClusterName": {"Ref": "Cluster"}}},
        Elsewhere={**objects, "Properties": {"ClusterName": "of-others"}},
    )
    stays = sheet(kept).partition("4. What stays")[2]
    assert (f"Settings ({MANIFEST}): retained" in stays) is told
    assert f"Elsewhere ({MANIFEST}): retained" in stays
