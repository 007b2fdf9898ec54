"""What is said of a shorter retention: whose logs, and what is left of what expires."""

from __future__ import annotations

from typing import Any

import pytest

from review.model import Risk
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import reviewed, texts

REPOSITORY, EMPTIES = "AWS::ECR::Repository", "Custom::S3AutoDeleteObjects"
LOGS, BUCKET, FUNCTION = "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::Lambda::Function"
DELETED = "CloudWatch Logs usually deletes them within 72 hours."


def details(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    """Return the details of the sentence about what keeps less."""
    found = reviewed(of_resources(before), of_resources(after)).environments[0].sentences
    (said,) = (each for each in found if "keep" in each.text)
    return said.details


def logs(name: object, days: int) -> dict[str, Any]:
    """Return a log group that keeps its entries for so many days."""
    return resource(LOGS, LogGroupName=name, RetentionInDays=days)


def functions(days: int) -> dict[str, Any]:
    """Return log groups of two functions, one by its name and one by its settings, and others."""
    named = {"Fn::Join": ["", ["/aws/lambda/", {"Ref": "One"}]]}
    return {
        "A": logs(named, days),
        "B": logs("/aws/eks/prod/cluster", days),
        "C": logs("web", days),
        "D": logs("any", days),
        "One": resource(FUNCTION),
        "Two": resource(FUNCTION, LoggingConfig={"LogGroup": {"Ref": "D"}}),
    }


def test_whose_logs_they_are() -> None:
    """Those of functions come last."""
    names = "Log group `B` (control plane), log group `C`, log group of Lambda function `One` and log group of Lambda function `Two`"
    assert details(functions(365), functions(30)) == (f"{names}. {DELETED}",)


def test_one_that_the_sentence_names_is_not_named_again() -> None:
    """Only when it is deleted is new."""
    assert details({"A": logs("a", 365)}, {"A": logs("a", 30)}) == (DELETED,)


def bucket(days: int, status: str, versions: str) -> dict[str, Any]:
    """Return a bucket whose objects expire, and by a rule of some status their earlier versions."""
    rules = [
        {"ExpirationInDays": days, "Status": "Enabled"},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 7}, "Status": status},
    ]
    versioning = {"VersioningConfiguration": {"Status": versions}}
    return {"B": resource(BUCKET, LifecycleConfiguration={"Rules": rules}, **versioning)}


@pytest.mark.parametrize(
    ("status", "versions", "restored"),
    [
        ("Enabled", "Enabled", True),
        ("Enabled", "Suspended", False),
    ],
)
def test_earlier_versions_can_be_restored(status: str, versions: str, *, restored: bool) -> None:
    """While the bucket keeps some, until a rule that is in force deletes them."""
    found = details(bucket(365, status, versions), bucket(30, status, versions))
    assert any("for 7 more days" in each for each in found) is restored


def test_what_expires_in_a_bucket_that_keeps_versions_is_not_deleted() -> None:
    """Unless a rule in force deletes them, or versioning was suspended."""
    for status, versions, risk in (
        ("Enabled", "Enabled", Risk.LOSES_DATA),
        ("Disabled", "Enabled", Risk.WEAKENS),
        ("Disabled", "Suspended", Risk.LOSES_DATA),
    ):
        one, other = (of_resources(bucket(x, status, versions)) for x in (365, 30))
        assert reviewed(one, other).risk is risk
    found = details(bucket(365, "Disabled", "Suspended"), bucket(30, "Disabled", "Suspended"))
    assert any("only get a delete marker" in each for each in found)


@pytest.mark.parametrize(("was", "now"), [("Enabled", "Disabled"), ("Disabled", "Enabled")])
def test_the_rules_from_now_on_say_what_stays(was: str, now: str) -> None:
    """Whether earlier versions were deleted so far or not."""
    one, other = (of_resources(bucket(*x, "Enabled")) for x in ((365, was), (30, now)))
    found = texts(reviewed(one, other))
    assert any("get a delete marker" in each for each in found) is (now == "Disabled")


