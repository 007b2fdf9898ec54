"""The load balancer controller's real policy, enforced as AWS enforces it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import ROOT
from tests.unit.local_aws.emulator.cloud import ACCOUNT, Cloud, Stack

POLICY = ROOT / "constructs_lib/load_balancer_controller_policy.json"
MINE = {"Key": "elbv2.k8s.aws/cluster", "Value": "groundwork"}
OTHER = {"Key": "somebody", "Value": "else"}
INGRESS = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}]

Call = Callable[[Any, dict[str, str]], object]


def role_session(cloud: Cloud, name: str, document: object) -> Cloud:
    """The cloud as a new role with a policy sees it."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    made = cloud.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    cloud.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
    keys = cloud.sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="test")["Credentials"]
    return Cloud(cloud.endpoint, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


@pytest.fixture(scope="module")
def controller(cloud: Cloud) -> Cloud:
    document = json.loads(POLICY.read_text(encoding="utf-8"))
    return role_session(cloud, "load-balancer-controller", document)


@pytest.fixture(scope="module")
def things(cloud: Cloud, base: Stack) -> dict[str, str]:
    """A group, a load balancer and a target group of the controller's, and of somebody's."""
    found = {"vpc": base["Vpc"], "subnet": base["Private0"], "other-subnet": base["Private1"]}
    for owner, tag in (("mine", MINE), ("other", OTHER)):
        found[f"{owner}-group"] = cloud.ec2.create_security_group(
            GroupName=f"k8s-{owner}",
            Description="d",
            VpcId=base["Vpc"],
            TagSpecifications=[{"ResourceType": "security-group", "Tags": [tag]}],
        )["GroupId"]
        found[f"{owner}-balancer"] = cloud.elbv2.create_load_balancer(
            Name=f"k8s-{owner}",
            Type="network",
            Scheme="internal",
            Subnets=[base["Private0"]],
            Tags=[tag],
        )["LoadBalancers"][0]["LoadBalancerArn"]
        found[f"{owner}-targets"] = cloud.elbv2.create_target_group(
            Name=f"k8s-{owner}",
            Protocol="TCP",
            Port=80,
            VpcId=base["Vpc"],
            TargetType="ip",
            Tags=[tag],
        )["TargetGroups"][0]["TargetGroupArn"]
    return found


def create_group(c: Any, ids: dict[str, str], name: str, *tags: dict[str, str]) -> object:  # noqa: ANN401
    specification = [{"ResourceType": "security-group", "Tags": list(tags)}] if tags else []
    return c.ec2.create_security_group(
        GroupName=name, Description="d", VpcId=ids["vpc"], TagSpecifications=specification
    )


def create_balancer(c: Any, ids: dict[str, str], name: str, *tags: dict[str, str]) -> object:  # noqa: ANN401
    more = {"Tags": list(tags)} if tags else {}
    return c.elbv2.create_load_balancer(
        Name=name, Type="network", Scheme="internal", Subnets=[ids["subnet"]], **more
    )


def create_targets(c: Any, ids: dict[str, str], name: str, *tags: dict[str, str]) -> object:  # noqa: ANN401
    more = {"Tags": list(tags)} if tags else {}
    return c.elbv2.create_target_group(
        Name=name, Protocol="TCP", Port=80, VpcId=ids["vpc"], TargetType="ip", **more
    )


def listener(c: Any, ids: dict[str, str], port: int, **more: object) -> object:  # noqa: ANN401
    return c.elbv2.create_listener(
        LoadBalancerArn=ids["mine-balancer"],
        Protocol="TCP",
        Port=port,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": ids["mine-targets"]}],
        **more,
    )


def allow_https(c: Any, group: str) -> object:  # noqa: ANN401
    ranges = [{**INGRESS[0], "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    return c.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ranges)


ALLOWED: dict[str, Call] = {
    "describe load balancers": lambda c, _: c.elbv2.describe_load_balancers(),
    "describe groups": lambda c, i: c.ec2.describe_security_groups(GroupIds=[i["other-group"]]),
    "describe interfaces": lambda c, _: c.ec2.describe_network_interfaces(),
    "describe tags": lambda c, i: c.elbv2.describe_tags(ResourceArns=[i["other-balancer"]]),
    "create a group, tagged": lambda c, i: create_group(c, i, "k8s-new", MINE),
    "create a group, untagged": lambda c, i: create_group(c, i, "k8s-plain"),
    "open its group": lambda c, i: allow_https(c, i["mine-group"]),
    "tag its group": lambda c, i: c.ec2.create_tags(Resources=[i["mine-group"]], Tags=[OTHER]),
    "untag its group": lambda c, i: c.ec2.delete_tags(Resources=[i["mine-group"]], Tags=[OTHER]),
    "create a load balancer, tagged": lambda c, i: create_balancer(c, i, "k8s-new", MINE),
    "create a target group, tagged": lambda c, i: create_targets(c, i, "k8s-new", MINE),
    "create a listener": lambda c, i: listener(c, i, 80),
    "create a listener, tagged": lambda c, i: listener(c, i, 81, Tags=[MINE]),
    "register targets": lambda c, i: c.elbv2.register_targets(
        TargetGroupArn=i["mine-targets"], Targets=[{"Id": "10.0.1.9"}]
    ),
    "tag its load balancer": lambda c, i: c.elbv2.add_tags(
        ResourceArns=[i["mine-balancer"]], Tags=[OTHER]
    ),
    "modify its load balancer": lambda c, i: c.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=i["mine-balancer"],
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
    ),
    "delete its load balancer": lambda c, i: c.elbv2.delete_load_balancer(
        LoadBalancerArn=i["mine-balancer"]
    ),
    "delete its target group": lambda c, i: c.elbv2.delete_target_group(
        TargetGroupArn=i["mine-targets"]
    ),
    "delete its group": lambda c, i: c.ec2.delete_security_group(GroupId=i["mine-group"]),
}
"""In this order: the last ones delete what the others use."""

DENIED: dict[str, Call] = {
    "create a group with other tags": lambda c, i: create_group(c, i, "k8s-no", OTHER),
    "tag another's group": lambda c, i: c.ec2.create_tags(
        Resources=[i["other-group"]], Tags=[OTHER]
    ),
    "claim another's group": lambda c, i: c.ec2.create_tags(
        Resources=[i["other-group"]], Tags=[MINE]
    ),
    "delete another's group": lambda c, i: c.ec2.delete_security_group(GroupId=i["other-group"]),
    "create a load balancer without the tag": lambda c, i: create_balancer(c, i, "k8s-no"),
    "create a load balancer with another": lambda c, i: create_balancer(c, i, "k8s-no", OTHER),
    "create a target group without the tag": lambda c, i: create_targets(c, i, "k8s-no"),
    "tag another's load balancer": lambda c, i: c.elbv2.add_tags(
        ResourceArns=[i["other-balancer"]], Tags=[OTHER]
    ),
    "untag another's target group": lambda c, i: c.elbv2.remove_tags(
        ResourceArns=[i["other-targets"]], TagKeys=["somebody"]
    ),
    "delete another's load balancer": lambda c, i: c.elbv2.delete_load_balancer(
        LoadBalancerArn=i["other-balancer"]
    ),
    "delete another's target group": lambda c, i: c.elbv2.delete_target_group(
        TargetGroupArn=i["other-targets"]
    ),
    "delete a subnet": lambda c, i: c.ec2.delete_subnet(SubnetId=i["subnet"]),
    "describe a cluster": lambda c, _: c.eks.describe_cluster(name="shared"),
    "list buckets": lambda c, _: c.s3.list_buckets(),
}

CODES = {"AccessDenied", "UnauthorizedOperation", "AccessDeniedException"}


@pytest.mark.parametrize("name", DENIED)
def test_what_is_not_its_own_is_denied(
    controller: Cloud, things: dict[str, str], name: str
) -> None:
    with pytest.raises(ClientError) as refused:
        DENIED[name](controller, things)
    assert refused.value.response["Error"]["Code"] in CODES


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_its_own_is_allowed(controller: Cloud, things: dict[str, str], name: str) -> None:
    ALLOWED[name](controller, things)


CREATIONS: dict[str, Callable[..., object]] = {
    "ec2:CreateSecurityGroup": create_group,
    "elasticloadbalancing:CreateLoadBalancer": create_balancer,
    "elasticloadbalancing:CreateTargetGroup": create_targets,
}


@pytest.mark.parametrize("action", CREATIONS)
def test_who_creates_with_tags_must_be_allowed_to_tag(
    cloud: Cloud, things: dict[str, str], action: str
) -> None:
    grant = {"Effect": "Allow", "Action": action, "Resource": "*"}
    name = action.partition(":")[2]
    user = role_session(cloud, name, {"Version": "2012-10-17", "Statement": [grant]})
    with pytest.raises(ClientError) as refused:
        CREATIONS[action](user, things, "k8s-tagged", MINE)
    assert refused.value.response["Error"]["Code"] in CODES
    CREATIONS[action](user, things, "k8s-untagged")


def test_the_bootstrap_buckets_denial_of_plain_http_spares_loopback(cloud: Cloud) -> None:
    """The bucket's policy is the CDK's."""
    cloud.s3.create_bucket(
        Bucket="only-tls", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    denial = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::only-tls", "arn:aws:s3:::only-tls/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [denial]}
    cloud.s3.put_bucket_policy(Bucket="only-tls", Policy=json.dumps(policy))
    grant = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    user = role_session(cloud, "publisher", {"Version": "2012-10-17", "Statement": [grant]})
    user.s3.put_object(Bucket="only-tls", Key="asset.zip", Body=b"x")


def test_a_repository_is_what_describe_repositories_names(cloud: Cloud) -> None:
    """The bootstrap role for images may look at its own repository alone."""
    for name in ("mine", "theirs"):
        cloud.ecr.create_repository(repositoryName=name)
    grant = {
        "Effect": "Allow",
        "Action": "ecr:DescribeRepositories",
        "Resource": f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/mine",
    }
    user = role_session(cloud, "images", {"Version": "2012-10-17", "Statement": [grant]})
    user.ecr.describe_repositories(repositoryNames=["mine"])
    code, _ = user.refusal("ecr", "describe_repositories", repositoryNames=["theirs"])
    assert code == "AccessDeniedException"
