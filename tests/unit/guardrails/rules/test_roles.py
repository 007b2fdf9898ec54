from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import CHART, MANIFEST
from constructs_lib.specs.managed_policies import MANAGED
from guardrails.catalogue import RULES
from guardrails.rules.roles import TABLE
from tests.unit.guardrails.environments import of_resources

Json = dict[str, Any]
BY_ID = {rule.id: rule for rule in RULES}
BUILT_IN = "arn:aws:iam::aws:policy/"
ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
OF_A: Json = {"ClusterName": "a"}


def role(service: object, *policies: object, allows: object = (), **more: object) -> Json:
    """Return a role that a service may assume."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    statement = {"Effect": "Allow", "Action": allows, "Resource": "*"}
    properties = {
        "AssumeRolePolicyDocument": {"Statement": [trust]},
        "ManagedPolicyArns": [
            f"{BUILT_IN}{each}" if isinstance(each, str) else each for each in policies
        ],
        "Policies": [{"PolicyDocument": {"Statement": [statement]}}] if allows else [],
        **more,
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def values(rule: str, environment: Environment) -> list[str]:
    """Return the value of every finding."""
    return [finding.value for finding in BY_ID[rule].check(environment)]


def cluster(**properties: object) -> Json:
    """Return a cluster with the role."""
    return {"Type": "AWS::EKS::Cluster", "Properties": {"RoleArn": ROLE, **properties}}


def group(**properties: object) -> Json:
    """Return a node group with the role."""
    return {"Type": "AWS::EKS::Nodegroup", "Properties": {"NodeRole": ROLE, **properties}}


def test_auto_mode_needs_more() -> None:
    """To tag sessions, and four more policies."""
    own = role("eks.amazonaws.com", "AmazonEKSClusterPolicy")
    plain = of_resources(Role=own, Cluster=cluster())
    auto = of_resources(Role=own, Cluster=cluster(ComputeConfig={"Enabled": True}))
    unclear = of_resources(Role=own, Cluster=cluster(ComputeConfig={"Enabled": {"Ref": "Auto"}}))

    assert (values("ROLE1", plain), values("ROLE2", plain)) == ([], [])
    assert values("ROLE1", auto) == ["sts:TagSession"]
    assert len(values("ROLE2", auto)) == 4
    assert (values("ROLE1", unclear), values("ROLE2", unclear)) == ([], [])


@pytest.mark.parametrize(
    ("own", "missing"),
    [
        (role("ec2.amazonaws.com", "AmazonEC2ContainerRegistryReadOnly"), []),
        (role("ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy"), ["ecr:GetAuthorizationToken"]),
        (role("ec2.amazonaws.com", allows="ecr:*"), []),
        (role("ec2.amazonaws.com", allows="ecr:GetAuthorizationToken"), ["ecr:BatchGetImage"]),
        # What nobody knows may allow it.
        (role("ec2.amazonaws.com", "AmazonNewerThanThisList"), []),
        (role("ec2.amazonaws.com", {"Ref": "Policy"}), []),
        (role("ec2.amazonaws.com", ManagedPolicyArns={"Ref": "Policies"}), []),
        (role("ec2.amazonaws.com", "arn:aws:iam::111122223333:policy/own"), []),
        (role("ec2.amazonaws.com", Policies=[{"PolicyDocument": {"Ref": "Document"}}]), []),
        # A boundary takes away what the policies give.
        (
            role(
                "ec2.amazonaws.com",
                "AmazonEC2ContainerRegistryPullOnly",
                PermissionsBoundary={"Ref": "Boundary"},
            ),
            ["ecr:GetAuthorizationToken"],
        ),
    ],
)
def test_nodes_pull_images(own: Json, missing: list[str]) -> None:
    statement = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    boundary = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": {"Statement": statement}},
    }
    made = of_resources(Role=own, Boundary=boundary, Nodes=group())
    assert values("ROLE2", made) == missing


def test_a_use_names_the_arn_of_a_role() -> None:
    """An instance profile takes names; a flow log to a bucket needs no role."""
    made = of_resources(
        Role=role("ec2.amazonaws.com"),
        Named=group(NodeRole={"Ref": "Role"}),
        Other=group(NodeRole={"Fn::GetAtt": ["Named", "Arn"]}),
        Bare=group(NodeRole=None),
        Profile={"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        ToBucket={"Type": "AWS::EC2::FlowLog", "Properties": {"LogDestinationType": "s3"}},
        ToGroup={"Type": "AWS::EC2::FlowLog", "Properties": {}},
    )
    assert values("ROLE1", made) == ["name", "Named", "no role", "no role"]


@pytest.mark.parametrize(
    ("account", "found"),
    [("111122223333", []), ("444455556666", ["arn:aws:iam::111122223333:role/nodes"]), ("", [])],
)
def test_a_role_is_of_the_account_of_its_user(account: str, found: list[str]) -> None:
    """Nobody can pass that of another one; where a stack is for any account, nobody knows."""
    made = of_resources(Nodes=group(NodeRole="arn:aws:iam::111122223333:role/nodes"))
    stack = replace(made.stacks["Stack"], account=account)
    assert values("ROLE1", replace(made, stacks={"Stack": stack})) == found


@pytest.mark.parametrize(
    "told_by_nobody",
    [
        {"ArnLike": {"aws:SourceArn": "arn:aws:ec2:*:*:instance/*"}},
        {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        {"StringEquals": {"sts:ExternalId": "x"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ],
)
def test_ec2_says_nothing_about_itself(told_by_nobody: Json) -> None:
    """A condition that it should keeps the nodes from their role."""
    own = role("ec2.amazonaws.com")
    own["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] = told_by_nobody
    assert values("ROLE1", of_resources(Role=own, Nodes=group())) == ["sts:AssumeRole"]


def test_every_manifest_of_a_cluster_asks_the_same_of_the_handler() -> None:
    """It is one finding; that of another cluster is one more."""
    handler = {"Type": "AWS::Lambda::Function", "Properties": {"Role": ROLE}}
    own = role("lambda.amazonaws.com", "service-role/AWSLambdaBasicExecutionRole")
    token = {"Fn::GetAtt": ["Handler", "Arn"]}
    manifests = {
        f"Manifest{n}": {"Type": MANIFEST, "Properties": {"ClusterName": c, "ServiceToken": token}}
        for n, c in enumerate(("a", "a", "b"))
    }
    made = of_resources(Role=own, Handler=handler, **manifests)
    assert values("ROLE2", made) == ["eks:DescribeCluster"] * 2


@pytest.mark.parametrize(
    ("arn", "value"),
    [
        ("AmazonEKSWorkerNodePolicy", ""),
        ("service-role/AWSLambdaBasicExecutionRole", ""),
        ("AWSLambdaBasicExecutionRole", "AWSLambdaBasicExecutionRole"),
        ("AmazonEKSWorkerNodePolcy", "AmazonEKSWorkerNodePolcy"),
        # There may be a newer one.
        ("AmazonEKSWorkerNodePolicyV2", ""),
        ("SomethingElseEntirely", ""),
    ],
)
def test_a_slip_in_a_name_is_no_new_policy(arn: str, value: str) -> None:
    made = of_resources(Role=role("ec2.amazonaws.com", arn))
    assert values("ROLE4", made) == [value] * bool(value)


@pytest.mark.parametrize("odd", [None, [], "text", {"Ref": "Unknown"}, {"a": None}, 1, True])
def test_odd_shapes_raise_nothing(odd: object) -> None:
    """And what isn't known is no breach."""
    kinds = {row["type"] for row in TABLE["uses"]}
    resources: Json = {
        f"User{number}": {
            "Type": kind,
            "Properties": {
                "RoleArn": odd,
                "NodeRole": odd,
                "Role": odd,
                "Roles": odd,
                "PodIdentityAssociations": odd,
                "PodExecutionRoleArn": odd,
                "DeliverLogsPermissionArn": odd,
                "ServiceToken": odd,
                "Values": odd,
                "AddonName": "vpc-cni",
            },
        }
        for number, kind in enumerate(sorted(kinds))
    }
    resources["Role"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": odd, "Policies": odd, "ManagedPolicyArns": odd},
    }
    resources["Nodes"] = group()
    resources["Entry"] = {
        "Type": "AWS::EKS::AccessEntry",
        "Properties": {"PrincipalArn": odd, "Type": odd, "AccessPolicies": odd, "Username": odd},
    }
    made = of_resources(**resources)
    for rule in RULES:
        if rule.id.startswith(("ROLE", "ACCESS", "RBAC")):
            list(rule.check(made))


