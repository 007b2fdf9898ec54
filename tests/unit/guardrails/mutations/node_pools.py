"""Pools and classes of Karpenter and EKS Auto Mode that start no nodes, other ones, or unsafe ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from assembly.kinds import MANIFEST
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_resource, in_template
from tests.unit.guardrails.mutations.scheduling import ONCE

POOLS = {"Karpenter": "general", "AutoMode": "spot"}
CLASS, POOL = "EC2NodeClass", "NodePool"


def _class(  # noqa: PLR0917  # a row
    rule: str, name: str, old: str, new: str, value: str, fix: str
) -> Mutation:
    """Return a change of Karpenter's class."""
    return _of(
        rule, name, "Karpenter", (CLASS, "default"), (old, new), f"{CLASS}/default {value}", fix
    )


def _pool(  # noqa: PLR0917  # a row
    rule: str, name: str, environment: str, old: str, new: str, value: str, fix: str
) -> Mutation:
    """Return a change of a pool."""
    pool = POOLS[environment] if "replicas" not in old else "steady"
    return _of(rule, name, environment, (POOL, pool), (old, new), f"{POOL}/{pool} {value}", fix)


def _of(  # noqa: PLR0917  # a row
    rule: str,
    name: str,
    environment: str,
    item: tuple[str, str],
    text: tuple[str, str],
    value: str,
    fix: str,
) -> Mutation:
    return Mutation(
        rule=rule,
        name=name,
        environment=environment,
        change=in_template("Cluster", manifest_change(*item, *text)),
        value=value,
        fix=fix,
    )


DISK = '"encrypted":true,"deleteOnTermination":true}}],'
FAMILY = "template.spec.requirements[0].key"


def _by_tag(tag: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that selects the subnets of a class by a tag."""

    def change(manifest: dict[str, Any]) -> None:
        parts = manifest["Manifest"]["Fn::Join"][1]
        start = next(n for n, each in enumerate(parts) if '"subnetSelectorTerms":[' in str(each))
        end = next(n for n, each in enumerate(parts) if '"securityGroupSelectorTerms"' in str(each))
        before, after = (
            parts[start].split('"subnetSelectorTerms":[')[0],
            parts[end].split("],", 1)[1],
        )
        terms = f'"subnetSelectorTerms":[{{"tags":{{"{tag}":"1"}}}}],'
        parts[start : end + 1] = [f"{before}{terms}{after}"]

    return change


def _by_arn(manifest: dict[str, Any]) -> None:
    parts = manifest["Manifest"]["Fn::Join"][1]
    at = next(n for n, each in enumerate(parts) if "RoleFD78F8A5" in str(each))
    parts[at] = {"Fn::GetAtt": [parts[at]["Ref"], "Arn"]}


def _in_another_group(manifest: dict[str, Any]) -> None:
    group = ["ControlPlaneClusterControlPlaneSecurityGroup7C88602B", "GroupId"]
    for each in manifest["Manifest"]["Fn::Join"][1]:
        if "ClusterSecurityGroupId" in str(each):
            each["Fn::GetAtt"] = group


def _groups_by_tag(manifest: dict[str, Any]) -> None:
    parts = manifest["Manifest"]["Fn::Join"][1]
    at = next(n for n, each in enumerate(parts) if "ClusterSecurityGroupId" in str(each))
    before, after = parts[at - 1].rpartition('{"id":"')[0], parts[at + 1].partition('"')[2]
    parts[at - 1 : at + 2] = [before + '{"tags":{"karpenter.sh/discovery":"1"}' + after]


def _with_pods(more: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Return a change that adds a job."""

    def change(template: dict[str, Any]) -> None:
        sibling = next(x for x in template["Resources"].values() if x["Type"] == MANIFEST)
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "alone", "namespace": "default"},
            "spec": {"template": {"spec": {**ONCE, **more}}},
        }
        template["Resources"]["Added"] = {
            **sibling,
            "Properties": {
                **sibling["Properties"],
                "Manifest": json.dumps([job]),
                "PruneLabel": "",
            },
            "Metadata": {"aws:cdk:path": "Added"},
        }

    return change