def waiting(days: object) -> dict[str, Any]:
    """Return a key that is deleted so many days after it was scheduled."""
    return resource("AWS::KMS::Key", **({} if days is None else {"PendingWindowInDays": days}))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"A": waiting(7)}, ["7 days after that:"]),
        ({"A": waiting(None), "B": waiting(30)}, ["30 days after that:"]),
        (
            {"A": waiting(7), "B": waiting(14)},
            ["7 days after that for KMS key `A`:", "14 days after that for KMS key `B`:"],
        ),
        ({"A": waiting(7) | {"DeletionPolicy": "Retain"}}, []),
        ({"A": resource(BUCKET)}, []),
    ],
)
def test_until_when_a_deleted_key_can_be_kept(keys: dict[str, Any], said: list[str]) -> None:
    """A key that stays in the account isn't deleted, and nothing else waits."""
    said_of = reviewed(of_resources(keys), of_resources({})).environments[0].sentences
    (removed,) = [each for each in said_of if "**removed**" in each.text]
    found = [x for x in removed.details if x.startswith("AWS KMS deletes a key only")]
    assert [any(one in x for x in found) for one in said] == [True] * len(found)
    assert len(found) == len(said)


EMPTIED = {"E": resource(EMPTIES, BucketName={"Ref": "R"})}
HELD = "CloudFormation deletes {} `R` only if nothing is left in it: otherwise that fails, and what is in it stays."


@pytest.mark.parametrize(
    ("kept", "others", "noun"),
    [
        (resource(BUCKET), {}, "bucket"),
        (resource(BUCKET), EMPTIED, ""),
        (resource("AWS::Backup::BackupVault"), {}, "backup vault"),
        (resource(REPOSITORY), {}, "ECR repository"),
        (resource(REPOSITORY, EmptyOnDelete=True), {}, ""),
        (resource(LOGS), {}, ""),
    ],
)
@pytest.mark.parametrize("goes", [True, False])
def test_what_is_not_empty_is_not_deleted(
    kept: dict[str, Any], others: dict[str, Any], noun: str, *, goes: bool
) -> None:
    """Unless something empties it first; whether it goes now, or may go from now on."""
    after = {} if goes else {"R": kept, **others}
    before = {"R": kept if goes else {**kept, "DeletionPolicy": "Retain"}, **others}
    stays = {"S": resource("AWS::SSM::Parameter")}
    review = reviewed(of_resources({**before, **stays}), of_resources({**after, **stays}))
    details = [x for each in review.environments[0].sentences for x in each.details]
    assert [x for x in details if "only if" in x] == [HELD.format(noun)] * bool(noun), details
    lost = Risk.REMOVES if noun else Risk.LOSES_DATA
    assert review.risk is (lost if goes else Risk.WEAKENS), texts(review)
    assert any("objects so far" in x for x in texts(review)) is (goes and bool(others))


@pytest.mark.parametrize(
    ("kind", "paid"),
    [(LOGS, ", and is paid for"), ("AWS::EC2::VPC", ""), ("AWS::SQS::Queue", "")],
)
def test_what_stays_is_paid_for_if_it_costs_anything(kind: str, paid: str) -> None:
    """Or a reader takes for saved what the next bill has."""
    kept, other = {**resource(kind), "DeletionPolicy": "Retain"}, resource("AWS::SSM::Parameter")
    (environment,) = reviewed(
        of_resources({"R": kept, "S": other}), of_resources({"S": other})
    ).environments
    details = [x for each in environment.sentences for x in each.details]
    assert f"It stays in the account, outside the stack{paid}." in details


@pytest.mark.parametrize(
    ("protected", "lost"),
    [(True, "its nodes go, and all that runs"), (False, "the old cluster goes, and all that runs")],
)
@pytest.mark.parametrize("removed", [True, False])
def test_a_protected_cluster_stays(lost: str, *, protected: bool, removed: bool) -> None:
    """AWS refuses to delete it: a sentence that it goes contradicts that."""
    old, new = (
        resource("AWS::EKS::Cluster", Name="one", RoleArn=role, DeletionProtection=protected)
        for role in ("arn:aws:iam::111122223333:role/A", "arn:aws:iam::111122223333:role/B")
    )
    other = resource("AWS::SSM::Parameter")
    after = {"S": other} if removed else {"R": new, "S": other}
    said = texts(reviewed(of_resources({"R": old, "S": other}), of_resources(after)))
    assert any(lost in x for x in said), said