def test_the_table_names_policies_that_exist() -> None:
    """A slip there would be silent."""
    usual = {each for need in TABLE["needs"].values() for each in need["policies"]}
    refused = {each for names in TABLE["too_much_managed"].values() for each in names}
    assert {each for each in usual | refused if "*" not in each} <= MANAGED
    named = {name for row in TABLE["uses"] for name in row.get("needs", ())}
    assert named <= TABLE["needs"].keys()
    assert all(row["source"].startswith("https://") for row in TABLE["uses"])
    assert all(need["source"].startswith("https://") for need in TABLE["needs"].values())


@pytest.mark.parametrize(
    ("release", "told", "account", "unused"),
    [
        ("aws-load-balancer-controller", {}, "aws-load-balancer-controller", []),
        ("lbc", {}, "lbc-aws-load-balancer-controller", []),
        ("lbc", {}, "aws-load-balancer-controller", ["default/aws-load-balancer-controller"]),
        ("lbc", {"serviceAccount": {"name": "own"}}, "own", []),
        ("lbc", {"serviceAccount": {"name": "own"}}, "its", ["default/its"]),
        ("lbc", "neither: JSON: nor YAML", "any", []),
        ("lbc", {"Ref": "Values"}, "any", []),
    ],
)
def test_a_chart_names_its_account_after_its_release(
    release: str, told: Json | str, account: str, unused: list[str]
) -> None:
    """Where its values don't; values that can't be read may name any."""
    chart: Json = {"ClusterName": "a", "Chart": "aws-load-balancer-controller", "Release": release}
    chart["Values"] = told if isinstance(told, str) or "Ref" in told else json.dumps(told)
    pair = {"ClusterName": "a", "Namespace": "default", "ServiceAccount": account}
    made = of_resources(
        Chart={"Type": "Custom::AWSCDK-EKS-HelmChart", "Properties": chart},
        Association={"Type": "AWS::EKS::PodIdentityAssociation", "Properties": pair},
    )
    assert values("ROLE5", made) == unused