MUTATIONS = (
    _class(
        "EXPOSE4",
        "a volume of Karpenter's nodes in plain",
        DISK,
        DISK.replace("true", "false", 1),
        "blockDeviceMappings[1].ebs.encrypted",
        "encrypted: true",
    ),
    _class(
        "EXPOSE18",
        "Karpenter's nodes are public",
        '"metadataOptions":',
        '"associatePublicIPAddress":true,"metadataOptions":',
        "associatePublicIPAddress",
        "Remove associatePublicIPAddress",
    ),
    _class(
        "EXPOSE3",
        "IMDSv1 on Karpenter's nodes",
        '"httpTokens":"required"',
        '"httpTokens":"optional"',
        "IMDSv1",
        "httpTokens",
    ),
    _class(
        "EXPOSE3",
        "two hops on Karpenter's nodes",
        '"httpPutResponseHopLimit":1',
        '"httpPutResponseHopLimit":2',
        "hop limit",
        "httpPutResponseHopLimit: 1",
    ),
    _class(
        "VERSION4",
        "no such image any more",
        "bottlerocket@v1.50.0",
        "al2@v20250601",
        "al2@v20250601",
        "al2023@",
    ),
    _class(
        "VERSION4",
        "no such family any more",
        '"amiSelectorTerms":[{"alias":"bottlerocket@v1.50.0"}]',
        '"amiFamily":"AL2","amiSelectorTerms":[{"name":"amazon-eks-node-1.32-*"}]',
        "AL2",
        "al2023@",
    ),
    _pool(
        "KUBE23",
        "no such class",
        "AutoMode",
        '"name":"large-disk"',
        '"name":"large-disc"',
        "NodeClass/large-disc",
        "Name an object",
    ),
    _pool(
        "NODES9",
        "a label of Karpenter in Auto Mode",
        "AutoMode",
        "eks.amazonaws.com/instance-family",
        "karpenter.k8s.aws/instance-family",
        f"{FAMILY} karpenter.k8s.aws/instance-family",
        "eks.amazonaws.com/",
    ),
    _pool(
        "NODES9",
        "a label of Auto Mode for Karpenter",
        "Karpenter",
        "karpenter.k8s.aws/instance-family",
        "eks.amazonaws.com/instance-family",
        f"{FAMILY} eks.amazonaws.com/instance-family",
        "karpenter.k8s.aws/",
    ),
    _pool(
        "NODES9",
        "another architecture than the families",
        "Karpenter",
        '"requirements":[',
        '"requirements":[{"key":"kubernetes.io/arch","operator":"In","values":["amd64"]},',
        "requirements",
        "kubernetes.io/arch",
    ),
    _pool(
        "NODES9",
        "more nodes than the limit",
        "AutoMode",
        '"replicas":2',
        '"replicas":5',
        "replicas 5",
        "Raise limits.nodes",
    ),
    _class(
        "NODES1",
        "Bottlerocket with no disk for data",
        '"deviceName":"/dev/xvdb"',
        '"deviceName":"/dev/sdb"',
        "blockDeviceMappings",
        "/dev/xvdb",
    ),
    _pool(
        "KUBE23",
        "no such class of Karpenter",
        "Karpenter",
        '"name":"default"',
        '"name":"defualt"',
        "EC2NodeClass/defualt",
        "Name an object",
    ),
    _class(
        "NODES1",
        "a root disk smaller than the image",
        "bottlerocket@v1.50.0",
        "al2023@v20261015",
        "blockDeviceMappings[0].ebs.volumeSize 4Gi",
        "20 GiB",
    ),
    _pool(
        "NODES9",
        "a budget without an end",
        "AutoMode",
        ',"duration":"10h"',
        "",
        "disruption.budgets[1].duration",
        "definition",
    ),
    _pool(
        "NODES9",
        "a budget without a beginning",
        "AutoMode",
        '"schedule":"0 8 * * mon-fri",',
        "",
        "disruption.budgets[1].schedule",
        "definition",
    ),
    _pool(
        "NODES9",
        "a budget of seconds",
        "AutoMode",
        '"10h"',
        '"30s"',
        "disruption.budgets[1].duration 30s",
        "definition",
    ),
    _pool(
        "NODES9",
        "a budget of a word",
        "AutoMode",
        '"nodes":"10%"',
        '"nodes":"ten"',
        "disruption.budgets[0].nodes ten",
        "definition",
    ),
    _class(
        "NODES9",
        "a class of two roles",
        '"amiSelectorTerms":',
        '"role":"nodes","amiSelectorTerms":',
        "role nodes",
        "definition of the kind",
    ),
    *(
        _pool("NODES9", f"a pool with {value}", "Karpenter", old, new, value, fix)
        for old, new, value, fix in (
            ('"spot","on-demand"', '"on_demand"', "capacity type", "definition of the kind"),
            ('"large","xlarge","2xlarge"', '"2large"', "requirements", "a type meets them all"),
            ('"consolidateAfter":"1m"', "", "disruption.consolidateAfter", "definition"),
            ('"limits":', '"weight":200,"limits":', "weight 200", "definition"),
            ('"cpu":"32"', '"cpu":"1"', "limits.cpu", "Raise limits.cpu"),
            ('"cpu":"32"', '"cpu":"32","memory":"64Mi"', "limits.memory", "Raise limits.memory"),
            ('"1m"', '"1 minute"', "disruption.consolidateAfter 1 minute", "definition"),
            ('"10m"', '"Never"', "template.spec.terminationGracePeriod Never", "definition"),
            (
                '"terminationGracePeriod"',
                '"expireAfter":"30d","terminationGracePeriod"',
                "template.spec.expireAfter 30d",
                "definition",
            ),
            (
                '"requirements":[',
                '"requirements":[{"key":"topology.kubernetes.io/zone","operator":"In","values":["us-east-1a"]},',
                "zones",
                "zones of the region",
            ),
            (
                '"requirements":[',
                '"taints":[{"key":"a","effect":"NoSchedulee"}],"requirements":[',
                "template.spec.taints[0].effect NoSchedulee",
                "definition",
            ),
            (
                '"template":{',
                '"template":{"metadata":{"labels":{"node-role.kubernetes.io/web":"x"}},',
                "template.metadata.labels[node-role.kubernetes.io/web] node-role.kubernetes.io/web",
                "prefix of your own",
            ),
        )
    ),
    Mutation(
        rule="NODES4",
        name="built-in pools without a role",
        environment="AutoMode",
        change=in_resource(
            "Cluster", "AWS::EKS::Cluster", lambda each: each["ComputeConfig"].pop("NodeRoleArn")
        ),
        value="ComputeConfig.NodeRoleArn",
        fix="NodeRoleArn",
    ),
    Mutation(
        rule="VERSION18",
        name="definitions of an older Karpenter",
        environment="Karpenter",
        change=in_resource(
            "Cluster",
            "Custom::AWSCDK-EKS-HelmChart",
            lambda chart: chart.update(Version="1.9.0"),
            path="/Definitions/",
        ),
        value="Version 1.9.0",
        fix="the version of karpenter",
    ),
    Mutation(
        rule="CFN1",
        name="a profile of two roles",
        environment="Karpenter",
        change=in_resource(
            "Cluster", "AWS::IAM::InstanceProfile", lambda each: each["Roles"].append("Other")
        ),
        value="Roles",
        fix="shorten the value",
    ),
    _pool(
        "NODES9",
        "more values than there are",
        "Karpenter",
        '"operator":"In","values":["m7g"',
        '"operator":"In","minValues":5,"values":["m7g"',
        "template.spec.requirements[0].minValues 5",
        "the definition of the kind",
    ),
    _pool(
        "NODES9",
        "a taint that nobody takes off",
        "Karpenter",
        '"terminationGracePeriod"',
        '"startupTaints":[{"key":"node.cilium.io/agent-not-ready","effect":"NoExecute"}],'
        '"terminationGracePeriod"',
        "template.spec.startupTaints[0].key node.cilium.io/agent-not-ready",
        "what removes it",
    ),
    *(
        _pool("NODES9", f"{what}, since v1", "Karpenter", *change, value, fix)
        for what, change, value, fix in (
            (
                "a policy has another name",
                (
                    '"consolidateAfter"',
                    '"consolidationPolicy":"WhenUnderutilized","consolidateAfter"',
                ),
                "disruption.consolidationPolicy WhenUnderutilized",
                "the definition of the kind",
            ),
            (
                "the kubelet is the class's",
                (
                    '"terminationGracePeriod"',
                    '"kubelet":{"maxPods":30},"terminationGracePeriod"',
                ),
                "kubelet",
                "into the EC2NodeClass",
            ),
        )
    ),
    _class(
        "NODES9",
        "a family that v1 doesn't know",
        '"amiSelectorTerms"',
        '"amiFamily":"Ubuntu","amiSelectorTerms"',
        "amiFamily Ubuntu",
        "the definition of the kind",
    ),
    Mutation(
        rule="NODES9",
        name="the ARN of a role for its name",
        environment="AutoMode",
        change=in_resource("Cluster", MANIFEST, _by_arn, path="/NodeClass-large-disk/NodeClass/"),
        value="NodeClass/large-disk role",
        fix="the role's name",
    ),
    *(
        Mutation(
            rule=rule,
            name=f"subnets of the tag {tag}",
            environment="Karpenter",
            change=in_resource("Cluster", MANIFEST, _by_tag(tag), path="/EC2NodeClass-default/"),
            value=value,
            fix=fix,
        )
        for rule, tag, value, fix in (
            ("NODES9", "karpenter.sh/discovery", "EC2NodeClass/default no subnet", "give them"),
            (
                *("REACH1", "kubernetes.io/role/elb"),
                *("NetworkPublicASubnet6F57B779:ecr.api", "Give the network"),
            ),
        )
    ),
    *(
        Mutation(
            rule="NODES9",
            name=f"groups of a tag that none has: {environment}",
            environment=environment,
            change=in_resource("Cluster", MANIFEST, _groups_by_tag, path=path),
            value=f"{name} no security group",
            fix="aws:eks:cluster-name",
        )
        for environment, path, name in (
            ("Karpenter", "/EC2NodeClass-default/", "EC2NodeClass/default"),
            ("AutoMode", "/NodeClass-large-disk/NodeClass/", "NodeClass/large-disk"),
        )
    ),
    *(
        Mutation(
            rule="REACH12",
            name=f"the nodes of a class outside the cluster's security group: {environment}",
            environment=environment,
            change=in_resource("Cluster", MANIFEST, _in_another_group, path=path),
            value=f"control-plane:{name}:10250",
            fix="cluster security group",
        )
        for environment, path, name in (
            ("Karpenter", "/EC2NodeClass-default/", "default"),
            ("AutoMode", "/NodeClass-large-disk/NodeClass/", "large-disk"),
        )
    ),
    *(
        Mutation(
            rule="KUBE22",
            name=f"pods that no pool makes a node for: {environment}, {more}",
            environment=environment,
            change=in_template("Cluster", _with_pods(more)),
            value="Job/alone node",
            fix="add a NodePool",
            also=also,
        )
        for environment, more, also in (
            ("AutoMode", {"nodeSelector": {"karpenter.k8s.aws/instance-category": "c"}}, ()),
            ("Karpenter", {"nodeSelector": {"kubernetes.io/arch": "amd64"}}, ()),
            ("Karpenter", {"nodeSelector": {"team": "a"}}, ()),
        )
    ),
)