@pytest.mark.parametrize(
    ("kind", "protection", "refuses"),
    [
        ("AWS::Cognito::UserPool", {"DeletionProtection": "ACTIVE"}, True),
        ("AWS::Cognito::UserPool", {"DeletionProtection": "INACTIVE"}, False),
        ("AWS::DynamoDB::Table", {"DeletionProtectionEnabled": True}, True),
        ("AWS::DynamoDB::Table", {"DeletionProtectionEnabled": False}, False),
        ("AWS::RDS::DBInstance", {"DeletionProtection": "true"}, True),
        ("AWS::RDS::DBInstance", {}, False),
    ],
)
def test_what_is_protected_is_not_deleted(
    kind: str, protection: dict[str, Any], *, refuses: bool
) -> None:
    """Whatever a service calls on."""
    (environment,) = reviewed(
        of_resources({"R": resource(kind, **protection)}), of_resources({})
    ).environments
    details = [x for each in environment.sentences for x in each.details]
    assert any(x.startswith("AWS refuses to delete") for x in details) is refuses, details


DATABASE, TABLE = "AWS::RDS::DBInstance", "AWS::DynamoDB::Table"
EMPTY = (
    "The new one starts empty, and whatever refers to it in these stacks uses that one from then on"
)
COSTS = "; the old one keeps its data, and is paid for until you delete it."


@pytest.mark.parametrize(
    ("made", "fields", "policy", "risk", "detail"),
    [
        ((DATABASE, "DBName"), {}, "Delete", Risk.LOSES_DATA, ""),
        ((DATABASE, "DBName"), {}, "Retain", Risk.REPLACES, EMPTY + COSTS),
        ((DATABASE, "DBName"), {}, "Snapshot", Risk.REPLACES, f"{EMPTY}."),
        (
            (DATABASE, "DBName"),
            {"DeletionProtection": True},
            "Delete",
            Risk.REPLACES,
            EMPTY + COSTS,
        ),
        ((DATABASE, "DBName"), {"DBSnapshotIdentifier": "s"}, "Retain", Risk.REPLACES, ""),
        (
            (TABLE, "TableName"),
            {"DeletionProtectionEnabled": True},
            "",
            Risk.REPLACES,
            EMPTY + COSTS,
        ),
        ((TABLE, "TableName"), {}, "", Risk.LOSES_DATA, ""),
        ((BUCKET, "BucketName"), {}, "", Risk.REPLACES, f"{EMPTY}."),
        ((BUCKET, "BucketName"), {}, "Retain", Risk.REPLACES, EMPTY + COSTS),
        ((LOGS, "LogGroupName"), {}, "Retain", Risk.REPLACES, EMPTY + COSTS),
        (("AWS::SecretsManager::Secret", "Name"), {}, "Retain", Risk.REPLACES, ""),
    ],
)
def test_what_stays_when_another_takes_its_place(
    made: tuple[str, str], fields: dict[str, Any], policy: str, risk: Risk, detail: str
) -> None:
    """Nothing is lost, but the new one has nothing of it. Either needs consent."""
    kind, name = made
    before, after = (
        of_resources(
            {"R": {**resource(kind, **{name: x}, **fields), "UpdateReplacePolicy": policy}}
        )
        for x in ("a", "b")
    )
    review = reviewed(before, after)
    details = [x for each in review.environments[0].sentences for x in each.details]
    assert review.risk is risk, texts(review)
    assert [x for x in details if x.startswith(EMPTY)] == [detail] * bool(detail)
    assert any("is lost" in x for x in texts(review)) is (risk is Risk.LOSES_DATA)
    assert review.missing_consents


def test_a_protected_database_is_not_deleted_with_its_resource() -> None:
    """AWS refuses that, and it stays."""
    fields = {"DeletionProtection": True}
    stays = {"S": resource("AWS::SSM::Parameter")}
    review = reviewed(
        of_resources({"R": resource(DATABASE, **fields), **stays}), of_resources(stays)
    )
    assert review.risk is Risk.REMOVES, texts(review)
