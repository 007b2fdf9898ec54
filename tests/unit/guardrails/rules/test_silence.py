"""Where rules of the surroundings speak, and right beside it, where they must not."""

from __future__ import annotations

from typing import Any

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

CLUSTER: Json = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test"}}
NAMESPACE = item("Namespace", "shop", namespace="")
LBC = "service.beta.kubernetes.io/aws-load-balancer"
PORT = {"containerPort": 8080}
CLAIM = {"accessModes": ["ReadWriteOnce"]}
MOUNTED = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}
NEAR = {"labelSelector": {"matchLabels": {"app": "cache"}}, "topologyKey": "kubernetes.io/hostname"}


def group(ami_type: str = "AL2023_x86_64_STANDARD", kind: str = "m7i.large") -> Json:
    """Return a managed node group."""
    sizes = {"MinSize": 1, "DesiredSize": 1, "MaxSize": 1}
    properties = {
        "ClusterName": "test",
        "AmiType": ami_type,
        "InstanceTypes": [kind],
        "ScalingConfig": sizes,
    }
    return {"Type": "AWS::EKS::Nodegroup", "Properties": properties}


def self_managed(
    *tags: tuple[str, str], of_template: str = "", joins: str = "test"
) -> dict[str, Json]:
    """Return an Auto Scaling group with tags, whose nodes join the cluster and have a label."""
    data: dict[str, object] = {"UserData": {"Fn::Base64": USER_DATA.replace("test", joins)}}
    if of_template:
        specification = {
            "ResourceType": "instance",
            "Tags": [{"Key": of_template, "Value": "owned"}],
        }
        data["TagSpecifications"] = [specification]
    own = [{"Key": x, "Value": y, "PropagateAtLaunch": True} for x, y in tags]
    return {
        "Template": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": data},
        },
        "Nodes": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "Tags": own,
                "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}, "Version": "1"},
            },
        },
    }


USER_DATA = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster: {name: test, apiServerEndpoint: "https://x", certificateAuthority: eA==, cidr: 172.20.0.0/16}
  kubelet: {flags: ["--node-labels=team=a"]}
