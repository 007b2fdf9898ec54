"""Self-managed nodes that don't start, don't join, take no pods, or are less safe than managed ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.unit.guardrails import environments
from tests.unit.guardrails.mutations import Mutation, found, in_template, without_edge

ENVIRONMENT, GENERAL, BATCH = "SelfManaged", "NodeGroups/General/", "NodeGroups/Batch/"
TEMPLATE, GROUP, ROLE = "LaunchTemplate/Resource", "NodeGroup", "Role/Resource"
Json = dict[str, Any]


def _of(path: str, change: Callable[[Json], object]) -> environments.Change:
    """Return a change of the properties of the resource at a path."""

    def apply(template: Json) -> None:
        _, body = found(template, path)
        change(body["Properties"])

    return apply


def _launch(path: str, change: Callable[[Json], object]) -> environments.Change:
    return _of(path + TEMPLATE, lambda each: change(each["LaunchTemplateData"]))


def _told(path: str, old: str, new: str) -> environments.Change:
    """Return a change of user data, of which old is a part as JSON has it."""

    def change(data: Json) -> None:
        written = json.dumps(data["UserData"])
        assert old in written, f"{path} isn't told {old}"
        data["UserData"] = json.loads(written.replace(old, new))

    return _launch(path, change)


def _disk(path: str, **fields: object) -> environments.Change:
    return _launch(path, lambda data: data["BlockDeviceMappings"][0]["Ebs"].update(fields))


def _without_policy(name: str) -> environments.Change:
    def change(role: Json) -> None:
        kept = [each for each in role["ManagedPolicyArns"] if name not in json.dumps(each)]
        assert len(kept) < len(role["ManagedPolicyArns"])
        role["ManagedPolicyArns"] = kept

    return _of(GENERAL + ROLE, change)


def _minimal(role: Json) -> None:
    name = "policy/AmazonEKSWorkerNode"
    written = json.dumps(role).replace(f"{name}Policy", f"{name}MinimalPolicy")
    role.update(json.loads(written))


def _type(path: str, name: str) -> environments.Change:
    def change(group: Json) -> None:
        group["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"][0]["InstanceType"] = name

    return _of(path + GROUP, change)


def _version(value: object) -> environments.Change:
    def change(group: Json) -> None:
        named = group["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
        named["Version"] = value

    return _of(GENERAL + GROUP, change)


def _trusts_eks(role: Json) -> None:
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"] = "eks.amazonaws.com"


def _without_entry(template: Json) -> None:
    gone, _ = found(template, GENERAL + "AccessEntry")
    del template["Resources"][gone]
    found(template, GENERAL + GROUP)[1]["DependsOn"].remove(gone)


def _in_another_vpc(template: Json) -> None:
    template["Resources"]["Subnet"] = {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"CidrBlock": "10.9.0.0/20", "VpcId": "vpc-0123456789abcdef0"},
        "Metadata": {"aws:cdk:path": "Subnet"},
    }
    group = found(template, GENERAL + GROUP)[1]["Properties"]
    group["VPCZoneIdentifier"].append({"Ref": "Subnet"})


def _kept(template: Json) -> None:
    policy = found(template, GENERAL + GROUP)[1]["UpdatePolicy"]
    policy["AutoScalingRollingUpdate"]["MinInstancesInService"] = 4


def _policy(name: str, **settings: object) -> environments.Change:
    return lambda template: found(template, GENERAL + GROUP)[1].update({name: settings})


def _empty(template: Json) -> None:
    for path in (GENERAL, BATCH):
        sizes = dict.fromkeys(("MinSize", "DesiredCapacity"), "0")
        found(template, path + GROUP)[1]["Properties"].update(sizes)


def _row(  # noqa: PLR0917  # a row
    rule: str,
    name: str,
    change: environments.Change,
    value: str,
    fix: str,
    also: tuple[str, ...] = (),
) -> Mutation:
    return Mutation(rule, name, ENVIRONMENT, in_template("Cluster", change), value, fix, also)


def _image(path: str) -> environments.Change:
    image = f"{{{{resolve:ssm:/aws/service/eks/optimized-ami/{path}/recommended/image_id}}}}"
    return _launch(GENERAL, lambda data: data.update(ImageId=image))


def _metadata(**options: object) -> environments.Change:
    return _launch(GENERAL, lambda data: data["MetadataOptions"].update(options))


def _with_address(data: Json) -> None:
    groups = data.pop("SecurityGroupIds")
    data["NetworkInterfaces"] = [
        {"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": groups}
    ]


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
TAINT = "--max-pods=29\\n      - --register-with-taints=dedicated=x:NoSchedule"
GROUP_PATH = "DataPlane/NodeGroups/General/NodeGroup"
HARDENED, HARDENED_PATH = "NodeGroups/Hardened/", "DataPlane/NodeGroups/Hardened/NodeGroup"
BATCH_PATH = "DataPlane/NodeGroups/Batch/NodeGroup"
SCRIPTS = (
    ("a login", "curl -fsS -u agent:hunter2hunter2 https://example.com/agent.rpm -o agent.rpm"),
    ("a variable", "export DB_PASSWORD=hunter2hunter2"),
    ("an access key", "aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE"),
)

MUTATIONS = (
    _row("ROLE2", "nodes can't pull images", _without_policy("PullOnly"), "ecr:GetAuthorizationToken", "ecr:"),
    _row("ROLE2", "pods get no credentials", _without_policy("WorkerNode"), "eks-auth:AssumeRoleForPodIdentity", "AmazonEKSWorkerNodePolicy"),
    _row("ROLE2", "nodes don't know their name", _of(GENERAL + ROLE, _minimal), "ec2:DescribeInstances", "AmazonEKSWorkerNodePolicy"),
    _row("ROLE1", "instances can't assume their role", _of(GENERAL + ROLE, _trusts_eks), "sts:AssumeRole", "ec2.amazonaws.com"),
    _row("ROLE1", "instances have no role", _launch(GENERAL, lambda x: x.pop("IamInstanceProfile")), "no role", "IamInstanceProfile"),
    _row("EXPOSE6", "nodes administer the account", _of(GENERAL + ROLE, lambda x: x["ManagedPolicyArns"].append(ADMINISTRATOR)), "AdministratorAccess", "Remove the policy"),
    _row("ACCESS10", "the entry is no node's", _of(GENERAL + "AccessEntry", lambda x: x.update(Type="STANDARD")), "STANDARD", "EC2_LINUX", also=("ACCESS8",)),
    _row("ACCESS10", "the entry is of Windows", _of(BATCH + "AccessEntry", lambda x: x.update(Type="EC2_WINDOWS")), "EC2_WINDOWS", "EC2_LINUX"),
    _row("ACCESS10", "the entry is of Auto Mode", _of(GENERAL + "AccessEntry", lambda x: x.update(Type="EC2")), "EC2", "EC2_LINUX", also=("ACCESS9",)),
    _row("ACCESS17", "the role has no entry", _without_entry, "DataPlaneNodeGroupsGeneralRole4F0FE456", "AWS::EKS::AccessEntry"),
    _row("EXPOSE3", "pods reach the credentials of their node", _metadata(HttpPutResponseHopLimit=2), "hop limit", "HttpPutResponseHopLimit"),
    _row("EXPOSE3", "IMDSv1", _metadata(HttpTokens="optional"), "IMDSv1", "HttpTokens"),
    _row("NODES5", "no metadata service", _metadata(HttpEndpoint="disabled"), "MetadataOptions.HttpEndpoint disabled", "HttpEndpoint"),
    _row("EXPOSE4", "a disk isn't encrypted", _disk(BATCH, Encrypted=False), "/dev/xvda", "Encrypted"),
    _row("EXPOSE18", "nodes have public addresses", _launch(GENERAL, _with_address), "NetworkInterfaces[0].AssociatePublicIpAddress", "private subnets"),
    _row("EXPOSE19", "a key opens the nodes", _launch(GENERAL, lambda x: x.update(KeyName="mine")), "KeyName mine", "Session Manager"),
    _row("NET9", "a subnet of another VPC", _in_another_vpc, "vpc-0123456789abcdef0", "one VPC", also=("REACH1",)),
    _row("REACH12", "the VPC's default security group", _launch(GENERAL, lambda x: x.pop("SecurityGroupIds")), "General:control-plane:443", "cluster security group"),
    _row("NODES1", "no disk for images", _launch(BATCH, lambda x: x["BlockDeviceMappings"].pop()), "BlockDeviceMappings", "/dev/xvdb"),
    _row("NODES1", "the disk is smaller than its image", _disk(GENERAL, VolumeSize=8), "/dev/xvda Ebs.VolumeSize 8", "20 GiB"),
    _row("NODES3", "nodeadm joins another cluster", _told(GENERAL, 'name: \\"self-managed', 'name: \\"other'), GROUP_PATH, "NodeConfig"),
    _row("NODES3", "Bottlerocket joins another cluster", _told(BATCH, 'cluster-name = \\"self-managed', 'cluster-name = \\"other'), BATCH_PATH, "NodeConfig"),
    _row("NODES3", "nodeadm isn't told the range of Services", _told(GENERAL, '\\n    cidr: \\"172.20.0.0/16\\"', ""), GROUP_PATH, "NodeConfig"),
    _row("NODES3", "nodeadm is told other Services", _told(GENERAL, 'cidr: \\"172.20.0.0/16', 'cidr: \\"10.100.0.0/16'), GROUP_PATH, "NodeConfig"),
    _row("NODES3", "Bottlerocket is told other Services", _told(BATCH, "172.20.0.10", "10.100.0.10"), BATCH_PATH, "NodeConfig"),
    Mutation("NODES3", "nodes of an own image are told other Services", "EveryKind", in_template("Cluster", _told(HARDENED, 'cidr: \\"172.20.0.0/16', 'cidr: \\"10.100.0.0/16')), HARDENED_PATH, "NodeConfig"),
    Mutation("NODES3", "nodes of an own image aren't told the certificate", "EveryKind", in_template("Cluster", _told(HARDENED, "certificateAuthority", "certificate")), HARDENED_PATH, "NodeConfig"),
    _row("NODES3", "Bottlerocket isn't told the endpoint", _told(BATCH, "api-server", "server"), BATCH_PATH, "NodeConfig"),
    _row("NODES3", "nodes are told nothing", _launch(GENERAL, lambda x: x.pop("UserData")), GROUP_PATH, "NodeConfig", also=("UNCHECKED2",)),
    _row("NODES3", "a script of Amazon Linux 2", _launch(GENERAL, lambda x: x.update(UserData={"Fn::Base64": "#!/bin/bash\n/etc/eks/bootstrap.sh self-managed\n"})), GROUP_PATH, "NodeConfig", also=("UNCHECKED2",)),
    _row("VERSION13", "a rolling update waits for signals", _policy("UpdatePolicy", AutoScalingRollingUpdate={"WaitOnResourceSignals": True, "PauseTime": "PT15M"}), "WaitOnResourceSignals", "cfn-signal"),
    _row("VERSION13", "the creation waits for signals", _policy("CreationPolicy", ResourceSignal={"Count": 3, "Timeout": "PT15M"}), "ResourceSignal", "cfn-signal"),
    _row("NODES3", "nodeadm gets TOML", _launch(GENERAL, lambda x: x.update(UserData="W3NldHRpbmdzXQo=")), GROUP_PATH, "NodeConfig", also=("UNCHECKED2",)),
    *(_row("EXPOSE21", f"user data with {what}", _told(GENERAL, "--//\\n", f"--//\\nContent-Type: text/x-shellscript\\n\\n#!/bin/bash\\n{line}\\n\\n--//\\n"), "UserData", "Secrets Manager") for what, line in SCRIPTS),
    _row("EXPOSE21", "the password of a registry", _told(BATCH, "[settings.kubernetes]", '[[settings.container-registry.credentials]]\\npassword = \\"hunter2hunter2\\"\\n[settings.kubernetes]'), "UserData", "Secrets Manager"),
    _row("NODES7", "a label that the kubelet may not set", _told(BATCH, '\\"workload\\" = \\"batch\\"', '\\"kubernetes.io/role\\" = \\"batch\\"'), "kubernetes.io/role", "prefix of your own"),
    _row("NODES8", "more pods than addresses", _told(GENERAL, "max-pods=29", "max-pods=110"), "m7g.large 110", "Lower max pods"),
    _row("KUBE24", "fewer pods than daemons", _told(GENERAL, "max-pods=29", "max-pods=5"), "m7g.large room", "raise max_pods"),
    _row("KUBE24", "no node at all", _empty, "0 nodes", "desired_size"),
    _row("KUBE22", "a taint that nobody tolerates", _told(GENERAL, "--max-pods=29", TAINT), "Deployment/coredns node", "tolerations"),
    _row("CNI8", "a type of another architecture", _type(GENERAL, "m7i.large"), "m7i.large", "ami_type"),
    _row("VERSION23", "no such type", _type(GENERAL, "m7g.lrge"), "InstanceTypes[0] m7g.lrge", "instance types"),
    _row("VERSION6", "nodes too old", _image("1.32/amazon-linux-2023/arm64/standard"), "1.32", "an image for 1.36"),
    _row("VERSION6", "nodes newer than the control plane", _image("1.37/amazon-linux-2023/arm64/standard"), "1.37", "an image for 1.36"),
    _row("VERSION4", "Amazon Linux 2", _image("1.36/amazon-linux-2-arm64"), "AL2_ARM_64", "AL2023"),
    _row("VERSION20", "a version that stays", _version("1"), "LaunchTemplate.Version 1", "LatestVersionNumber"),
    _row("VERSION13", "more nodes than the maximum", _of(GENERAL + GROUP, lambda x: x.update(DesiredCapacity="9")), "ScalingConfig.DesiredSize 9", "max_size"),
    _row("VERSION13", "fewer nodes than the minimum", _of(GENERAL + GROUP, lambda x: x.update(MinSize="4")), "ScalingConfig.DesiredSize 3", "min_size"),
    _row("VERSION13", "an update keeps as many nodes as the maximum", _kept, "MinInstancesInService 4", "Raise MaxSize"),
    Mutation("ORDER12", "nodes before their entry", ENVIRONMENT, without_edge("Cluster", GENERAL + GROUP, GENERAL + "AccessEntry"), "DataPlaneNodeGroupsGeneralAccessEntry36E659C0", "node.add_dependency()"),
    Mutation("ORDER1", "nodes before the VPC CNI", ENVIRONMENT, without_edge("Cluster", GENERAL + GROUP, "VpcCni/AddOn/Resource"), "vpc-cni", "node.add_dependency()"),
    Mutation("ORDER4", "CoreDNS before nodes", ENVIRONMENT, without_edge("Cluster", "CoreDns/Resource", GENERAL + GROUP), "DataPlaneNodeGroupsGeneralNodeGroupFFD8328F", "node.add_dependency()"),
)  # fmt: skip
