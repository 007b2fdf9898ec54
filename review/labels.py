"""Names of resources for people: `node group General` instead of a logical id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from review.environment import Environment, Resource

NOUNS: Mapping[str, str] = MappingProxyType(
    {
        "AWS::EC2::EIP": "public address",
        "AWS::EC2::FlowLog": "flow log",
        "AWS::EC2::InternetGateway": "internet gateway",
        "AWS::EC2::LaunchTemplate": "launch template",
        "AWS::EC2::NatGateway": "NAT gateway",
        "AWS::EC2::Route": "route",
        "AWS::EC2::RouteTable": "route table",
        "AWS::EC2::SecurityGroup": "security group",
        "AWS::EC2::Subnet": "subnet",
        "AWS::EC2::SubnetRouteTableAssociation": "route table association",
        "AWS::EC2::VPC": "VPC",
        "AWS::EC2::VPCCidrBlock": "secondary range",
        "AWS::EC2::VPCEndpoint": "VPC endpoint",
        "AWS::EC2::VPCGatewayAttachment": "internet gateway attachment",
        "AWS::EKS::AccessEntry": "access entry",
        "AWS::EKS::Addon": "add-on",
        "AWS::EKS::Cluster": "cluster",
        "AWS::EKS::FargateProfile": "Fargate profile",
        "AWS::EKS::Nodegroup": "node group",
        "AWS::EKS::PodIdentityAssociation": "Pod Identity association",
        "AWS::IAM::ManagedPolicy": "IAM policy",
        "AWS::IAM::Policy": "IAM policy",
        "AWS::IAM::Role": "IAM role",
        "AWS::KMS::Key": "KMS key",
        "AWS::Lambda::Function": "Lambda function",
        "AWS::Lambda::LayerVersion": "Lambda layer",
        "AWS::Logs::LogGroup": "log group",
        "AWS::S3::Bucket": "bucket",
        "AWS::S3::BucketPolicy": "bucket policy",
        "AWS::SSM::Parameter": "parameter",
        "Custom::AWSCDK-EKS-HelmChart": "Helm release",
        "Custom::AWSCDK-EKS-KubernetesObjectValue": "Kubernetes value",
        "Custom::AWSCDK-EKS-KubernetesResource": "Kubernetes manifest",
    }
)
"""What AWS's documentation calls a type."""

UNSAID = frozenset({"Access", "AddOn", "AddOns", "DataPlane", "NodeGroups", "PodNetworking"})
"""Construct ids that only group others."""

UNSAID_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "AWS::EC2::EIP": frozenset({"EIP"}),
        "AWS::EC2::VPCEndpoint": frozenset({"Endpoints"}),
        "AWS::EKS::FargateProfile": frozenset({"Fargate", "Profiles"}),
    }
)
"""Construct ids that say no more than the noun does, beside those that are spelt like it."""

ACCOUNT = re.compile(r"arn:[^:]+:iam::(?P<id>.+):root")
"""A whole account as a principal."""


def label(resource: Resource) -> str:
    """Return a resource in words, such as "node group `General`"."""
    noun = NOUNS.get(resource.type)
    if noun is None:
        return f"`{resource.type}` `{resource.name}`"
    names = {"AWS::EKS::Cluster": "Name", "AWS::EKS::Addon": "AddonName"}
    name = resource.properties.get(names.get(resource.type, "")) or short_name(resource)
    return f"{noun} `{name}`" if name else noun


def short_name(resource: Resource) -> str:
    """Return what of the construct path tells the resource from others of its type, if anything."""
    noun = NOUNS.get(resource.type, "").replace(" ", "").lower()
    unsaid = UNSAID | UNSAID_OF.get(resource.type, frozenset())
    above = resource.path
    if above[:1] == ("Network",) and resource.stack == "Network":
        above = above[1:]
    parts = [
        part
        for part in above
        if part not in unsaid and not (noun and part.lower() in {noun, f"{noun}s"})
    ]
    return "/".join(parts)


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: "a, b and c"."""
    *first, last = [*names]
    return f"{', '.join(first)} and {last}" if first else last


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, such as "2 subnets"."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def grouped(resources: Iterable[Resource]) -> str:
    """Return resources by their nouns, such as "3 subnets and cluster `prod`"."""
    found: dict[str, list[Resource]] = {}
    for each in resources:
        found.setdefault(NOUNS.get(each.type, f"`{each.type}`"), []).append(each)
    return listed(
        label(each[0]) if len(each) == 1 else counted(len(each), noun, plural_of(noun))
        for noun, each in found.items()
    )


def plural_of(noun: str) -> str:
    """Return the plural of a noun."""
    for singular, plural in (("policy", "policies"), ("access entry", "access entries")):
        if noun.endswith(singular):
            return noun.removesuffix(singular) + plural
    return f"{noun[:-1]}es" if noun.endswith("ss") else f"{noun}s"


def principal(environment: Environment, stack: str, arn: object) -> str:
    """Return who an ARN is: "role `Administrator`", or the ARN itself of somebody else."""
    name, whole = named_principal(environment, stack, arn)
    return f"{name} (`{whole}`)" if whole else name


def named_principal(environment: Environment, stack: str, arn: object) -> tuple[str, str]:
    """Return who an ARN is, and the whole ARN where the stacks don't say what it names."""
    role = environment.target(stack, arn)
    if role is not None:
        return f"role `{role_name(role)}`", ""
    text = environment.read(arn)
    kind, _, name = text.rpartition(":")[2].partition("/")
    if text.startswith("arn:") and name:
        return f"{kind} `{name.rpartition('/')[2]}`", text
    account = ACCOUNT.match(text)
    if account is not None:
        own = account["id"] == "{AWS::AccountId}"
        where = "this account" if own else f"account `{account['id']}`"
        return f"anybody in {where} whom IAM lets", ""
    return f"`{text}`", ""


def role_name(role: Resource) -> str:
    """Return the name of a role that a stack creates, such as `Administrator`."""
    name = "/".join(part for part in role.path if part not in UNSAID)
    name = name.removeprefix("ControlPlane/Cluster/")
    return name if name.endswith("/Role") else name.removesuffix("Role")
