"""What an expert would see in templates that look right: words, numbers and edges that don't fit each other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.mutations import Mutation, found, in_template, with_object
from tests.unit.guardrails.mutations.scheduling import ONCE

Json = dict[str, Any]
Edit = Callable[[Environment], Environment]
RAISE, CRD = "Raise", "definition of the kind"


def told(path: str, old: str, new: str, stack: str = "Cluster") -> Edit:
    """Return a change of the text of a resource; the text is JSON, be it within JSON or not."""

    def change(template: Json) -> None:
        _, body = found(template, path)
        written, before, after = json.dumps(body, separators=(",", ":")), old, new
        for _ in range(3):
            if before in written:
                body.clear()
                body.update(json.loads(written.replace(before, after, 1)))
                return
            before, after = json.dumps(before)[1:-1], json.dumps(after)[1:-1]
        raise AssertionError(f"{path} has no {old}")

    return in_template(stack, change)


def of(path: str, change: Callable[[Json], object], stack: str = "Cluster") -> Edit:
    """Return a change of the properties of a resource."""

    def apply(template: Json) -> None:
        change(found(template, path)[1]["Properties"])

    return in_template(stack, apply)


def pool(old: str, new: str) -> Edit:
    """Return a change of Karpenter's pool."""
    return told("NodePools/NodePool-general/", old, new)


def node_class(old: str, new: str) -> Edit:
    """Return a change of Karpenter's class."""
    return told("NodePools/EC2NodeClass-default/", old, new)


def web(old: str, new: str) -> Edit:
    """Return a change of the pods of web."""
    return told("/WebDeployment/", old, new, "SampleService")


def _job(**fields: object) -> Edit:
    return with_object(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "train", "namespace": "default"},
            "spec": {"template": {"spec": {**ONCE, **fields}}},
        }
    )


def _asking(**more: str) -> list[Json]:
    (container,) = ONCE["containers"]
    wanted = {**container["resources"]["requests"], **more}
    return [{**container, "resources": {"requests": wanted, "limits": more}}]


def _without_tag(group: Json) -> None:
    group["Tags"] = [x for x in group["Tags"] if not x["Key"].startswith("kubernetes.io/cluster")]


FIRST = "template.spec.requirements[0]"
TWO = '{"key":"karpenter.k8s.aws/instance-cpu","operator":"Gt","values":["2","4"]}'
PLUGIN, GPUS = "NvidiaDevicePlugin/", "NodeGroups/Gpu/NodeGroup"
CONTROLLER, BALANCER = "Karpenter/Controller/", "LoadBalancerController/Chart/"
AUTO, CLASS = "DataPlane/AutoMode/", "NodeClass-large-disk/NodeClass/"
SPOT = "aws.ec2 EC2 Spot Instance Interruption Warning"
UNSCHEDULED = (
    '"labelSelector":{"matchLabels":{"app":"cache"}},"topologyKey":"kubernetes.io/hostname"'
)
TOGETHER = f'"podAffinity":{{"requiredDuringSchedulingIgnoredDuringExecution":[{{{UNSCHEDULED}}}]}}'