@pytest.mark.parametrize(
    ("names", "resources", "found"),
    [
        (["api"], {}, []),
        (["web"], {}, ["shop/web"]),
        (["api", "api"], {}, ["shop/api"]),
        (["web"], {"Chart": {"Type": CHART, "Properties": {**OF_A, "Namespace": "shop"}}}, []),
        (["web"], {"Chart": {"Type": CHART, "Properties": OF_A}}, ["shop/web"]),
        (["web"], {"More": {"Type": MANIFEST, "Properties": {**OF_A, "Manifest": {"Ref": "X"}}}}, []),
    ],
)  # fmt: skip
def test_an_association_is_for_pods_that_are_there(
    names: list[str], resources: Json, found: list[str]
) -> None:
    """Once for each service account; a chart or a manifest that nobody knows may bring more."""
    pods = {"serviceAccountName": "api", "containers": []}
    web = {"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": pods}
    kind = "AWS::EKS::PodIdentityAssociation"
    pair = {**OF_A, "Namespace": "shop", "RoleArn": ROLE}
    made = of_resources(
        Web={"Type": MANIFEST, "Properties": {**OF_A, "Manifest": json.dumps([web])}},
        **{f"A{n}": {"Type": kind, "Properties": {**pair, "ServiceAccount": name}} for n, name in enumerate(names)},
        **resources,
    )  # fmt: skip
    assert values("ROLE5", made) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("vpc-cni", []),
        ("aws-ebs-csi-driver", ["kube-system/ebs-csi-controller-sa"]),
        ("metrics-server", []),
    ],
)
def test_without_nodes_only_the_nodes_own_add_on_needs_no_role(name: str, found: list[str]) -> None:
    """What nodes that were made elsewhere lend, nobody knows."""
    add_on = {"Type": "AWS::EKS::Addon", "Properties": {**OF_A, "AddonName": name}}
    assert values("ROLE6", of_resources(AddOn=add_on)) == found


