"""Who must be able to assume the roles of the real environments, what they must allow, and what not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template, with_object

ROLE, POLICY, MANAGED = "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"
ADD_ON, ASSOCIATION = "AWS::EKS::Addon", "AWS::EKS::PodIdentityAssociation"
NODES = "/NodeGroups/General/Role/"
CLUSTER = "/ControlPlane/Role/"
FARGATE = "/Fargate/PodExecutionRole/Resource"
HANDLER = "/KubectlProvider/Handler/ServiceRole/"
FRAMEWORK = "/framework-onEvent/ServiceRole/"
CNI = "/VpcCni/AddOn/"
CONTROLLER = "/LoadBalancerController/"
READER = "/ReadOnlyRole/Resource"

Change = Callable[[dict[str, Any]], object]


def _says(old: str, new: str) -> Change:
    """Return a change that replaces a text wherever it stands in the properties."""

    def change(properties: dict[str, Any]) -> None:
        written = json.dumps(properties)
        assert old in written
        changed = json.loads(written.replace(old, new))
        properties.clear()
        properties.update(changed)

    return change


def _denies_elsewhere(role: dict[str, Any]) -> None:
    """Deny what is not called in a region, which is another one."""
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}
    denied = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": elsewhere}
    role["Policies"] = [{"PolicyName": "Regions", "PolicyDocument": {"Statement": [denied]}}]


def _reads(action: str, resource: str) -> Change:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    policy = {"PolicyName": "Data", "PolicyDocument": {"Statement": [statement]}}
    return lambda role: role.update(Policies=[policy])


def _trusts(service: str) -> Change:
    return lambda role: _trust(role).update(Principal={"Service": service})


def _if(**condition: object) -> Change:
    return lambda role: _trust(role).update(Condition=condition)


def _trust(role: dict[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = role["AssumeRolePolicyDocument"]["Statement"][0]
    return statement


def _without(policy: str) -> Change:
    def change(role: dict[str, Any]) -> None:
        role["ManagedPolicyArns"] = [
            each for each in role["ManagedPolicyArns"] if policy not in json.dumps(each)
        ]

    return change


def _with(policy: str) -> Change:
    arn = f"arn:aws:iam::aws:policy/{policy}"
    return lambda role: role.setdefault("ManagedPolicyArns", []).append(arn)


def _with_boundary(policy: str) -> Change:
    return lambda role: role.update(PermissionsBoundary=f"arn:aws:iam::aws:policy/{policy}")


def _allows(action: object, *, effect: str = "Allow") -> Change:
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    policy = {"PolicyName": "More", "PolicyDocument": {"Statement": [statement]}}
    return lambda role: role.setdefault("Policies", []).append(policy)


def _statement(**changes: object) -> Change:
    return lambda policy: policy["PolicyDocument"]["Statement"][0].update(changes)


def _nodes_of(attribute: str) -> Change:
    role = "DataPlaneNodeGroupsGeneralRole4F0FE456"
    value = {"Fn::GetAtt": [role, attribute]} if attribute else {"Ref": role}
    return lambda group: group.update(NodeRole=value)


Row = tuple[str, str, str, str, str, Change, str, str]
"""Rule, name, environment, type and path of the resource, change, value and a part of the fix."""


ALSO = {
    # The account that needs the role is then without.
    "an add-on's account that no pod uses": ("ROLE6",),
    "the controller runs in another namespace": ("ROLE6",),
}


def _row(row: Row, stack: str = "Cluster") -> Mutation:
    rule, name, environment, kind, path, change, value, fix = row
    return Mutation(
        rule=rule,
        name=name,
        environment=environment,
        change=in_resource(stack, kind, change, path=path),
        value=value,
        fix=fix,
        also=ALSO.get(name, ()),
    )


def _no_association(template: dict[str, Any]) -> None:
    logical_id, _ = found(template, f"{CONTROLLER}PodIdentityAssociation")
    del template["Resources"][logical_id]


def _twice(template: dict[str, Any]) -> None:
    body = next(each for each in template["Resources"].values() if each["Type"] == ASSOCIATION)
    template["Resources"]["Added"] = {**body, "Metadata": {"aws:cdk:path": "Added"}}


def _account(annotations: dict[str, str]) -> Callable[[Environment], Environment]:
    """Return a change that adds a service account with these annotations."""
    named = {"name": "added", "namespace": "default", "annotations": annotations}
    return with_object({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named})


def _other_account(template: dict[str, Any]) -> None:
    kind = "Custom::AWSCDKCfnJson"
    body = next(each for each in template["Resources"].values() if each["Type"] == kind)
    _says("sample-podinfo:podinfo", "sample-podinfo:other")(body["Properties"])


ASSUME = "sts:AssumeRole"
OTHER_CLUSTER = "arn:aws:eks:eu-west-1:*:cluster/other"
# fmt: off
ROWS: tuple[Row, ...] = (
    ("ROLE1", "nodes: EKS, not EC2, may assume", "Dev", ROLE, NODES, _trusts("eks.amazonaws.com"), ASSUME, "let ec2.amazonaws.com"),
    ("ROLE1", "nodes: the wrong action", "Prod", ROLE, NODES, lambda role: _trust(role).update(Action="sts:AssumeRoleWithSAML"), ASSUME, "let ec2.amazonaws.com"),
    ("ROLE1", "nodes: the role's name", "Dev", "AWS::EKS::Nodegroup", "", _nodes_of(""), "name", "Fn::GetAtt"),
    ("ROLE1", "cluster: EC2 may assume", "Dev", ROLE, CLUSTER, _trusts("ec2.amazonaws.com"), ASSUME, "let eks.amazonaws.com"),
    ("ROLE1", "cluster: for another cluster", "Prod", ROLE, CLUSTER, _if(ArnLike={"aws:SourceArn": OTHER_CLUSTER}), ASSUME, "cluster/groundwork-prod"),
    ("ROLE1", "Fargate: EC2 may assume", "Dev", ROLE, FARGATE, _trusts("ec2.amazonaws.com"), ASSUME, "let eks-fargate-pods.amazonaws.com"),
    ("ROLE1", "Fargate: for another cluster", "Prod", ROLE, FARGATE, _says("groundwork-prod", "groundwork-dev"), ASSUME, "fargateprofile/groundwork-prod"),
    ("ROLE1", "Fargate: a wildcard where none counts", "Prod", ROLE, FARGATE, _says("ArnLike", "StringEquals"), ASSUME, "fargateprofile/groundwork-prod"),
    ("ROLE1", "Fargate: of another region", "Dev", ROLE, FARGATE, _says("eu-west-1", "us-east-1"), ASSUME, "eu-west-1"),
    ("ROLE1", "function: EC2 may assume", "Dev", ROLE, HANDLER, _trusts("ec2.amazonaws.com"), ASSUME, "let lambda.amazonaws.com"),
    ("ACCESS6", "for another cluster", "Dev", ROLE, "/EbsCsiDriver/Role/", _if(StringEquals={"aws:SourceArn": OTHER_CLUSTER}), ASSUME, "cluster/groundwork-dev"),
    ("ROLE2", "nodes can't pull images", "Dev", ROLE, NODES, _without("ContainerRegistry"), "ecr:GetAuthorizationToken", "AmazonEC2ContainerRegistryPullOnly"),
    ("ROLE2", "nodes are denied images", "Prod", ROLE, NODES, _allows("ecr:*", effect="Deny"), "ecr:GetAuthorizationToken", "ecr:BatchGetImage"),
    ("ROLE2", "nodes get no credentials for pods", "Dev", ROLE, NODES, _without("WorkerNode"), "eks-auth:AssumeRoleForPodIdentity", "AmazonEKSWorkerNodePolicy"),
    ("ROLE2", "the cluster's role allows nothing", "Prod", ROLE, CLUSTER, _without("ClusterPolicy"), "ec2:DescribeInstances", "AmazonEKSClusterPolicy"),
    ("ROLE2", "Fargate can't pull images", "Dev", ROLE, FARGATE, _without("Fargate"), "ecr:GetAuthorizationToken", "AmazonEC2ContainerRegistryPullOnly"),
    ("ROLE2", "Fargate can't write its log group", "Dev", POLICY, "/PodExecutionRole/", _statement(Action="logs:DescribeLogStreams"), "logs:CreateLogStream", "log-group"),
    ("ROLE2", "Fargate may write another log group", "Prod", POLICY, "/PodExecutionRole/", _statement(Resource={"Fn::GetAtt": ["ControlPlaneLogsLogGroup2D01FD92", "Arn"]}), "logs:CreateLogStream", "DataPlaneFargateLogGroup"),
    ("ROLE2", "kubectl can't find the cluster", "Dev", POLICY, HANDLER, _statement(Resource=OTHER_CLUSTER), "eks:DescribeCluster", "cluster/groundwork-dev"),
    ("ROLE2", "kubectl can't connect to its subnets", "Prod", ROLE, HANDLER, _without("VPCAccess"), "ec2:CreateNetworkInterface", "AWSLambdaVPCAccessExecutionRole"),
    ("ROLE2", "the provider can't call its handler", "Prod", POLICY, FRAMEWORK, _statement(Action="lambda:GetFunction"), "lambda:InvokeFunction", "lambda:InvokeFunction"),
    ("ROLE2", "the log group has another name", "Prod", ROLE, "/ControlPlane/Logs/Role", _says("/aws/eks/groundwork-prod", "/aws/eks/other"), "logs:CreateLogGroup", "/aws/eks/groundwork-prod/cluster"),
    ("ROLE2", "nodes may only read", "Prod", ROLE, NODES, _with_boundary("ReadOnlyAccess"), "eks-auth:AssumeRoleForPodIdentity", "within its permissions boundary"),
    ("ROLE2", "the log group's function may only look", "Dev", ROLE, "/ControlPlane/Logs/Role", _with_boundary("SecurityAudit"), "logs:CreateLogGroup", "within its permissions boundary"),
    ("ROLE2", "nodes within one of their own policies", "Prod", ROLE, NODES, _with_boundary("AmazonEKSWorkerNodePolicy"), "ecr:GetAuthorizationToken", "within its permissions boundary"),
    ("ROLE8", "the CNI within a policy about functions", "Dev", ROLE, f"{CNI}Role/", _with_boundary("AWSLambda_ReadOnlyAccess"), "ec2:AttachNetworkInterface", "within its permissions boundary"),
    ("ROLE8", "the CNI may do nothing", "Dev", ROLE, f"{CNI}Role/", _with_boundary("AWSDenyAll"), "ec2:AttachNetworkInterface", "within its permissions boundary"),
    ("ROLE8", "the EBS CSI driver keeps its volumes", "Prod", ROLE, "/EbsCsiDriver/Role/", _allows("ec2:DeleteVolume", effect="Deny"), "ec2:DeleteVolume", "ec2:DeleteVolume"),
    ("ROLE8", "Mountpoint may not list its bucket", "Existing", POLICY, "-mountpoint-s3-csi-driver/", _says("s3:ListBucket", "s3:ListAllMyBuckets"), "s3:ListBucket", "s3:ListBucket"),
    ("ROLE8", "the EFS driver makes no access points", "Existing", ROLE, "-efs-csi-driver/", _allows("elasticfilesystem:Create*", effect="Deny"), "elasticfilesystem:CreateAccessPoint", "CreateAccessPoint"),
    ("ROLE3", "the controller may do everything", "Prod", MANAGED, CONTROLLER, _statement(Action="*", Condition={}), "all actions", "Name the actions"),
    ("ROLE3", "the cluster administers the account", "Dev", ROLE, CLUSTER, _with("AdministratorAccess"), "AdministratorAccess", "Name the actions"),
    ("ROLE2", "objects of a bucket by the bucket's own ARN", "Prod", ROLE, READER, _reads("s3:GetObject", "arn:aws:s3:::data"), "s3:GetObject arn:aws:s3:::data", "BUCKET/*"),
    ("ROLE2", "a bucket by the ARN of its objects", "Dev", ROLE, READER, _reads("s3:ListBucket", "arn:aws:s3:::data/*"), "s3:ListBucket arn:aws:s3:::data/*", "the bucket itself"),
    ("ACCESS6", "a role for the pods of another namespace", "Prod", ROLE, f"{CONTROLLER}Role/", _if(StringEquals={"aws:RequestTag/kubernetes-namespace": "sample"}), "sts:AssumeRole", "kubernetes-namespace kube-system"),
    ("ACCESS6", "an add-on's role for the pods of another namespace", "Prod", ROLE, "/EbsCsiDriver/Role/", _if(StringEquals={"aws:RequestTag/kubernetes-namespace": "sample"}), "sts:AssumeRole", "kubernetes-namespace kube-system"),
    ("ACCESS6", "an add-on's role for another account of pods", "Dev", ROLE, f"{CNI}Role/", _if(StringEquals={"aws:RequestTag/kubernetes-service-account": "vpc-cni"}), "sts:AssumeRole", "kubernetes-service-account aws-node"),
    ("ACCESS6", "an add-on's role for another cluster, by its tag", "Prod", ROLE, "/EbsCsiDriver/Role/", _if(StringEquals={"aws:RequestTag/eks-cluster-name": "groundwork-dev"}), "sts:AssumeRole", "eks-cluster-name groundwork-prod"),
    ("ACCESS6", "the ARN of another cluster, by its tag", "Dev", ROLE, f"{CONTROLLER}Role/", _if(ArnLike={"aws:RequestTag/eks-cluster-arn": OTHER_CLUSTER}), "sts:AssumeRole", "cluster/groundwork-dev"),
    ("ACCESS6", "a tag that no session has", "Prod", ROLE, f"{CONTROLLER}Role/", _if(StringEquals={"aws:RequestTag/team": "platform"}), "sts:AssumeRole", "let pods.eks"),
    ("ACCESS6", "a tag with a slip", "Prod", ROLE, "/EbsCsiDriver/Role/", _if(StringEquals={"aws:RequestTag/namespace": "kube-system"}), "sts:AssumeRole", "let pods.eks"),
    ("ROLE1", "nodes: a tag that EC2 doesn't send", "Dev", ROLE, NODES, _if(StringEquals={"aws:RequestTag/team": "x"}), ASSUME, "unconditionally"),
    ("ROLE1", "Fargate: only through an endpoint", "Prod", ROLE, FARGATE, _if(StringEquals={"aws:SourceVpce": "vpce-0123456789abcdef0"}), ASSUME, "fargateprofile/groundwork-prod"),
    ("ROLE2", "nodes of Auto Mode have this policy", "Dev", ROLE, NODES, _says("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"), "ec2:DescribeInstances", "AmazonEKSWorkerNodePolicy"),
    ("ROLE2", "nodes of Bottlerocket may not look up their name", "Prod", ROLE, NODES, _allows("ec2:Describe*", effect="Deny"), "ec2:DescribeInstances", "out of the Deny"),
    ("ROLE3", "the CNI may pass every role", "Prod", ROLE, f"{CNI}Role/", _allows("iam:PassRole"), "iam:PassRole", "a condition"),
    ("ROLE3", "the CNI may decrypt everything", "Prod", ROLE, f"{CNI}Role/", _allows(["kms:Decrypt"]), "kms:Decrypt", "a condition"),
    ("ROLE3", "the CNI may use a whole service", "Dev", ROLE, f"{CNI}Role/", _allows("sqs:*"), "sqs:*", "Name the actions"),
    ("EXPOSE6", "nodes may push images", "Prod", ROLE, NODES, _with("AmazonEC2ContainerRegistryPowerUser"), "AmazonEC2ContainerRegistryPowerUser", "Remove the policy"),
    ("EXPOSE6", "nodes may pass every role", "Dev", ROLE, NODES, _allows("iam:PassRole"), "iam:PassRole", "Remove the policy"),
    ("ROLE4", "a slip in a policy's name", "Dev", ROLE, NODES, _says("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodesPolicy"), "AmazonEKSWorkerNodesPolicy", "policy/AmazonEKSWorkerNodePolicy"),
    ("ROLE4", "a policy without its path", "Dev", ROLE, "/EbsCsiDriver/Role/", _says("AmazonEBSCSIDriverEKSClusterScopedPolicy", "AmazonEBSCSIDriverPolicy"), "AmazonEBSCSIDriverPolicy", "service-role/AmazonEBSCSIDriverPolicy"),
    ("ROLE4", "a policy of another partition", "Prod", ROLE, NODES, lambda role: role["ManagedPolicyArns"].append("arn:aws-cn:iam::aws:policy/CloudWatchAgentServerPolicy"), "CloudWatchAgentServerPolicy", "managed policy reference"),
    ("ROLE5", "an add-on's account that no pod uses", "Dev", ADD_ON, CNI, lambda add_on: add_on["PodIdentityAssociations"][0].update(ServiceAccount="vpc-cni"), "kube-system/vpc-cni", "the service account"),
    ("ROLE5", "an add-on that takes no association", "Prod", ADD_ON, "/CoreDns/", lambda add_on: add_on.update(PodIdentityAssociations=[{"ServiceAccount": "coredns", "RoleArn": {"Fn::GetAtt": ["PodNetworkingVpcCniAddOnRoleA364BB04", "Arn"]}}]), "kube-system/coredns", "Remove PodIdentityAssociations"),
    ("ROLE5", "the controller runs in another namespace", "Dev", ASSOCIATION, CONTROLLER, lambda one: one.update(Namespace="default"), "default/aws-load-balancer-controller", "the service account"),
    ("ROLE6", "the CNI has no role", "Prod", ADD_ON, CNI, lambda add_on: add_on.pop("PodIdentityAssociations"), "kube-system/aws-node", "Pod Identity"),
    ("ROLE6", "the EBS CSI driver's controller has no role", "Dev", ADD_ON, "/EbsCsiDriver/", lambda add_on: add_on["PodIdentityAssociations"][0].update(ServiceAccount="ebs-csi-node-sa"), "kube-system/ebs-csi-controller-sa", "Pod Identity"),
    ("ROLE8", "the CNI has another policy", "Prod", ROLE, f"{CNI}Role/", _says("AmazonEKS_CNI_Policy", "AmazonEKSWorkerNodePolicy"), "ec2:AttachNetworkInterface", "AmazonEKS_CNI_Policy"),
    ("ROLE8", "a region that isn't theirs is denied to pods", "Prod", ROLE, f"{CNI}Role/", _denies_elsewhere, "ec2:AttachNetworkInterface", "out of the Deny"),
    ("ROLE8", "the controller makes no load balancer", "Dev", MANAGED, CONTROLLER, _says("elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:DescribeLoadBalancers"), "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateLoadBalancer"),
    ("ROLE8", "the controller's tag has another name", "Prod", MANAGED, CONTROLLER, _says("elbv2.k8s.aws/cluster", "elbv2.k8s.aws/name"), "elasticloadbalancing:CreateLoadBalancer", "ec2:DeleteSecurityGroup"),
    ("ROLE8", "the controller's policy is attached to nothing", "Dev", MANAGED, CONTROLLER, lambda policy: policy.pop("Roles"), "ec2:DescribeAvailabilityZones", "elasticloadbalancing:RegisterTargets"),
)
ROWS += (
    ("ROLE1", "nodes: a condition on what EC2 never tells", "Prod", ROLE, NODES, _if(StringEquals={"sts:ExternalId": "x"}), ASSUME, "unconditionally"),
    ("ROLE1", "cluster: calls of another account", "Dev", ROLE, CLUSTER, _if(StringEquals={"aws:SourceAccount": "444455556666"}), ASSUME, "cluster/groundwork-dev"),
    ("ROLE1", "nodes: an instance profile", "Dev", "AWS::EKS::Nodegroup", "", lambda group: group.update(NodeRole="arn:aws:iam::111122223333:instance-profile/nodes"), "arn:aws:iam::111122223333:instance-profile/nodes", "Name an IAM role"),
    ("ROLE3", "people may do what they like", "Prod", ROLE, "/ReadOnlyRole/", _with("AdministratorAccess"), "AdministratorAccess", "Name the actions"),
    ("ROLE3", "readers may delete the cluster", "Dev", POLICY, "/ReadOnlyRole/", _statement(Action=["eks:DescribeCluster", "eks:Delete*"], Resource="*"), "eks:DeleteCluster", "Name the actions"),
    ("ROLE9", "no such version of the language", "Prod", POLICY, "/ReadOnlyRole/", lambda policy: policy["PolicyDocument"].update(Version="2017-10-12"), "PolicyDocument.Version 2017-10-12", "2012-10-17"),
    ("ROLE9", "an effect that isn't one", "Dev", POLICY, "/ReadOnlyRole/", lambda policy: policy["PolicyDocument"]["Statement"].append({"Effect": "DENY", "Action": "s3:*", "Resource": "*"}), "PolicyDocument.Statement[1].Effect DENY", "Allow or Deny"),
    ("ROLE9", "a statement about nothing", "Prod", MANAGED, CONTROLLER, lambda policy: policy["PolicyDocument"]["Statement"].append({"Effect": "Allow", "Action": "shield:DescribeProtection"}), "PolicyDocument.Statement[10].Resource", "Resource"),
    ("ROLE9", "a principal in the policy of a role", "Prod", POLICY, HANDLER, _statement(Principal={"AWS": "*"}), "PolicyDocument.Statement[0].Principal", "Principal"),
    ("ROLE9", "a resource in a trust policy", "Dev", ROLE, "/AdministratorRole/", lambda role: _trust(role).update(Resource="*"), "AssumeRolePolicyDocument.Statement[0].Resource *", "Resource"),
    ("ROLE9", "a service with a slip", "Dev", ROLE, "/AdministratorRole/", lambda role: role["AssumeRolePolicyDocument"]["Statement"].append({"Effect": "Allow", "Action": ASSUME, "Principal": {"Service": "ssm.amazonaws"}}), "AssumeRolePolicyDocument.Statement[1].Principal.Service ssm.amazonaws", "Principal"),
    ("ROLE9", "a session of a day", "Prod", ROLE, "/AdministratorRole/", lambda role: role.update(MaxSessionDuration=86400), "MaxSessionDuration 86400", "Version"),
    ("ROLE3", "the controller deletes what isn't its own", "Prod", MANAGED, CONTROLLER, lambda policy: [each.pop("Condition") for each in policy["PolicyDocument"]["Statement"] if "DeleteLoadBalancer" in str(each)], "elasticloadbalancing:DeleteLoadBalancer", "a condition"),
    ("ROLE3", "Fargate may push images", "Dev", ROLE, FARGATE, _with("AmazonEC2ContainerRegistryPowerUser"), "AmazonEC2ContainerRegistryPowerUser", "Name the actions"),
    ("EXPOSE6", "nodes read every bucket", "Prod", ROLE, NODES, _with("AmazonS3ReadOnlyAccess"), "AmazonS3ReadOnlyAccess", "service_accounts of their workload"),
    ("EXPOSE6", "nodes have the policy that Session Manager once had", "Prod", ROLE, NODES, _with("service-role/AmazonEC2RoleforSSM"), "service-role/AmazonEC2RoleforSSM", "AmazonSSMManagedInstanceCore"),
    ("EXPOSE6", "nodes have a job function", "Prod", ROLE, NODES, _with("job-function/NetworkAdministrator"), "job-function/NetworkAdministrator", "Remove the policy"),
    ("ROLE8", "the controller's targets are in another region", "Prod", MANAGED, CONTROLLER, lambda policy: policy["PolicyDocument"]["Statement"][-1].update(Resource="arn:aws:elasticloadbalancing:us-east-1:*:targetgroup/*/*"), "elasticloadbalancing:RegisterTargets", "eu-west-1"),
    ("ROLE8", "a slip in a condition key", "Dev", MANAGED, CONTROLLER, _says("elasticloadbalancing:CreateAction", "elasticloadbalancing:CreateActions"), "elasticloadbalancing:AddTags", "elasticloadbalancing:createaction CreateLoadBalancer"),
)
NETWORK: tuple[Row, ...] = (
    ("ROLE1", "the flow log's role trusts another service", "Dev", ROLE, "/FlowLog/IAMRole", _trusts("logs.amazonaws.com"), ASSUME, "let vpc-flow-logs.amazonaws.com"),
    ("ROLE2", "the flow log can't be written", "Dev", POLICY, "/FlowLog/IAMRole", _statement(Action="logs:DescribeLogStreams"), "logs:CreateLogStream", "logs:PutLogEvents"),
    ("ROLE2", "nothing may empty the bucket", "Closed", "AWS::S3::BucketPolicy", "", lambda policy: policy["PolicyDocument"]["Statement"].pop(1), "s3:DeleteObject", "s3:ListBucketVersions"),
    ("ROLE2", "old versions stay in the bucket", "Closed", "AWS::S3::BucketPolicy", "", _says("s3:DeleteObject*", "s3:DeleteObject"), "s3:DeleteObjectVersion", "s3:DeleteObjectVersion"),
    ("ROLE2", "nobody may delete from the bucket", "Closed", "AWS::S3::BucketPolicy", "", lambda policy: policy["PolicyDocument"]["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "s3:Delete*", "Resource": "*"}), "s3:DeleteObject", "s3:DeleteObject"),
    ("ROLE1", "the flow log has no role", "Dev", "AWS::EC2::FlowLog", "", lambda log: log.pop("DeliverLogsPermissionArn"), "no role", "DeliverLogsPermissionArn"),
    ("ROLE2", "the default group stays open", "Prod", ROLE, "VpcRestrictDefaultSG", _says("ec2:RevokeSecurityGroupIngress", "ec2:DescribeSecurityGroups"), "ec2:RevokeSecurityGroupIngress", "security-group"),
)
# fmt: on

MUTATIONS = (
    *(_row(row) for row in ROWS),
    *(_row(row, "Network") for row in NETWORK),
    Mutation(
        rule="ROLE6",
        name="the controller has no role",
        environment="Prod",
        change=in_template("Cluster", _no_association),
        value="kube-system/aws-load-balancer-controller",
        fix="Pod Identity",
        also=("CFN2",),
    ),
    Mutation(
        rule="ROLE7",
        name="the token is of another service account",
        environment="Existing",
        change=in_template("Podinfo", _other_account),
        value="sample-podinfo/podinfo",
        fix="system:serviceaccount:sample-podinfo:podinfo",
    ),
    Mutation(
        rule="ROLE7",
        name="tokens are for a regional audience",
        environment="FargateOnly",
        change=in_resource(
            "Cluster",
            "AWS::IAM::OIDCProvider",
            lambda it: it.update(ClientIdList=["sts.eu-west-1"]),
        ),
        value="ClientIdList",
        fix="Add sts.amazonaws.com",
    ),
    Mutation(
        rule="ROLE7",
        name="a slip in the annotation",
        environment="Prod",
        change=_account({"eks.amazonaws.com/role_arn": "arn:aws:iam::111122223333:role/web"}),
        value="ServiceAccount/added eks.amazonaws.com/role_arn",
        fix="role-arn",
    ),
    Mutation(
        rule="ROLE5",
        name="two roles for one service account",
        environment="Existing",
        change=in_template("Shop", _twice),
        value="shop/web",
        fix="the service account",
        also=("ORDER10",),
    ),
)
