"""Roles of Karpenter, and of the nodes that it and Auto Mode make: nothing starts, or nothing joins."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template, without_edge

ENTRY = "AWS::EKS::AccessEntry"
CHART = "Custom::AWSCDK-EKS-HelmChart"
Json = dict[str, Any]


def _permission(action: str) -> Callable[[Json], None]:
    """Return a change that takes an action out of the policies of Karpenter."""

    def change(policy: Json) -> None:
        for each in policy["PolicyDocument"]["Statement"]:
            named = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
            each["Action"] = [one for one in named if one != action] or ["ec2:DescribeVpcs"]

    return change


def _karpenter(action: str, policy: str) -> Mutation:
    return Mutation(
        rule="ROLE8",
        name=f"Karpenter may not {action}",
        environment="Karpenter",
        change=in_resource(
            "Cluster", "AWS::IAM::ManagedPolicy", _permission(action), path=f"/Karpenter/{policy}/"
        ),
        value=action,
        fix="Karpenter/Cluster/Karpenter/Role/Resource",
    )


def _told(old: str, new: str) -> Callable[[Json], None]:
    """Return a change of a chart's values, of their text or of a function in it."""

    def change(chart: Json) -> None:
        written = json.dumps(chart["Values"])
        pairs = [(json.dumps(old)[1:-1], json.dumps(new)[1:-1]), (old, new)]
        before, after = next(each for each in pairs if each[0] in written)
        chart["Values"] = json.loads(written.replace(before, after))

    return change


def _of_another_cluster(policy: Json) -> None:
    for each in policy["PolicyDocument"]["Statement"]:
        for tests in each.get("Condition", {}).values():
            for key in [key for key in tests if "/kubernetes.io/cluster/" in key]:
                tests[key.replace("cluster/karpenter", "cluster/another")] = tests.pop(key)


def _with_ec2_alone(template: Json) -> None:
    for path in ("/Karpenter/NodeLifecycle/", "/Karpenter/Discovery/"):
        found(template, path)[1]["Properties"].pop("Roles")
    role = found(template, "/Karpenter/Role/Resource")[1]["Properties"]
    role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AmazonEC2FullAccess"]


def _with_another_class(template: Json) -> None:
    role, _ = found(template, "/NodeGroups/System/Role/")
    _, own = found(template, "/EC2NodeClass-default/")
    parts = json.loads(
        json.dumps(own["Properties"]["Manifest"]["Fn::Join"][1])
        .replace('\\"name\\":\\"default\\"', '\\"name\\":\\"other\\"')
        .replace('\\"instanceProfile\\"', '\\"role\\"')
    )
    profile = next(n for n, each in enumerate(parts) if "InstanceProfile" in str(each))
    parts[profile] = {"Ref": role}
    properties = {**own["Properties"], "Manifest": {"Fn::Join": ["", parts]}}
    # Each manifest has a label of its own, by which kubectl prunes.
    label = properties["PruneLabel"]
    properties = json.loads(json.dumps(properties).replace(label, f"{label}0"))
    own = {**own, "Properties": properties}
    template["Resources"]["Other"] = {**own, "Metadata": {"aws:cdk:path": "Other"}}


def _without_entry(template: Json) -> None:
    gone, _ = found(template, "/NodeClass-large-disk/AccessEntry")
    del template["Resources"][gone]
    for body in template["Resources"].values():
        body["DependsOn"] = [each for each in body.get("DependsOn", ()) if each != gone]


def _without_policy(role: Json) -> None:
    role["ManagedPolicyArns"] = role["ManagedPolicyArns"][:1]


def _as_linux(entry: Json) -> None:
    del entry["AccessPolicies"]
    entry["Type"] = "EC2_LINUX"


def _of_another(policy: Json) -> None:
    for each in policy["PolicyDocument"]["Statement"][1:]:
        each["Principal"] = {"Service": "sqs.amazonaws.com"}


def _of_nothing(rule: Json) -> None:
    rule["EventPattern"]["source"] = ["nothing"]


def _pass_another(policy: Json) -> None:
    *_, passing = policy["PolicyDocument"]["Statement"]
    assert passing["Action"] == "iam:PassRole"
    passing["Resource"] = {"Fn::GetAtt": ["ControlPlaneRoleC1F9F2DA", "Arn"]}


def _statement(sid: str, change: Callable[[Json], object]) -> Callable[[Json], None]:
    """Return a change of a statement of Karpenter's policies."""

    def apply(policy: Json) -> None:
        change(next(x for x in policy["PolicyDocument"]["Statement"] if x["Sid"] == sid))

    return apply


def _tags(**tests: object) -> Callable[[Json], object]:
    return lambda statement: statement["Condition"]["StringEquals"].update(tests)


def _of_role(template: Json) -> None:
    """Let the class name the role of its nodes, of which Karpenter then makes an instance profile."""
    manifest = found(template, "/EC2NodeClass-default/")[1]["Properties"]["Manifest"]["Fn::Join"][1]
    profile = next(n for n, each in enumerate(manifest) if "InstanceProfile" in str(each))
    manifest[profile] = {"Ref": found(template, "/Karpenter/Nodes/Role/")[0]}
    manifest[profile - 1] = manifest[profile - 1].replace("instanceProfile", "role")


