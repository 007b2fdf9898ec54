from __future__ import annotations

import pytest

from tests.support import Assembly, Template, only, resources_of
from tests.unit.constructs_lib.templates import depends_on, one
from tests.unit.constructs_lib.variants import Variants


@pytest.fixture(scope="module")
def closed(variants: Variants) -> Template:
    """Return a network whose flow logs go to a bucket that may be destroyed."""
    return variants.platforms.templates["Closed/Network"]


def test_a_record_names_the_pods(closed: Template, assembly: Assembly) -> None:
    """Interface addresses alone would only show nodes: the packet's addresses are the pods'."""
    for template in (closed, assembly.templates["Dev/Network"]):
        fields = only(template, "AWS::EC2::FlowLog")["LogFormat"].split(" ")
        assert {"${pkt-srcaddr}", "${pkt-dstaddr}", "${srcaddr}", "${dstaddr}"} <= set(fields)
        assert {"${action}", "${flow-direction}", "${start}", "${log-status}"} <= set(fields)
        assert len(fields) == len(set(fields))


def test_every_flow_of_the_vpc_is_recorded(closed: Template) -> None:
    """Accepted and rejected traffic of the whole VPC, minute by minute."""
    log = only(closed, "AWS::EC2::FlowLog")
    assert log["ResourceId"] == {"Ref": one(closed, "AWS::EC2::VPC")}
    assert (log["ResourceType"], log["TrafficType"]) == ("VPC", "ALL")
    assert log["MaxAggregationInterval"] == 60


def test_records_in_a_bucket_are_private_and_expire(closed: Template) -> None:
    """The bucket is encrypted, closed to the public and to plain HTTP, and forgets."""
    bucket = only(closed, "AWS::S3::Bucket")
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["Status"]) == (14, "Enabled")
    denied = [
        statement
        for statement in only(closed, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]
    assert [statement["Condition"] for statement in denied] == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]


def test_the_flow_log_goes_to_the_bucket_and_waits_for_its_policy(closed: Template) -> None:
    """Without the policy the delivery service is refused."""
    log = one(closed, "AWS::EC2::FlowLog")
    assert only(closed, "AWS::EC2::FlowLog")["LogDestination"] == {
        "Fn::GetAtt": [one(closed, "AWS::S3::Bucket"), "Arn"]
    }
    assert one(closed, "AWS::S3::BucketPolicy") in depends_on(closed, log)


def test_a_bucket_that_may_go_is_emptied_first(closed: Template) -> None:
    """CloudFormation can't delete a bucket that holds objects."""
    bucket = resources_of(closed, "AWS::S3::Bucket")[one(closed, "AWS::S3::Bucket")]
    assert bucket["DeletionPolicy"] == "Delete"
    assert len(resources_of(closed, "Custom::S3AutoDeleteObjects")) == 1


def test_a_bucket_that_must_stay_is_never_emptied(assembly: Assembly) -> None:
    """Production keeps its records when the stack goes."""
    template = assembly.templates["Prod/Network"]
    (bucket,) = resources_of(template, "AWS::S3::Bucket").values()
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert not resources_of(template, "Custom::S3AutoDeleteObjects")
    (rule,) = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 365


def test_records_in_cloudwatch_logs_expire(assembly: Assembly) -> None:
    """Development keeps a week of records in a log group that goes with its stack."""
    template = assembly.templates["Dev/Network"]
    (group,) = resources_of(template, "AWS::Logs::LogGroup").values()
    assert group["Properties"]["RetentionInDays"] == 7
    assert group["DeletionPolicy"] == "Delete"
    log = only(template, "AWS::EC2::FlowLog")
    assert log["LogDestinationType"] == "cloud-watch-logs"
    assert log["LogGroupName"] == {"Ref": one(template, "AWS::Logs::LogGroup")}


def test_protected_records_have_a_key_of_ours(assembly: Assembly, variants: Variants) -> None:
    """Log delivery may use it for a bucket, CloudWatch Logs for a log group."""
    bucket, group = assembly.templates["Prod/Network"], variants.networks.templates["Protected"]
    users = {}
    for template in (bucket, group):
        key = only(template, "AWS::KMS::Key")
        assert key["EnableKeyRotation"] is True
        _, use = key["KeyPolicy"]["Statement"]
        users[use["Principal"]["Service"]] = {*use["Condition"]["ArnLike"]}
    assert users == {
        "delivery.logs.amazonaws.com": {"aws:SourceArn"},
        "logs.eu-central-1.amazonaws.com": {"kms:EncryptionContext:aws:logs:arn"},
    }
    arn = {"Fn::GetAtt": [one(bucket, "AWS::KMS::Key"), "Arn"]}
    (encryption,) = only(bucket, "AWS::S3::Bucket")["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    assert encryption["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": arn,
    }
    assert encryption["BucketKeyEnabled"] is True
    arn = {"Fn::GetAtt": [one(group, "AWS::KMS::Key"), "Arn"]}
    assert only(group, "AWS::Logs::LogGroup")["KmsKeyId"] == arn


def test_a_protected_bucket_keeps_what_is_deleted(assembly: Assembly) -> None:
    """For a month: whoever gets in can't take the trail away."""
    bucket = only(assembly.templates["Prod/Network"], "AWS::S3::Bucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
