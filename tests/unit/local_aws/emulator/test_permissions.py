"""The load balancer controller's real policy, enforced as AWS enforces it; calls are rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from tests.unit.local_aws.emulator.cloud import ACCOUNT, Cloud, Stack, resolved

POLICY = ROOT / "constructs_lib/load_balancer_controller_policy.json"
ROWS = json.loads(Path(__file__).with_name("permissions.json").read_text(encoding="utf-8"))
"""Calls of `allowed` come in this order: the last ones delete what the others use."""

CODES = {"AccessDenied", "UnauthorizedOperation", "AccessDeniedException"}


def call(cloud: Cloud, row: list[Any], ids: dict[str, str]) -> Any:  # noqa: ANN401  # JSON
    service, operation, arguments = row
    return getattr(cloud.client(service), operation)(**resolved(arguments, ids))


def refused(cloud: Cloud, row: list[Any], ids: dict[str, str]) -> bool:
    service, operation, arguments = row
    return cloud.refusal(service, operation, **resolved(arguments, ids))[0] in CODES


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}


def granted(action: str, resource: str = "*") -> dict[str, Any]:
    """A policy that allows one thing."""
    grant = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [grant]}


def role_session(cloud: Cloud, name: str, document: object) -> Cloud:
    """The cloud as a new role with a policy sees it."""
    made = cloud.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    cloud.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
    keys = cloud.sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="test")["Credentials"]
    return Cloud(cloud.endpoint, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


@pytest.fixture(scope="module")
def controller(cloud: Cloud) -> Cloud:
    document = json.loads(POLICY.read_text(encoding="utf-8"))
    return role_session(cloud, "load-balancer-controller", document)


@pytest.fixture(scope="module")
def ids(cloud: Cloud, base: Stack) -> dict[str, str]:
    """A group, a load balancer and a target group of the controller's, and of somebody's."""
    found = {"vpc": base["Vpc"], "subnet": base["Private0"]}
    for name, row in ROWS["things"].items():
        answer = call(cloud, row, found)
        made = next(
            (answer[key][0] for key in ("LoadBalancers", "TargetGroups") if key in answer), answer
        )
        keys = ("GroupId", "LoadBalancerArn", "TargetGroupArn")
        found[name] = next(made[key] for key in keys if key in made)
    return found


@pytest.mark.parametrize("name", ROWS["denied"])
def test_what_is_not_its_own_is_denied(controller: Cloud, ids: dict[str, str], name: str) -> None:
    assert refused(controller, ROWS["denied"][name], ids)


@pytest.mark.parametrize("name", ROWS["allowed"])
def test_what_is_its_own_is_allowed(controller: Cloud, ids: dict[str, str], name: str) -> None:
    call(controller, ROWS["allowed"][name], ids)


@pytest.mark.parametrize("action", ROWS["creations"])
def test_who_creates_with_tags_must_be_allowed_to_tag(
    cloud: Cloud, ids: dict[str, str], action: str
) -> None:
    name = action.partition(":")[2]
    user = role_session(cloud, name, granted(action))
    untagged, tagged = ROWS["creations"][action]
    assert refused(user, tagged, ids)
    call(user, untagged, ids)


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
    user = role_session(cloud, "publisher", granted("s3:*"))
    user.s3.put_object(Bucket="only-tls", Key="asset.zip", Body=b"x")


def test_a_repository_is_what_describe_repositories_names(cloud: Cloud) -> None:
    """The bootstrap role for images may look at its own repository alone."""
    for name in ("mine", "theirs"):
        cloud.ecr.create_repository(repositoryName=name)
    mine = f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/mine"
    user = role_session(cloud, "images", granted("ecr:DescribeRepositories", mine))
    user.ecr.describe_repositories(repositoryNames=["mine"])
    code, _ = user.refusal("ecr", "describe_repositories", repositoryNames=["theirs"])
    assert code == "AccessDeniedException"