Row = tuple[str, str, str, Edit, str, str]
ROWS: tuple[Row, ...] = (
    *(
        ("NODES9", name, "Karpenter", pool(old, new), f"NodePool/general {value}", fix)
        for name, old, new, value, fix in (
            ("no such operator", '"In"', '"in"', f"{FIRST}.operator in", CRD),
            (
                *("two numbers to compare with", '"requirements":[', f'"requirements":[{TWO},'),
                *(f"{FIRST}.values", CRD),
            ),
            (
                *("no such label of Karpenter", "aws/instance-family", "aws/instance-families"),
                *(f"{FIRST}.key karpenter.k8s.aws/instance-families", "Correct the label"),
            ),
            (
                *("a label of Karpenter's own", '"template":{', '"template":{"metadata":{"labels":{"karpenter.sh/team":"a"}},'),
                *("template.metadata.labels[karpenter.sh/team] karpenter.sh/team", "Correct"),
            ),
            (
                *("no class in this group", '"group":"karpenter.k8s.aws"', '"group":"karpenter.sh"'),
                *("template.spec.nodeClassRef.group karpenter.sh", "Write karpenter.k8s.aws"),
            ),
            ("no such kind of class", '"kind":"EC2NodeClass"', '"kind":"EC2NodeClasses"', "template.spec.nodeClassRef.kind EC2NodeClasses", "Write EC2NodeClass"),
            ("no name of a taint", '"spec":{"nodeClassRef"', '"spec":{"taints":[{"key":"a b","effect":"NoSchedule"}],"nodeClassRef"', "template.spec.taints[0].key a b", CRD),
            ("no name of a startup taint", '"spec":{"nodeClassRef"', '"spec":{"startupTaints":[{"key":"a b","effect":"NoSchedule"}],"nodeClassRef"', "template.spec.startupTaints[0].key a b", CRD),
            ("no effect of a startup taint", '"spec":{"nodeClassRef"', '"spec":{"startupTaints":[{"key":"a","effect":"Never"}],"nodeClassRef"', "template.spec.startupTaints[0].effect Never", CRD),
            ("no quantity", '"cpu":"32"', '"cpu":"32 cores"', "limits.cpu 32 cores", CRD),
            ("no quantity of memory", '"cpu":"32"', '"cpu":"32","memory":"1TB"', "limits.memory 1TB", CRD),
            (
                *("nodes for ever", '"1m"},"template":{"spec":{', '"1m","budgets":[{"nodes":"0"}]},"template":{"spec":{"expireAfter":"Never",'),
                *("disruption.budgets[0].nodes 0", "schedule and duration"),
            ),
        )
    ),
    *(
        (rule, name, "Karpenter", node_class(old, new), f"EC2NodeClass/default {value}", fix)
        for rule, name, old, new, value, fix in (
            ("NODES9", "RAID of another level", '"amiSelectorTerms"', '"instanceStorePolicy":"RAID1","amiSelectorTerms"', "instanceStorePolicy RAID1", CRD),
            ("NODES9", "a disk of 40 bytes", '"40Gi"', '"40"', "blockDeviceMappings[1].ebs.volumeSize 40", CRD),
            ("NODES9", "no such type of disk", '"40Gi","volumeType":"gp3"', '"40Gi","volumeType":"gp4"', "blockDeviceMappings[1].ebs.volumeType gp4", CRD),
            ("NODES9", "a tag of Karpenter's own", '"owner":', '"karpenter.sh/nodepool":', "tags[karpenter.sh/nodepool] karpenter.sh/nodepool", "Remove the tag"),
            ("NODES9", "no version of the image", "bottlerocket@v1.50.0", "bottlerocket", "amiSelectorTerms[0].alias bottlerocket", CRD),
            ("NODES9", "no family of the image", '"alias":"bottlerocket@v1.50.0"', '"id":"ami-0a1b2c3d4e5f67890"', "amiFamily", CRD),
            ("NODES9", "an alias and a name", '"alias":', '"name":"x","alias":', "amiSelectorTerms[0].alias bottlerocket@v1.50.0", CRD),
            ("NODES9", "neither on nor off", '"httpEndpoint":"enabled"', '"httpEndpoint":"on"', "metadataOptions.httpEndpoint on", CRD),
            ("NODES9", "neither on nor off with IPv6", '"httpProtocolIPv6":"disabled"', '"httpProtocolIPv6":"off"', "metadataOptions.httpProtocolIPv6 off", CRD),
            ("NODES2", "more IOPS than there are", '"40Gi","volumeType":"gp3"', '"40Gi","volumeType":"gp3","iops":100000', "blockDeviceMappings[1].ebs.iops 100000", "size, IOPS"),
            ("NODES2", "too few IOPS", '"40Gi"', '"40Gi","throughput":1000', "blockDeviceMappings[1].ebs.throughput 1000", "size, IOPS"),
            ("NODES8", "more pods than addresses", '"amiSelectorTerms"', '"kubelet":{"maxPods":110},"amiSelectorTerms"', "kubelet.maxPods 110", "Lower max pods"),
        )
    ),
    *(
        (rule, name, "AutoMode", told(f"{AUTO}{path}", old, new), value, fix)
        for rule, name, path, old, new, value, fix in (
            ("NODES9", "no such SNAT", CLASS, '"Random"', '"random"', "NodeClass/large-disk snatPolicy random", CRD),
            ("NODES9", "no such default", CLASS, '"DefaultAllow"', '"Allow"', "NodeClass/large-disk networkPolicy Allow", CRD),
            ("NODES9", "no such log", CLASS, '"networkPolicyEventLogs":"Disabled"', '"networkPolicyEventLogs":"Off"', "NodeClass/large-disk networkPolicyEventLogs Off", CRD),
            ("NODES9", "no size", CLASS, '"200Gi"', '"200"', "NodeClass/large-disk ephemeralStorage.size 200", CRD),
            ("NODES2", "too few IOPS in Auto Mode", CLASS, '"throughput":125', '"throughput":1000', "NodeClass/large-disk ephemeralStorage.throughput 1000", "size, IOPS"),
            ("NODES9", "no class in this group in Auto Mode", "NodePool-spot/", '"group":"eks.amazonaws.com"', '"group":"eks.aws.com"', "NodePool/spot template.spec.nodeClassRef.group eks.aws.com", "Write eks.amazonaws.com"),
            ("NODES9", "a weight of a pool with replicas", "NodePool-steady/", '"replicas":2', '"replicas":2,"weight":5', "NodePool/steady weight 5", CRD),
            ("KUBE33", "a controller that isn't there", "IngressClass/", "eks.amazonaws.com/alb", "ingress.k8s.aws/alb", "IngressClass/auto-alb controller ingress.k8s.aws/alb", "Auto Mode"),
            ("KUBE33", "parameters of another controller", "IngressClass/", '"apiGroup":"eks.amazonaws.com"', '"apiGroup":"elbv2.k8s.aws"', "IngressClass/auto-alb parameters.apiGroup elbv2.k8s.aws", "Write eks.amazonaws.com"),
            ("KUBE23", "no such parameters", "IngressClass/", '"name":"auto-alb"}}', '"name":"auto"}}', "IngressClass/auto-alb IngressClassParams/auto", "Name an object"),
            ("VERSION19", "network policies off by a word", "NetworkPolicy/", '":"true"', '":"yes"', "ConfigMap/amazon-vpc-cni data[enable-network-policy-controller] yes", "true"),
            ("ACCESS9", "nodes with no policy", "NodeClass-large-disk/AccessEntry", '"Type":"EC2"', '"Type":"EC2","AccessPolicies":[]', "AccessPolicies", "AmazonEKSAutoNodePolicy"),
        )
    ),
    ("NODES4", "add-ons beside Auto Mode", "AutoMode", told("ControlPlane/Cluster/Resource", '"BootstrapSelfManagedAddons":false', '"BootstrapSelfManagedAddons":true'), "BootstrapSelfManagedAddons", "to false"),
    ("ROLE2", "Auto Mode can't start nodes", "AutoMode", told("ControlPlane/Role/", "AmazonEKSComputePolicy", "AmazonEKSClusterPolicy"), "iam:AddRoleToInstanceProfile", "AmazonEKSComputePolicy"),
    ("ROLE2", "pods of Auto Mode get no credentials", "AutoMode", told("ControlPlane/AutoModeNodeRole/", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonSSMManagedInstanceCore"), "eks-auth:AssumeRoleForPodIdentity", "eks-auth"),
    ("ROLE8", "Karpenter can't find its cluster", "Karpenter", told("Karpenter/Discovery/", ":cluster/karpenter", ":cluster/other"), "eks:DescribeCluster", "eks:DescribeCluster"),
    ("VERSION17", "Karpenter doesn't hear of Spot", "Karpenter", told("Interruptions/SpotInterruption", "Interruption Warning", "Interruption Warnings"), SPOT, "AWS::Events::Rule"),
    ("VERSION17", "Karpenter isn't told of Spot", "Karpenter", told("Interruptions/SpotInterruption", '"ENABLED"', '"DISABLED"'), SPOT, "ENABLED"),
    ("VERSION17", "no such feature gate", "Karpenter", told(CONTROLLER, '"featureGates":{}', '"featureGates":{"nodeRepairs":true}'), "Values.settings.featureGates[nodeRepairs] nodeRepairs", "spotToSpotConsolidation"),
    ("VERSION17", "a value that the chart doesn't read", "Prod", told(BALANCER, '"replicaCount":', '"replicaCounts":'), "Values[replicaCounts] replicaCounts", "helm show values"),
    ("VERSION17", "a setting that Karpenter doesn't read", "Karpenter", told(CONTROLLER, '"enableZonalShift":', '"enabledZonalShift":'), "Values.settings[enabledZonalShift] enabledZonalShift", "helm show values"),
    ("NODES3", "user data of a class that is no TOML", "Karpenter", node_class('"amiSelectorTerms"', '"userData":"[settings.kubernetes","amiSelectorTerms"'), "EC2NodeClass/default userData", "TOML"),
    ("VERSION17", "no such target type", "Prod", told(BALANCER, '"defaultTargetType":"ip"', '"defaultTargetType":"pod"'), "Values.defaultTargetType pod", "ip or instance"),
    ("VERSION19", "a release with a long name", "Dev", told(BALANCER, '"Release":"aws', f'"Release":"{"a" * 40}'), f"Release {'a' * 40}-load-balancer-controller", "Shorten"),
    ("KUBE22", "Karpenter on nodes that are too small", "Karpenter", told(CONTROLLER, '"cpu":"1"', '"cpu":"3"'), "Deployment/karpenter node", "requests"),
    ("KUBE22", "Windows pods that no Windows node takes", "EveryKind", _job(nodeSelector={"kubernetes.io/os": "windows"}), "Job/train node", "tolerations"),
    ("KUBE29", "a chart that asks for more than its limit", "Prod", told(BALANCER, '"memory":"256Mi"', '"memory":"64Mi"'), "Deployment/aws-load-balancer-controller resources memory 128Mi", RAISE),
    ("KUBE29", "thousandths of a byte", "Prod", web('"memory":"128Mi"},"limits"', '"memory":"128m"},"limits"'), "Deployment/web web 128m", "Mi for m"),
    ("KUBE28", "longer than a node drains", "Prod", web('PeriodSeconds":150', 'PeriodSeconds":1200'), "Deployment/web terminationGracePeriodSeconds 1200", "900 or less"),
    ("KUBE33", "connections that outlive their pod", "Prod", told("/WebService/", "timeout_seconds=120", "timeout_seconds=300", "SampleService"), "Service/web deregistration_delay 300", "deregistration_delay"),
    ("KUBE26", "beside pods that aren't there", "Prod", web('"nodeSelector":', f'"affinity":{{{TOGETHER}}},"nodeSelector":'), "Deployment/web affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0] labelSelector", "labels that the pods"),
    ("KUBE24", "only nodes of another system", "Windows", of("NodeGroups/General/NodeGroup", lambda it: it["ScalingConfig"].update(MinSize=0, DesiredSize=0)), "Deployment/coredns 0 nodes", "desired_size"),
    ("KUBE24", "more GPUs than a node has", "Machines", _job(tolerations=[{"operator": "Exists"}], containers=_asking(**{"nvidia.com/gpu": "2"})), "Job/train room", "larger instance type"),
    ("NODES10", "a plug-in for EFA on no node", "Machines", told("EfaDevicePlugin/", 'efa.present":"true"', 'efa.present":"yes"'), "DaemonSet/aws-efa-k8s-device-plugin node", "label"),
    ("NODES11", "a tag that stays on the group", "SelfManaged", of("NodeGroups/Batch/NodeGroup", lambda it: [x.update(PropagateAtLaunch=False) for x in it["Tags"]]), "kubernetes.io/cluster/CLUSTER", "owned"),
    ("NODES11", "another label than the autoscaler thinks", "SelfManaged", of("NodeGroups/Batch/NodeGroup", lambda it: [x.update(Value="x") for x in it["Tags"] if "label" in x["Key"]]), "k8s.io/cluster-autoscaler/node-template/label/workload x", "labels and taints"),
    ("NODES11", "the tag of another cluster", "SelfManaged", told("NodeGroups/Batch/NodeGroup", "kubernetes.io/cluster/self-managed", "kubernetes.io/cluster/other"), "kubernetes.io/cluster/other", "owned"),
    ("NODES3", "a setting that Bottlerocket doesn't have", "SelfManaged", told("NodeGroups/Batch/LaunchTemplate/Resource", "max-pods = 58", "max-pod = 58"), "DataPlane/NodeGroups/Batch/NodeGroup", "user data"),
    ("KUBE28", "a preStop hook of no time", "Prod", web('"sleep":{"seconds":120}', '"sleep":{"seconds":0}'), "Deployment/web containers[0].lifecycle.preStop", "preStop"),
    ("NODES10", "an image without a driver", "EveryKind", told(GPUS, "AL2023_x86_64_NVIDIA", "AL2023_x86_64_STANDARD"), "nvidia.com/gpu AL2023_x86_64_STANDARD", "AL2023_x86_64_NVIDIA"),
    ("NODES10", "a plug-in on no node", "Machines", told(PLUGIN, '"nvidia.com/gpu.present":"true"', '"nvidia.com/gpu.present":"yes"'), "DaemonSet/nvidia-device-plugin node", "label"),
    ("NODES10", "a plug-in that the taint keeps out", "Machines", told(PLUGIN, '"tolerations":[{"operator":"Exists"}],', ""), "DaemonSet/nvidia-device-plugin node", "taints"),
    ("NODES10", "nodes without the label of the plug-in", "Machines", of(GPUS, lambda it: it.pop("Labels")), "DaemonSet/nvidia-device-plugin node", "label"),
    ("VERSION13", "more adapters than network cards", "Machines", told("NodeGroups/Close/NodeGroup", "c6in.32xlarge", "c5n.18xlarge"), "InstanceTypes[0] c5n.18xlarge", "network cards"),
    ("NODES11", "instances of no cluster", "SelfManaged", of("NodeGroups/Batch/NodeGroup", _without_tag), "kubernetes.io/cluster/CLUSTER", "owned"),
    ("NODES11", "another taint than the autoscaler thinks", "SelfManaged", told("NodeGroups/Batch/NodeGroup", "batch:NoSchedule", "batch:NoExecute"), "k8s.io/cluster-autoscaler/node-template/taint/workload batch:NoExecute", "labels and taints"),
    ("NODES3", "no DNS at this address", "SelfManaged", told("NodeGroups/Batch/LaunchTemplate/Resource", "172.20.0.10", "172.20.0.2"), "DataPlane/NodeGroups/Batch/NodeGroup", "user data"),
    ("VERSION19", "more than a hundred percent", "SelfManaged", told("NodeGroups/Batch/NodeGroup", 'BaseCapacity":25', 'BaseCapacity":125'), "MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity 125", "percentage"),
    ("VERSION19", "no Spot pools", "SelfManaged", told("NodeGroups/Batch/NodeGroup", '"SpotAllocationStrategy":"price-capacity-optimized"', '"SpotAllocationStrategy":"lowest-price","SpotInstancePools":0'), "MixedInstancesPolicy.InstancesDistribution.SpotInstancePools 0", "1 to 20"),
    ("NET9", "a NAT gateway for an internet gateway", "Prod", of("PublicC/DefaultRoute", lambda it: it.update(GatewayId={"Ref": "NetworkPublicANATGateway83A802B9"}), "Network"), "AWS::EC2::NatGateway", "NatGatewayId"),
    ("REACH14", "a port that no container has", "ManyTeams", told("NetworkPolicy-web/", '"ingress":[{"ports":[{"protocol":"TCP","port":8080', '"ingress":[{"ports":[{"protocol":"TCP","port":80', "Shop"), "NetworkPolicy/web port 80", "container's port"),
    ("KUBE31", "a key of another region", "Prod", told("/DefaultStorageClass/", '"encrypted":"true"', '"encrypted":"true","kmsKeyId":"arn:aws:kms:eu-west-3:111122223333:key/1"'), "StorageClass/gp3 parameters.kmsKeyId arn:aws:kms:eu-west-3:111122223333:key/1", "own region"),
    ("EXPOSE4", "a queue in plain", "Karpenter", told("Interruptions/Queue/Resource", '"SqsManagedSseEnabled":true', '"SqsManagedSseEnabled":false'), "queue", "SqsManagedSseEnabled"),
)  # fmt: skip
MUTATIONS = (
    *(Mutation(*row) for row in ROWS),
    Mutation(
        rule="KUBE23",
        name="a StatefulSet without its Service",
        environment="Prod",
        change=with_object(
            {
                "apiVersion": "apps/v1",
                "kind": "StatefulSet",
                "metadata": {"name": "db", "namespace": "sample"},
                "spec": {
                    "serviceName": "db",
                    "replicas": 0,
                    "selector": {"matchLabels": {"app": "db"}},
                    "template": {
                        "metadata": {"labels": {"app": "db"}},
                        "spec": {**ONCE, "restartPolicy": "Always"},
                    },
                },
            }
        ),
        value="StatefulSet/db Service/db",
        fix="Service",
        also=("KUBE5", "KUBE6", "KUBE8"),
    ),
    Mutation(
        rule="VERSION15",
        name="whichever image is the newest in production",
        environment="Karpenter",
        change=lambda it: replace(node_class("@v1.50.0", "@latest")(it), production=True),
        value="EC2NodeClass/default amiSelectorTerms[0].alias bottlerocket@latest",
        fix="the version that ran in dev",
        also=("EXPOSE2", "EXPOSE12", "EXPOSE13"),
    ),
)