--x--
"""
OWNED, TEAM = (
    ("kubernetes.io/cluster/test", "owned"),
    "k8s.io/cluster-autoscaler/node-template/label/team",
)


def service(seconds: int) -> Json:
    """Return a Service whose load balancer keeps connections for so long."""
    said = {
        f"{LBC}-nlb-target-type": "ip",
        f"{LBC}-target-group-attributes": f"deregistration_delay.timeout_seconds={seconds}",
    }
    made = item(
        "Service", spec={"type": "LoadBalancer", "selector": LABELS, "ports": [{"port": 80}]}
    )
    made["metadata"]["annotations"] = said
    return made


def policy(**port: object) -> Json:
    """Return a NetworkPolicy that lets a port in."""
    return item(
        "NetworkPolicy",
        spec={"podSelector": {"matchLabels": LABELS}, "ingress": [{"ports": [port]}]},
    )


def asking(device: str) -> Json:
    """Return a workload that asks for a device."""
    return workload(container={"resources": {"limits": {device: "1"}}})


def near(**more: object) -> Json:
    """Return a workload that must be beside others."""
    term = {**NEAR, **more}
    rule = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return workload(pod={"affinity": {"podAffinity": rule}})


def of_system(*objects: Json) -> tuple[Json, ...]:
    """Return objects in the namespace where add-ons have pods, too."""
    for each in objects:
        each["metadata"]["namespace"] = "kube-system"
    return objects


def classes(provisioner: str) -> Json:
    """Return a default StorageClass."""
    made = item("StorageClass", "usual", namespace="", provisioner=provisioner)
    made["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return made


def shared(pods: int = 2, **claim: object) -> tuple[Json, ...]:
    """Return pods with one claim."""
    return workload(pod=MOUNTED, replicas=pods), item(
        "PersistentVolumeClaim", "data", spec={**CLAIM, **claim}
    )


def alb(path: str = "/shop", path_type: str = "Prefix", name: str = "alb") -> Json:
    """Return an Ingress of a class."""
    paths = [{"path": path, "pathType": path_type}]
    return item("Ingress", spec={"ingressClassName": name, "rules": [{"http": {"paths": paths}}]})


def waiting(line: str, **policies: object) -> dict[str, Json]:
    """Return an Auto Scaling group with more in its user data, and with policies."""
    made = self_managed(OWNED)
    script = f"--x\nContent-Type: text/x-shellscript\n\n#!/bin/bash\n{line}\n--x\nContent"
    data = made["Template"]["Properties"]["LaunchTemplateData"]
    data["UserData"] = {"Fn::Base64": USER_DATA.replace("--x\nContent", script)}
    made["Nodes"] |= policies
    return made


SIGNALS = {"UpdatePolicy": {"AutoScalingRollingUpdate": {"WaitOnResourceSignals": True}}}
OBSERVED = item("Namespace", "aws-observability", namespace="")
SECRETS: Json = {"driver": "secrets-store.csi.k8s.io", "readOnly": True}
MOUNTS = workload(pod={"volumes": [{"name": "a", "csi": SECRETS}]})
RETAINED: Json = {**group(), "DeletionPolicy": "Retain"}
ROLE: Json = {"Type": "AWS::IAM::Role", "Properties": {}}
STAYS: Json = {**ROLE, "DeletionPolicy": "Retain"}
WITHIN: Json = {**RETAINED, "Properties": {**group()["Properties"], "ClusterName": {"Ref": "C"}}}


def of_role(of: str, about: str) -> Json:
    """Return a retained policy of a role that lets it pass a role."""
    arn = {"Fn::GetAtt": [about, "Arn"]}
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": arn}
    properties = {"PolicyDocument": {"Statement": [statement]}, "Roles": [{"Ref": of}]}
    return {"Type": "AWS::IAM::Policy", "DeletionPolicy": "Retain", "Properties": properties}


def untold() -> dict[str, Json]:
    """Return a self-managed group with tags that only a deploy knows."""
    made = self_managed()
    made["Nodes"]["Properties"]["Tags"] = {"Ref": "Nobody"}
    return made


def moving(**days: int) -> Json:
    """Return a bucket whose objects move to these classes."""
    moves = [{"StorageClass": name, "TransitionInDays": after} for name, after in days.items()]
    rules = [{"Status": "Enabled", "Transitions": moves}]
    return {"Type": "AWS::S3::Bucket", "Properties": {"LifecycleConfiguration": {"Rules": rules}}}


SUBNET: Json = {"Type": "AWS::EC2::Subnet", "Properties": {"CidrBlock": "10.0.1.0/24"}}
NAT: Json = {"Type": "AWS::EC2::NatGateway", "Properties": {}}


def route(**target: object) -> Json:
    """Return a route to the range of the subnet."""
    fields = {"DestinationCidrBlock": "10.0.1.0/24", **target}
    return {"Type": "AWS::EC2::Route", "Properties": fields}


def add_on(name: str) -> Json:
    """Return an add-on."""
    return {"Type": "AWS::EKS::Addon", "Properties": {"ClusterName": "test", "AddonName": name}}


LONG = workload(pod={"terminationGracePeriodSeconds": 1200})
ROWS: list[tuple[str, str, tuple[Json, ...], dict[str, Any], list[str]]] = [
    ("a delay beyond the shortest grace", "KUBE33", (service(60), workload(pod={"terminationGracePeriodSeconds": 30}), workload("StatefulSet", pod={"terminationGracePeriodSeconds": 90})), {}, ["Service/web deregistration_delay 60"]),
    ("a grace that a deploy fills in", "KUBE33", (service(60), workload(pod={"terminationGracePeriodSeconds": "${Time}"})), {}, []),
    ("a port of no container", "REACH14", (NAMESPACE, policy(port=80), workload(container={"ports": [PORT]})), {}, ["NetworkPolicy/web port 80"]),
    ("a range of ports", "REACH14", (NAMESPACE, policy(port=80, endPort=9000), workload(container={"ports": [PORT]})), {}, []),
    ("a container that names no ports", "REACH14", (NAMESPACE, policy(port=80), workload()), {}, []),
    ("pods of add-ons beside", "REACH14", of_system(policy(port=80), workload(container={"ports": [PORT]})), {}, []),
    ("nobody to be beside", "KUBE26", (NAMESPACE, near()), {"G": group()}, ["Deployment/web affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0] labelSelector"]),
    ("somebody of another namespace", "KUBE26", (NAMESPACE, near(namespaces=["other"])), {"G": group()}, []),
    ("somebody of an add-on", "KUBE26", of_system(near()), {"G": group()}, []),
    ("a drain that takes too long", "KUBE28", (LONG,), {"G": group()}, ["Deployment/web terminationGracePeriodSeconds 1200"]),
    ("nodes that nobody drains beside", "KUBE28", (LONG,), {"G": group(), **self_managed(OWNED)}, []),
    ("pods on Fargate", "KUBE28", (workload(namespace="run-a", pod={"terminationGracePeriodSeconds": 1200}),), {"G": group(), "F": FARGATE}, []),
    ("no tag of the cluster", "NODES11", (), self_managed(), ["kubernetes.io/cluster/CLUSTER"]),
    ("tags that only a deploy knows", "NODES11", (), untold(), []),
    ("the tag in the launch template", "NODES11", (), self_managed(of_template=OWNED[0]), []),
    ("nodes of a cluster elsewhere", "NODES11", (), self_managed(OWNED, joins="far"), []),
    ("a label that user data gives otherwise", "NODES11", (), self_managed(OWNED, (TEAM, "b")), [f"{TEAM} b"]),
    ("the label that user data gives", "NODES11", (), self_managed(OWNED, (TEAM, "a")), []),
    ("a tag of somebody else", "NODES11", (), self_managed(OWNED, ("label/team", "b")), []),
    ("no controller", "KUBE33", (item("IngressClass", "alb", namespace="", spec={"controller": "ingress.k8s.aws/alb"}),), {}, ["IngressClass/alb controller ingress.k8s.aws/alb"]),
    ("a controller of one's own manifests", "KUBE33", (item("IngressClass", "alb", namespace="", spec={"controller": "ingress.k8s.aws/alb"}), item("Deployment", "aws-load-balancer-controller", spec={})), {}, []),
    ("one volume of EBS", "KUBE31", (*shared(), classes("ebs.csi.aws.com")), {}, ["Deployment/web data of 2 pods"]),
    ("one pod with it", "KUBE31", (*shared(1), classes("ebs.csi.aws.com")), {}, []),
    ("the default is EFS", "KUBE31", (*shared(), classes("efs.csi.aws.com")), {}, []),
    ("a volume that is there", "KUBE31", (*shared(volumeName="disk"), classes("ebs.csi.aws.com")), {}, []),
    ("a volume of many nodes", "KUBE31", (*shared(accessModes=["ReadWriteMany"]), classes("ebs.csi.aws.com")), {}, []),
    ("GPUs without a plug-in", "NODES10", (asking("nvidia.com/gpu"),), {"G": group("AL2023_x86_64_NVIDIA", "g5.xlarge")}, ["Deployment/web nvidia.com/gpu"]),
    ("GPUs of Bottlerocket", "NODES10", (asking("nvidia.com/gpu"),), {"G": group("BOTTLEROCKET_x86_64_NVIDIA", "g5.xlarge")}, []),
    ("Neuron of Bottlerocket without a plug-in", "NODES10", (asking("aws.amazon.com/neuron"),), {"G": group("BOTTLEROCKET_x86_64", "inf2.xlarge")}, ["Deployment/web aws.amazon.com/neuron"]),
    ("a wildcard in a prefix", "KUBE33", (alb("/shop/*"),), {}, ["Ingress/web path /shop/*"]),
    ("a wildcard as the controller takes it", "KUBE33", (alb("/shop/*", "ImplementationSpecific"),), {}, []),
    ("a wildcard of another controller", "KUBE33", (alb("/shop/*", name="nginx"),), {}, []),
    ("signals that nobody sends", "VERSION13", (), waiting("echo", **SIGNALS), ["WaitOnResourceSignals"]),
    ("signals of cfn-signal", "VERSION13", (), waiting("/opt/aws/bin/cfn-signal -e 0", **SIGNALS), []),
    ("signals of the AWS CLI", "VERSION13", (), waiting("aws cloudformation signal-resource", **SIGNALS), []),
    ("a script that gets another one", "VERSION13", (), waiting("curl https://example.com/a | sh", **SIGNALS), []),
    ("an update that waits for nothing", "VERSION13", (), waiting("echo", UpdatePolicy={"AutoScalingReplacingUpdate": {"WillReplace": True}}), []),
    ("no log router", "VERSION19", (OBSERVED,), {}, ["Namespace/aws-observability no aws-logging"]),
    ("a log router", "VERSION19", (OBSERVED, item("ConfigMap", "aws-logging", namespace="aws-observability")), {}, []),
    ("no driver of secrets", "KUBE31", (MOUNTS,), {}, ["Deployment/web volumes[0].csi.driver secrets-store.csi.k8s.io"]),
    ("the add-on of the driver", "KUBE31", (MOUNTS,), {"A": add_on("aws-secrets-store-csi-driver-provider")}, []),
    ("a driver of one's own manifests", "KUBE31", (MOUNTS, item("CSIDriver", SECRETS["driver"], namespace="")), {}, []),
    ("a volume of no driver", "KUBE31", (item("PersistentVolume", namespace="", spec={"csi": {"driver": "efs.csi.aws.com"}}),), {}, ["PersistentVolume/web csi.driver efs.csi.aws.com"]),
    ("a group of a cluster that goes", "ORDER18", (), {"C": CLUSTER, "G": WITHIN}, ["DeletionPolicy Retain"]),
    ("a group of a cluster that stays", "ORDER18", (), {"C": {**CLUSTER, "DeletionPolicy": "Retain"}, "G": WITHIN}, []),
    ("a group of a cluster made elsewhere", "ORDER18", (), {"G": RETAINED}, []),
    ("a policy of a role that goes", "ORDER18", (), {"R": ROLE, "S": STAYS, "P": of_role(of="R", about="S")}, ["DeletionPolicy Retain"]),
    ("a policy that only tells of a role that goes", "ORDER18", (), {"R": ROLE, "S": STAYS, "P": of_role(of="S", about="R")}, []),
    ("objects that stay for 30 days", "VERSION19", (), {"B": moving(STANDARD_IA=30, GLACIER=60)}, []),
    ("objects that stay for 29 days", "VERSION19", (), {"B": moving(STANDARD_IA=30, GLACIER=59)}, ["Transitions GLACIER"]),
    ("a subnet behind a NAT gateway", "REACH1", (), {"S": SUBNET, "N": NAT, "R": route(NatGatewayId={"Ref": "N"})}, ["10.0.1.0/24"]),
    ("a subnet behind a firewall", "REACH1", (), {"S": SUBNET, "N": NAT, "R": route(VpcEndpointId="vpce-1")}, []),
    ("a subnet of a VPC that is peered", "REACH1", (), {"S": SUBNET, "N": NAT, "R": route(VpcPeeringConnectionId="pcx-1")}, []),
    ("a volume of EFS", "KUBE31", (item("PersistentVolume", namespace="", spec={"csi": {"driver": "efs.csi.aws.com"}}),), {"A": add_on("aws-efs-csi-driver")}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "objects", "resources", "told"), [pytest.param(*row[1:], id=row[0]) for row in ROWS]
)
def test_a_rule_speaks_where_it_is_sure(
    rule: str, objects: tuple[Json, ...], resources: dict[str, Any], told: list[str]
) -> None:
    """Each row without a finding stands beside one that differs in little."""
    found = values(rule, environment(*objects, Cluster=CLUSTER, **resources))
    about = {
        "KUBE33": ("delay", "controller", "path"),
        "VERSION13": ("Signal",),
        "VERSION19": ("aws-logging", "Transitions"),
        "KUBE26": ("podAffinity",),
        "KUBE28": ("grace", "terminationGrace"),
        "KUBE31": ("pods", "driver"),
    }
    assert [each for each in found if any(word in each for word in about.get(rule, ("",)))] == told
