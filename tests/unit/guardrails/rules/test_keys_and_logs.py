from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from guardrails.catalogue import RULES
from tests.unit.guardrails.environments import of_resources

HERE = "111122223333"
ARCHIVE = "arn:aws:iam::444455556666:role/Archive"
ROOT = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
OWNER = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
CHECKS = {rule.id: rule.check for rule in RULES}


def values(rule: str, environment: Environment) -> list[str]:
    """Return what a rule finds."""
    return [finding.value for finding in CHECKS[rule](environment)]


def placed(environment: Environment, account: str = HERE) -> Environment:
    """Return an environment whose stack says where it is deployed."""
    stack = replace(environment.stacks["Stack"], account=account, region="eu-west-1")
    return replace(environment, stacks={"Stack": stack})


def key(*statements: dict[str, Any], account: str = HERE, **others: Any) -> Environment:  # noqa: ANN401
    """Return an environment with a key with these statements, and one that its account owns."""
    policy = {"Statement": [*statements, OWNER]}
    made = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}
    return placed(of_resources(Key=made, **others), account)


def group(**properties: object) -> dict[str, Any]:
    """Return a log group that the key encrypts."""
    named = {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}, **properties}
    return {"Type": "AWS::Logs::LogGroup", "Properties": named}


def allowed(principal: object, condition: object = None) -> dict[str, Any]:
    """Return a statement that lets somebody encrypt."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    return {**statement, "Condition": condition} if condition else statement


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (allowed("*"), ["*"]),
        (allowed("*", {"StringEquals": {"kms:CallerAccount": HERE}}), []),
        (allowed("*", {"StringEquals": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}}), ["*"]),
        (allowed("*", {"StringLike": {"aws:PrincipalOrgID": "*"}}), ["*"]),
        (allowed("*", {"Ref": "Nobody"}), []),
        (allowed({"AWS": f"arn:aws:iam::{HERE}:role/Operator"}), []),
        (allowed({"AWS": "444455556666"}), ["444455556666"]),
        (allowed({"AWS": {"Ref": "Nobody"}}), []),
        ({**allowed({"AWS": ARCHIVE}), "Action": ["kms:Decrypt", "kms:DescribeKey"]}, []),
        ({**allowed({"AWS": ARCHIVE}), "Action": ["kms:Decrypt", "kms:Encrypt"]}, [ARCHIVE]),
        ({**allowed({"AWS": "444455556666"}), "Action": "kms:Decrypt"}, ["444455556666"]),
        ({**allowed({"AWS": ARCHIVE}), "Action": None, "NotAction": "kms:Delete*"}, [ARCHIVE]),
        (allowed({"Service": "ec2.amazonaws.com"}), []),
        (allowed({"Service": {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}}), ["logs.${AWS::Region}.${AWS::URLSuffix}"]),
        ({"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "kms:*"}, ["NotPrincipal"]),
        ({"Effect": "Allow", "Principal": [None], "Action": None}, []),
    ],
)  # fmt: skip
def test_a_key_is_for_its_account_and_for_services_that_act_for_it(
    statement: dict[str, Any], found: list[str]
) -> None:
    """What only a deploy knows is no breach."""
    assert values("EXPOSE9", key(statement)) == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (allowed({"Service": "logs.eu-west-1.amazonaws.com"}), []),
        (allowed({"Service": {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}}), []),
        (allowed({"Service": {"Ref": "Nobody"}}), []),
        (allowed({"Service": "logs.eu-west-2.amazonaws.com"}), ["key"]),
        (allowed({"Service": "logs.eu-west-1.amazonaws.com"}, {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:*:log-group:/a/*"}}), []),
        (allowed({"Service": "logs.eu-west-1.amazonaws.com"}, {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:*:log-group:/b/*"}}), ["key"]),
        (allowed({"Service": "logs.eu-west-1.amazonaws.com"}, {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": {"Ref": "Nobody"}}}), []),
        ({**OWNER, "Principal": "*", "Effect": "Deny", "Action": "kms:encrypt"}, ["key"]),
    ],
)  # fmt: skip
def test_a_log_group_needs_a_key_that_its_service_may_use(
    statement: dict[str, Any], found: list[str]
) -> None:
    """The region and the name are those of the group."""
    environment = key(statement, Group=group(LogGroupName="/a/b"))
    assert values("EXPOSE11", environment) == found


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("arn:aws:kms:eu-west-1:111122223333:key/1", []),
        ("arn:aws:kms:us-east-1:111122223333:key/1", ["key"]),
        ("alias/logs", []),
        ("logs", ["key"]),
        ({"Ref": "Nobody"}, []),
        (["logs"], ["key"]),
    ],
)
def test_a_key_that_was_made_elsewhere_is_in_the_same_region(
    named: object, found: list[str]
) -> None:
    """More than its name isn't known."""
    assert values("EXPOSE11", key(Group=group(KmsKeyId=named))) == found