@pytest.mark.parametrize(("associated", "found"), [(True, []), (False, ["default/web"])])
def test_an_association_comes_before_an_annotation(associated: object, found: list[str]) -> None:
    """The CDK writes both for a service account with EKS Pod Identity."""
    pair = {"ClusterName": "a", "Namespace": "default", "ServiceAccount": "web", "RoleArn": ROLE}
    annotations = {"eks.amazonaws.com/role-arn": "|"}
    metadata = {"name": "web", "namespace": "default", "annotations": annotations}
    before, _, after = json.dumps([{"kind": "ServiceAccount", "metadata": metadata}]).partition("|")
    manifest = {"Fn::Join": ["", [before, ROLE, after]]}
    resources: Json = {
        "Role": role("pods.eks.amazonaws.com"),
        "Account": {"Type": MANIFEST, "Properties": {"ClusterName": "a", "Manifest": manifest}},
    }
    if associated:
        kind = "AWS::EKS::PodIdentityAssociation"
        resources["Association"] = {"Type": kind, "Properties": pair}
    assert values("ROLE7", of_resources(**resources)) == found


NAMED = "arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/eks-*"
SEES: Json = {"Action": "autoscaling:Describe*"}
RESIZES = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
OURS = {"StringEquals": {"aws:ResourceTag/k8s.io/cluster-autoscaler/enabled": "true"}}


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([{"Action": "autoscaling:*"}], False),
        ([SEES, {"Action": RESIZES, "Condition": OURS}], False),
        ([SEES, {"Action": RESIZES, "Resource": {"Fn::GetAtt": ["Group", "Arn"]}}], False),
        ([SEES, {"Action": RESIZES, "Resource": NAMED}], False),
        ([SEES, {"Action": RESIZES[:1]}], True),
        ([SEES], True),
    ],
)
def test_cluster_autoscaler_resizes_groups(statements: list[Json], *, found: bool) -> None:
    """It is no use to it to see them only."""
    document = {"Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements]}
    own = role("pods.eks.amazonaws.com", Policies=[{"PolicyDocument": document}])
    pair = {**OF_A, "Namespace": "kube-system", "ServiceAccount": "scaler", "RoleArn": ROLE}
    told = json.dumps({"rbac": {"serviceAccount": {"name": "scaler"}}})
    chart = {**OF_A, "Chart": "cluster-autoscaler", "Namespace": "kube-system", "Values": told}
    made = of_resources(
        Role=own,
        Chart={"Type": CHART, "Properties": chart},
        Association={"Type": "AWS::EKS::PodIdentityAssociation", "Properties": pair},
    )
    assert bool(values("ROLE8", made)) == found


OF_ACCOUNT = {"Action": "kms:*", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
BY_EC2 = {"StringEquals": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}}
KEY = {"Fn::GetAtt": ["Key", "Arn"]}


@pytest.mark.parametrize(
    ("provisioner", "named", "own", "more", "found"),
    [
        ("ebs.csi.aws.com", KEY, [], {}, True),
        ("ebs.csi.aws.com", KEY, ["kms:CreateGrant", "kms:DescribeKey"], {}, True),
        ("ebs.csi.aws.com", KEY, ["kms:*"], {}, False),
        ("ebs.csi.aws.com", KEY, [], {"Principal": {"AWS": ROLE}}, False),
        ("ebs.csi.aws.com", KEY, [], {"Principal": "*", "Condition": BY_EC2}, False),
        ("ebs.csi.aws.com", KEY, [], {"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt"}, True),
        ("ebs.csi.aws.com", "arn:aws:kms:eu-west-1:111122223333:key/elsewhere", [], {}, False),
        ("efs.csi.aws.com", KEY, [], {}, False),
    ],
)
def test_the_driver_uses_the_key_of_a_class(
    provisioner: str, named: object, own: list[str], more: Json, *, found: bool
) -> None:
    """By its own policies, or by that of the key; nobody knows the policy of a key from elsewhere."""
    statements = [OF_ACCOUNT, *([{"Action": "kms:*", **more}] if more else [])]
    policy = [{"Effect": "Allow", "Resource": "*", **each} for each in statements]
    content = {
        "kind": "StorageClass",
        "metadata": {"name": "a"},
        "provisioner": provisioner,
        "parameters": {"kmsKeyId": "|"},
    }
    before, _, after = json.dumps([content]).partition("|")
    manifest = {"Fn::Join": ["", [before, named, after]]}
    pair = {"ServiceAccount": "ebs-csi-controller-sa", "RoleArn": ROLE}
    driver = {**OF_A, "AddonName": "aws-ebs-csi-driver", "PodIdentityAssociations": [pair]}
    made = of_resources(
        Role=role("pods.eks.amazonaws.com", "AmazonEBSCSIDriverPolicyV2", allows=own),
        Key={"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": policy}}},
        Class={"Type": MANIFEST, "Properties": {**OF_A, "Manifest": manifest}},
        Driver={"Type": "AWS::EKS::Addon", "Properties": driver},
    )
    assert bool(values("ROLE8", made)) == found