def _with_key(path: str, old: str, field: str) -> Callable[[Json], None]:
    """Return a change of an object that names a key of which only the account has a policy."""

    def change(template: Json) -> None:
        root = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
        policy = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
        template["Resources"]["Volumes"] = {
            "Type": "AWS::KMS::Key",
            "Properties": {
                "EnableKeyRotation": True,
                "KeyPolicy": {"Version": "2012-10-17", "Statement": [policy]},
            },
            "Metadata": {"aws:cdk:path": "Volumes"},
        }
        own = found(template, path)[1]["Properties"]
        manifest = own["Manifest"]
        parts = manifest["Fn::Join"][1] if isinstance(manifest, dict) else [manifest]
        at = next(n for n, each in enumerate(parts) if old in str(each))
        before, after = parts[at].split(old, 1)
        key = {"Fn::GetAtt": ["Volumes", "Arn"]}
        parts[at : at + 1] = [f'{before}{old}"{field}":"', key, f'",{after}']
        own["Manifest"] = {"Fn::Join": ["", parts]}

    return change


MUTATIONS = (
    *(
        Mutation(
            rule="ROLE8",
            name=f"Karpenter may not tag what it makes: {name}",
            environment="Karpenter",
            change=in_resource(
                "Cluster",
                "AWS::IAM::ManagedPolicy",
                _statement(sid, change),
                path="/Karpenter/NodeLifecycle/",
            ),
            value="ec2:CreateTags",
            fix=fix,
        )
        for name, sid, change, fix in (
            (
                "a tag of another cluster",
                "AllowScopedResourceCreationTagging",
                _tags(**{"aws:RequestTag/eks:eks-cluster-name": "other"}),
                "aws:requesttag/eks:eks-cluster-name karpenter",
            ),
            (
                "only as it starts instances",
                "AllowScopedResourceCreationTagging",
                _tags(**{"ec2:CreateAction": ["RunInstances"]}),
                "ec2:createaction CreateFleet",
            ),
            (
                "not later",
                "AllowScopedResourceTagging",
                lambda statement: statement.update(Effect="Deny", Action="ec2:CreateVpc"),
                "karpenter.sh/nodeclaim",
            ),
        )
    ),
    Mutation(
        rule="ROLE8",
        name="Karpenter may make no instance profile for a class with a role",
        environment="Karpenter",
        change=in_template("Cluster", _of_role),
        value="iam:CreateInstanceProfile",
        fix="iam:AddRoleToInstanceProfile",
    ),
    Mutation(
        rule="ROLE3",
        name="Karpenter may pass any role to EC2",
        environment="Karpenter",
        change=in_resource(
            "Cluster",
            "AWS::IAM::ManagedPolicy",
            _statement("AllowPassingInstanceRole", lambda x: x.update(Resource="*")),
            path="/Karpenter/NodeLifecycle/",
        ),
        value="iam:PassRole",
        fix="Name the actions and the resources",
    ),
    *(
        Mutation(
            rule=rule,
            name=f"a key of {name} that nobody may use",
            environment=environment,
            change=in_template("Cluster", _with_key(path, old, field)),
            value="kms:CreateGrant",
            fix="key's policy",
            # Production's own keys are retained.
            also=("EXPOSE12",),
        )
        for rule, name, environment, path, old, field in (
            ("ROLE8", "volumes", "Prod", "/DefaultStorageClass/", '"parameters":{', "kmsKeyId"),
            ("ROLE2", "volumes", "AutoMode", "AutoMode/StorageClass", '"parameters":{', "kmsKeyId"),
            ("ROLE8", "nodes", "Karpenter", "/EC2NodeClass-default/", '"ebs":{', "kmsKeyID"),
            (
                "ROLE2",
                "nodes",
                "AutoMode",
                "large-disk/NodeClass/",
                '"ephemeralStorage":{',
                "kmsKeyID",
            ),
        )
    ),
    Mutation(
        rule="ROLE10",
        name="nobody tells Karpenter of interruptions",
        environment="Karpenter",
        change=in_resource("Cluster", "AWS::SQS::QueuePolicy", _of_another),
        value="KarpenterInterruptionsQueue1F0E67B5",
        fix="events.amazonaws.com",
    ),
    Mutation(
        rule="ROLE8",
        name="Karpenter may pass another role",
        environment="Karpenter",
        change=in_resource(
            "Cluster", "AWS::IAM::ManagedPolicy", _pass_another, path="NodeLifecycle"
        ),
        value="iam:PassRole",
        fix="KarpenterNodesRole",
    ),
    Mutation(
        rule="ROLE10",
        name="a queue with a key of AWS's own",
        environment="Karpenter",
        change=in_resource(
            "Cluster",
            "AWS::SQS::Queue",
            lambda queue: queue.update(SqsManagedSseEnabled=False, KmsMasterKeyId="alias/aws/sqs"),
        ),
        value="KarpenterInterruptionsQueue1F0E67B5 key",
        fix="a key of your own",
    ),
    Mutation(
        rule="ROLE8",
        name="Karpenter may only start nodes of another cluster",
        environment="Karpenter",
        change=in_resource(
            "Cluster", "AWS::IAM::ManagedPolicy", _of_another_cluster, path="NodeLifecycle"
        ),
        value="ec2:CreateFleet",
        fix="aws:requesttag/kubernetes.io/cluster/karpenter",
    ),
    Mutation(
        rule="ROLE8",
        name="Karpenter may use all of EC2, but pass no role and read no queue",
        environment="Karpenter",
        change=in_template("Cluster", _with_ec2_alone),
        value="iam:PassRole",
        fix="sqs:ReceiveMessage",
    ),
    Mutation(
        rule="ROLE8",
        name="Karpenter may not pass the role of another class",
        environment="Karpenter",
        change=in_template("Cluster", _with_another_class),
        value="iam:PassRole",
        fix="DataPlaneNodeGroupsSystemRole",
    ),
    *(
        Mutation(
            rule="VERSION17",
            name=f"Karpenter's chart with another {new}",
            environment="Karpenter",
            change=in_resource("Cluster", CHART, _told(old, new), path="/Karpenter/Controller/"),
            value=value,
            fix=fix,
            also=("ROLE8",),
        )
        for old, new, value, fix in (
            (
                *('"QueueName"', '"Arn"', "Values.settings.interruptionQueue"),
                "the queue's name",
            ),
            (
                '"value":"eu-west-1"',
                '"value":"eu-west-3"',
                "Values.controller.env[0].value eu-west-3",
                "the region of the cluster",
            ),
        )
    ),
    *(
        Mutation(
            rule="ROLE10",
            name=f"no event has the source of {path}",
            environment="Karpenter",
            change=in_resource("Cluster", "AWS::Events::Rule", _of_nothing, path=path),
            value="EventPattern.source[0] nothing",
            fix="Write the source",
            also=("VERSION17",),
        )
        for path in ("SpotInterruption", "ScheduledChange")
    ),
    Mutation(
        rule="KUBE29",
        name="two pods of Karpenter and one node",
        environment="Karpenter",
        change=in_resource(
            "Cluster",
            "AWS::EKS::Nodegroup",
            lambda group: group["ScalingConfig"].update(MinSize=1, DesiredSize=1),
        ),
        value="replicas 2",
        fix="Raise desired_size",
    ),
    *(_karpenter(f"ec2:{each}", "NodeLifecycle") for each in ("CreateFleet", "TerminateInstances")),
    _karpenter("iam:PassRole", "NodeLifecycle"),
    _karpenter("sqs:ReceiveMessage", "Discovery"),
    Mutation(
        rule="ACCESS17",
        name="a class of Auto Mode whose nodes nobody lets in",
        environment="AutoMode",
        change=in_template("Cluster", _without_entry),
        value="DataPlaneAutoModeNodeClasslargediskRoleFD78F8A5",
        fix="AmazonEKSAutoNodePolicy",
    ),
    Mutation(
        rule="ACCESS10",
        name="nodes of Auto Mode as Linux nodes",
        environment="AutoMode",
        change=in_resource("Cluster", ENTRY, _as_linux, path="/NodeClass-large-disk/"),
        value="EC2_LINUX",
        fix="EC2",
    ),
    Mutation(
        rule="ORDER12",
        name="a class before its nodes may join",
        environment="AutoMode",
        change=without_edge(
            "Cluster", "/NodeClass-large-disk/NodeClass/", "/NodeClass-large-disk/AccessEntry"
        ),
        value="DataPlaneAutoModeNodeClasslargediskAccessEntry8C65739B",
        fix="node.add_dependency",
    ),
    Mutation(
        rule="ROLE2",
        name="nodes of Karpenter can't pull images",
        environment="Karpenter",
        change=in_resource("Cluster", "AWS::IAM::Role", _without_policy, path="/Nodes/Role/"),
        value="ecr:GetAuthorizationToken",
        fix="AmazonEC2ContainerRegistryPullOnly",
    ),
    Mutation(
        rule="EXPOSE6",
        name="nodes of Karpenter may do anything",
        environment="Karpenter",
        change=in_resource(
            "Cluster",
            "AWS::IAM::Role",
            lambda role: role["ManagedPolicyArns"].append(
                "arn:aws:iam::aws:policy/AdministratorAccess"
            ),
            path="/Nodes/Role/",
        ),
        value="AdministratorAccess",
        fix="node role",
    ),
    Mutation(
        rule="ROLE2",
        name="nobody gives pods on Windows addresses",
        environment="Windows",
        change=in_resource(
            "Cluster", "AWS::IAM::Role", _without_policy, path="/ControlPlane/Role/"
        ),
        value="ec2:AssignPrivateIpAddresses",
        fix="AmazonEKSVPCResourceController",
    ),
)