def test_an_account_that_nobody_knows_is_none_of_another() -> None:
    """A stack for any account means its own by AWS::AccountId; a number is somebody else."""
    assert values("EXPOSE9", key(allowed({"AWS": HERE}), account="")) == [HERE]
    assert values("EXPOSE10", key(account="")) == []
    assert values("EXPOSE10", key()) == []
    logs = allowed(
        {"Service": "logs.eu-west-1.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": HERE}}
    )
    assert values("EXPOSE11", key(logs, Group=group())) == []
    assert values("EXPOSE11", key(logs, account="", Group=group())) == ["key"]


@pytest.mark.parametrize(("account", "found"), [(HERE, []), ("444455556666", ["kms:PutKeyPolicy"])])
def test_a_key_is_of_its_own_account(account: str, found: list[str]) -> None:
    """Otherwise only AWS Support can change its policy."""
    statement = {**OWNER, "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
    made = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": statement}}}
    assert values("EXPOSE10", placed(of_resources(Key=made))) == found


def test_a_key_without_a_policy_gets_one_that_its_account_owns() -> None:
    """KMS writes it."""
    made = placed(of_resources(Key={"Type": "AWS::KMS::Key", "Properties": {}}, Group=group()))
    assert (values("EXPOSE10", made), values("EXPOSE11", made)) == ([], [])


def test_a_group_for_a_function_elsewhere_is_no_mistake() -> None:
    """Without any function there is nothing that it could be meant for."""
    named = group(LogGroupName="/aws/lambda/other")
    assert values("EXPOSE14", key(Group=named)) == []


BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
)


@pytest.mark.parametrize(
    ("who", "recorded", "found"),
    [
        ("444455556666", False, []),
        ("444455556666", True, ["444455556666"]),
        ("*", False, ["*"]),
        ("*", True, ["*"]),
    ],
)
def test_a_bucket_may_be_there_to_be_shared(who: str, found: list[str], *, recorded: bool) -> None:
    """One of flow logs isn't."""
    document = {"Statement": {**OWNER, "Principal": {"AWS": who}, "Action": "s3:GetObject"}}
    policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}
    destination = {"LogDestination": {"Fn::GetAtt": ["Bucket", "Arn"]}}
    log = {"Type": "AWS::EC2::FlowLog", "Properties": destination if recorded else {}}
    made = of_resources(
        Bucket={
            "Type": "AWS::S3::Bucket",
            "Properties": {"PublicAccessBlockConfiguration": BLOCKED},
        },
        Policy={"Type": "AWS::S3::BucketPolicy", "Properties": policy},
        Log=log,
    )
    assert values("EXPOSE15", placed(made)) == found


@pytest.mark.parametrize(
    ("kind", "found"), [("AWS::KMS::Alias", ["unused"]), ("AWS::EC2::Volume", [])]
)
def test_an_alias_is_no_use_of_a_key(kind: str, found: list[str]) -> None:
    """Something must be encrypted with it."""
    named = {"Type": kind, "Properties": {"TargetKeyId": {"Ref": "Mine"}}}
    made = of_resources(Mine={"Type": "AWS::KMS::Key"}, User=named)
    assert values("EXPOSE25", made) == found


def test_an_account_that_nobody_knows_is_written_as_a_word() -> None:
    """Which one it is tells the deploy."""
    document = {"Statement": {**OWNER, "Action": "s3:GetBucketAcl"}}
    policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}
    destination = {"LogDestination": {"Fn::GetAtt": ["Bucket", "Arn"]}}
    made = of_resources(
        Bucket={"Type": "AWS::S3::Bucket"},
        Policy={"Type": "AWS::S3::BucketPolicy", "Properties": policy},
        Log={"Type": "AWS::EC2::FlowLog", "Properties": destination},
    )
    found = [each.detail for each in CHECKS["EXPOSE17"](made)]
    assert any(" on Bucket/AWSLogs/ACCOUNT/x for" in each for each in found)


VPC = {"Type": "AWS::EC2::VPC"}
LOG = {
    "Type": "AWS::EC2::FlowLog",
    "Properties": {"ResourceId": {"Ref": "Vpc"}, "LogGroupName": "flows"},
}


@pytest.mark.parametrize(
    ("resources", "production", "found"),
    [
        ({"Vpc": VPC}, False, []),
        ({"Vpc": VPC}, True, ["unrecorded"]),
        ({"Vpc": VPC, "Log": LOG}, True, []),
        ({"Vpc": VPC, "Other": VPC, "Log": LOG}, False, ["unrecorded"]),
    ],
)
def test_networks_of_production_are_recorded(
    resources: dict[str, Any], found: list[str], *, production: bool
) -> None:
    """Elsewhere it is a choice, but for all of them."""
    there = of_resources(**resources)
    stack = replace(there.stacks["Stack"], termination_protection=production)
    protected = replace(there, stacks={"Stack": stack})
    assert values("EXPOSE17", protected) == found
    # What an environment says of itself comes before what its stacks look like.
    said = replace(there, production=production)
    assert values("EXPOSE17", said) == found
    assert values("EXPOSE17", replace(protected, production=False)) == values("EXPOSE17", there)