def test_nothing_is_asked_for_an_account_without_a_need() -> None:
    """The role of the EBS CSI driver is for its controller; its node pods need none."""
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/x"},
        "Condition": {
            "StringEquals": {"x:sub": "system:serviceaccount:kube-system:ebs-csi-controller-sa"}
        },
    }
    own = role("-", AssumeRolePolicyDocument={"Statement": [trust]})
    driver = {"ClusterName": "a", "AddonName": "aws-ebs-csi-driver", "ServiceAccountRoleArn": ROLE}
    made = of_resources(Role=own, Driver={"Type": "AWS::EKS::Addon", "Properties": driver})
    assert values("ROLE7", made) == []


@pytest.mark.parametrize(
    ("account", "said"), [("444455556666", True), ({"Ref": "AWS::AccountId"}, False)]
)
def test_a_condition_on_another_account_is_named(account: object, said: object) -> None:
    """Whoever reads it sees at once which part of the trust policy it is."""
    own = role("eks.amazonaws.com", "AmazonEKSClusterPolicy")
    statement = own["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    found = BY_ID["ROLE1"].check(of_resources(Role=own, Cluster=cluster()))

    assert any("another account, 444455556666." in each.detail for each in found) is said


NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([{"Action": "s3:*", "Principal": {"AWS": ROLE}}], []),
        ([{"Action": "s3:*", "Principal": {"AWS": "*"}}], []),
        ([{"Action": "s3:*", "Principal": {"AWS": {"Ref": "Other"}}}], ["s3:DeleteObject"]),
        ([{"Action": "s3:*", "Principal": {"AWS": ROLE}, "Resource": "arn:aws:s3:::other"}], ["s3:DeleteObject"]),
        ([{"Action": "s3:*", "Principal": {"AWS": ROLE}}, {"Effect": "Deny", "Action": "*", "Principal": "*", "Condition": NO_TLS}], []),
        ([None, {"Principal": None}, {"Action": None, "Principal": {"AWS": ROLE}}], ["s3:DeleteObject"]),
    ],
)  # fmt: skip
def test_a_bucket_policy_lets_a_role_empty_its_bucket(
    statements: list[Json], found: list[str]
) -> None:
    """What it denies to requests in the clear, it denies to none of AWS."""
    document = {
        "Statement": [each and {"Effect": "Allow", "Resource": "*", **each} for each in statements]
    }
    bucket = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}
    token = {"Fn::GetAtt": ["Handler", "Arn"]}
    environment = of_resources(
        Role=role("lambda.amazonaws.com", "service-role/AWSLambdaBasicExecutionRole"),
        Handler={"Type": "AWS::Lambda::Function", "Properties": {"Role": ROLE}},
        Bucket={"Type": "AWS::S3::Bucket"},
        Policy={"Type": "AWS::S3::BucketPolicy", "Properties": bucket},
        Empty={
            "Type": "Custom::S3AutoDeleteObjects",
            "Properties": {"ServiceToken": token, "BucketName": {"Ref": "Bucket"}},
        },
    )
    assert values("ROLE2", environment) == found
