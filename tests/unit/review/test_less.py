"""What own stacks and objects lose without a word: no loss is safe, and nothing unknown is."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import review
from review.model import Risk
from review.worse import is_worse
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import reviewed, texts

Fields = Mapping[str, Any]
CACHE, TABLE, BUCKET = "ElastiCache::ReplicationGroup", "DynamoDB::Table", "S3::Bucket"
BALANCER = "ElasticLoadBalancingV2::LoadBalancer"
RECOVERY, LIFE = "PointInTimeRecoverySpecification", "LifecycleConfiguration"
BLOCKS = "PublicAccessBlockConfiguration"


def life(days: int, **more: object) -> dict[str, Any]:
    """Return a bucket with versions whose objects expire."""
    rule = {"Status": "Enabled", "ExpirationInDays": days, **more}
    return {"VersioningConfiguration": {"Status": "Enabled"}, LIFE: {"Rules": [rule]}}


def attributes(**values: str) -> dict[str, Any]:
    """Return a load balancer with attributes."""
    named = {name.replace("__", "."): value for name, value in values.items()}
    return {"LoadBalancerAttributes": [{"Key": x, "Value": y} for x, y in named.items()]}


LESS = [
    ("Lambda::Function", {"ReservedConcurrentExecutions": 9}, {"ReservedConcurrentExecutions": 0}, "takes down: .*no longer runs"),
    ("Lambda::Function", {"ReservedConcurrentExecutions": 9}, {"ReservedConcurrentExecutions": 2}, "weakens: .*less capacity"),
    ("Lambda::Function", {"DeadLetterConfig": {"TargetArn": "a"}}, {}, "weakens: .*no place for messages"),
    ("Lambda::EventSourceMapping", {"Enabled": True}, {"Enabled": False}, "interrupts: .*no more records"),
    ("Events::Rule", {"State": "ENABLED"}, {"State": "DISABLED"}, "interrupts: .*no longer runs"),
    (CACHE, {"AutomaticFailoverEnabled": True}, {"AutomaticFailoverEnabled": False}, "weakens: .*less redundancy"),
    (CACHE, {"MultiAZEnabled": True}, {}, "weakens: .*less redundancy"),
    (CACHE, {"ReplicasPerNodeGroup": 2}, {"ReplicasPerNodeGroup": 1}, "weakens: .*less redundancy"),
    (CACHE, {"SnapshotRetentionLimit": 7}, {"SnapshotRetentionLimit": 0}, "loses data: .*0 days instead of 7"),
    (CACHE, {"TransitEncryptionMode": "required"}, {"TransitEncryptionMode": "preferred"}, "weakens: .*less encryption"),
    (TABLE, {RECOVERY: {f"{RECOVERY[:19]}Enabled": True}}, {RECOVERY: {f"{RECOVERY[:19]}Enabled": False}}, "loses data: .*no longer be restored"),
    (TABLE, {RECOVERY: {"RecoveryPeriodInDays": 35}}, {RECOVERY: {"RecoveryPeriodInDays": 3}}, "loses data: .*older restore points"),
    (TABLE, {}, {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"}}, r"loses data: .*deletes items\*\* whose time has come, those that it has"),
    ("DynamoDB::GlobalTable", {}, {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"}}, r"loses data: .*deletes items\*\* whose time has come, those that it has"),
    (TABLE, {"ProvisionedThroughput": {"ReadCapacityUnits": 9}}, {"ProvisionedThroughput": {"ReadCapacityUnits": 1}}, "weakens: .*less capacity"),
    (TABLE, {"SSESpecification": {"SSEEnabled": True}}, {}, "weakens: .*less encryption"),
    ("DynamoDB::GlobalTable", {"Replicas": [{"Region": "a"}, {"Region": "b"}]}, {"Replicas": [{"Region": "a"}]}, "weakens: .*no copy in `b`"),
    ("Kinesis::Stream", {"ShardCount": 4}, {"ShardCount": 1}, "weakens: .*less capacity"),
    ("Kinesis::Stream", {"StreamEncryption": {"EncryptionType": "KMS"}}, {}, "weakens: .*less encryption"),
    ("SNS::Topic", {"KmsMasterKeyId": "k"}, {}, "weakens: .*less encryption"),
    ("SQS::Queue", {"SqsManagedSseEnabled": True}, {"SqsManagedSseEnabled": False}, "weakens: .*less encryption"),
    ("SQS::Queue", {"RedrivePolicy": {"deadLetterTargetArn": "a"}}, {}, "weakens: .*no place for messages"),
    ("RDS::DBInstance", {"EnableCloudwatchLogsExports": ["audit"]}, {}, "weakens: .*less logging"),
    ("RDS::DBInstance", {"PerformanceInsightsEnabled": True}, {"PerformanceInsightsEnabled": False}, "weakens: .*less logging"),
    ("RDS::DBInstance", {"DBInstanceClass": "a"}, {"DBInstanceClass": "b"}, "interrupts: .*with Multi-AZ for one or two minutes"),
    ("AmazonMQ::Broker", {"DeploymentMode": "A"}, {"DeploymentMode": "B"}, "loses data: .*messages so far are lost"),
    ("AmazonMQ::Broker", {"HostInstanceType": "a", "EncryptionOptions": {"KmsKeyId": "k"}, "Logs": {"Audit": True}}, {"HostInstanceType": "b", "EncryptionOptions": {"KmsKeyId": "k"}}, "weakens: .*less logging"),
    ("MSK::Cluster", {"NumberOfBrokerNodes": 6}, {"NumberOfBrokerNodes": 3}, "weakens: .*less redundancy"),
    ("OpenSearchService::Domain", {"ClusterConfig": {"ZoneAwarenessEnabled": True}}, {"ClusterConfig": {"ZoneAwarenessEnabled": False}}, "weakens: .*less redundancy"),
    ("Backup::BackupPlan", {"BackupPlan": {"Rules": [{"Lifecycle": {"DeleteAfterDays": 9}}]}}, {"BackupPlan": {"Rules": [{"Lifecycle": {"DeleteAfterDays": 1}}]}}, "weakens: .*fewer backups"),
    ("GuardDuty::Detector", {"Enable": True}, {"Enable": False}, "weakens: .*no longer detects"),
    ("Cognito::UserPool", {"MfaConfiguration": "ON"}, {"MfaConfiguration": "OFF"}, "weakens: .*second factor"),
    ("StepFunctions::StateMachine", {"LoggingConfiguration": {"Level": "ALL"}}, {"LoggingConfiguration": {"Level": "OFF"}}, "weakens: .*less logging"),
    ("Any::Thing", {"MetricsConfiguration": {"Mode": "ALL"}}, {"MetricsConfiguration": {"Mode": "ANY"}}, "weakens: .*less logging"),
    ("Any::Thing", {"Mode": "ALL"}, {"Mode": "ANY"}, "not judged: .*`Mode`"),
    ("Lambda::Function", {"TracingConfig": {"Mode": "Active"}}, {"TracingConfig": {"Mode": "PassThrough"}}, "weakens: .*less logging"),
    ("ApplicationAutoScaling::ScalableTarget", {"MinCapacity": 4}, {"MinCapacity": 1}, "weakens: .*less capacity"),
    ("AutoScaling::AutoScalingGroup", {"MinSize": "3"}, {"MinSize": "1"}, r"weakens: .*\*\*1 instead of 3"),
    ("ElasticLoadBalancingV2::Listener", {"Protocol": "HTTPS"}, {"Protocol": "HTTP"}, "weakens: .*no longer encrypted"),
    ("Route53::RecordSet", {"ResourceRecords": ["192.0.2.1"]}, {"ResourceRecords": ["192.0.2.2"]}, "interrupts: .*leads somewhere else"),
    (BALANCER, attributes(deletion_protection__enabled="true"), attributes(deletion_protection__enabled="false"), "weakens: .*less protection"),
    (BALANCER, attributes(access_logs__s3__enabled="true"), attributes(access_logs__s3__enabled="false"), "weakens: "),
    ("Any::Thing", {BLOCKS: {"IgnorePublicAcls": True}}, {BLOCKS: {"IgnorePublicAcls": False}}, "weakens: .*less protection"),
    ("EC2::Instance", {"DisableApiTermination": True}, {"DisableApiTermination": False}, "weakens: .*less protection"),
    ("ApiGateway::RestApi", {"DisableExecuteApiEndpoint": True}, {"DisableExecuteApiEndpoint": False}, "weakens: .*less protection"),
    ("Any::Thing", {"DisableLogging": False}, {"DisableLogging": True}, "weakens: .*less logging"),
    ("Any::Thing", {}, {"SkipSnapshot": True}, "weakens: .*fewer backups"),
    ("Any::Thing", {}, {"DisableRollback": True}, "weakens: .*less protection"),
    ("Any::Thing", {"PubliclyAccessible": False}, {"PubliclyAccessible": True}, "weakens: .*less protection"),
    (BUCKET, {"ReplicationConfiguration": {"Role": "r"}}, {}, "weakens: .*less redundancy"),
    (BUCKET, life(365), life(30), "weakens: .*get a delete marker"),
    (BUCKET, life(365, NoncurrentVersionExpiration={"NoncurrentDays": 1}), life(30, NoncurrentVersionExpiration={"NoncurrentDays": 1}), "loses data: .*older ones are deleted"),
    ("Any::Thing", {"Depth": 1}, {"Depth": 2}, "not judged: .*`Depth` `1` → `2`"),
    # Names that only sound like it.
    ("Any::Thing", {"DisableReason": "a"}, {"DisableReason": "b"}, "not judged: .*`DisableReason`"),
    ("Any::Thing", {"HealthyThresholdCount": 5}, {"HealthyThresholdCount": 2}, "not judged: "),
    ("Any::Thing", {"BlockDevices": "a", "CatalogId": "b", "LoginUrl": "c"}, {}, "not judged: "),
    ("Any::Thing", {"SnapshotIdentifier": "a", "Rules": "b"}, {}, "not judged: "),
    ("Any::Thing", {"Depth": {"Capacity": 1}}, {"Depth": {"Capacity": {"Ref": "AWS::Region"}}}, "not judged: "),
]  # fmt: skip
NEVER = "allows isn't in these stacks"
SAFE = [
    ("Any::Thing", {"Description": "a"}, {"Description": "b"}),
    ("Any::Thing", {"LogLevel": {"Enabled": False}}, {"LogLevel": {"Enabled": True}}),
    ("Any::Thing", {"KmsKeyId": None}, {"KmsKeyId": "k"}),
    ("Any::Thing", {"MinCapacity": 1}, {"MinCapacity": 2}),
    (BUCKET, {BLOCKS: {"BlockPublicAcls": False}}, {BLOCKS: {"BlockPublicAcls": True}}),
    (BUCKET, {BLOCKS: {"RestrictPublicBuckets": False}}, {BLOCKS: {"RestrictPublicBuckets": True}}),
    ("EC2::Instance", {"DisableApiTermination": False}, {"DisableApiTermination": True}),
    ("ApiGateway::RestApi", {"DisableExecuteApiEndpoint": False}, {"DisableExecuteApiEndpoint": True}),
    ("Any::Thing", {"DisableLogging": True}, {"DisableLogging": False}),
    ("Any::Thing", {"DisableLogging": True}, {}),
    ("Any::Thing", {"Replicas": ["a"]}, {"Replicas": ["a", "b"]}),
    ("Lambda::Function", {"Description": "a"}, {"Description": "b"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "before", "after", "says"), LESS)
def test_a_loss_is_never_safe(kind: str, before: Fields, after: Fields, says: str) -> None:
    """By a row of its own, or by what the name of the property says."""
    one, other = (of_resources({"R": resource(f"AWS::{kind}", **x)}) for x in (before, after))
    found = reviewed(one, other)
    said = texts(found)
    assert any(re.search(says, each) for each in said), said
    assert NEVER not in "".join(x for y in found.environments[0].sentences for x in y.details)
    assert found.risk.words == says.partition(":")[0], said
    # What is told is judged.
    assert says.startswith("not judged") or not any("not judged" in x for x in said), said
    assert bool(found.missing_consents) is (found.risk in {Risk.TAKES_DOWN, Risk.LOSES_DATA})


@pytest.mark.parametrize(("kind", "before", "after"), SAFE)
def test_more_and_words_are_safe(kind: str, before: Fields, after: Fields) -> None:
    """What grows, is turned on or only describes."""
    one, other = (of_resources({"R": resource(f"AWS::{kind}", **x)}) for x in (before, after))
    found = reviewed(one, other)
    assert found.risk in {Risk.SAFE, Risk.COSTS}, texts(found)


def test_each_direction_has_words() -> None:
    """An empty one would be harmless."""
    for row in rows("directions"):
        re.compile(row["path"])
        assert bool(row["less"]) is (row["worse"] != "never")


@pytest.mark.parametrize("file", ["directions", "protections"])
def test_each_row_knows_what_is_worse(file: str) -> None:
    """A word that nobody knows would make it silent."""
    for how in {row["worse"] for row in rows(file)} - {"never"}:
        assert not is_worse(how, ([1], [1]), (["1"], ["1"]), [], (1, 1)), how
    with pytest.raises(ValueError, match="lowr"):
        is_worse("lowr", ([1], [0]), (["1"], ["0"]), ["1"], (1, 1))


def rows(file: str) -> list[dict[str, str]]:
    """Return the rows of a table."""
    table = Path(review.__file__).parent / f"{file}.csv"
    return [*csv.DictReader(table.read_text(encoding="utf-8").splitlines())]


def ingress(to: str = "web", **spec: object) -> dict[str, Any]:
    """Return an Ingress."""
    backend = {"service": {"name": to, "port": {"number": 80}}}
    rules = [{"http": {"paths": [{"path": "/", "backend": backend}]}}]
    return kubernetes(
        "Ingress", "web", apiVersion="networking.k8s.io/v1", spec={"rules": rules, **spec}
    )


def definition(*fields: str, served: Mapping[str, bool]) -> dict[str, Any]:
    """Return a definition with versions that know fields."""
    inner = {"properties": {x: {"type": "string"} for x in fields}}
    schema = {"openAPIV3Schema": {"properties": {"spec": inner}}}
    versions = [{"name": x, "served": y, "schema": schema} for x, y in served.items()]
    return kubernetes("CustomResourceDefinition", "widgets.a.b", spec={"versions": versions})


SERVICE = kubernetes("Service", "web", apiVersion="v1", spec={"ports": [{"port": 80}]})
V1 = {"v1": True}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (ingress(ingressClassName="alb"), ingress(ingressClassName="nginx"), r"takes down: .*moves to another class.*`nginx` instead of `alb`"),
        (ingress(ingressClassName="alb"), ingress(), r"takes down: .*has no class any more"),
        (ingress(), ingress(to="wbe"), "takes down: Ingress .* sends to Service `wbe`"),
        (definition(served=V1), definition(served={"v1": False}), r"takes down: .*serves no version any more"),
        (definition(served={**V1, "v2": True}), definition(served={**V1, "v2": False}), "interrupts: .*serves fewer versions"),
        (definition(served={**V1, "v2": True}), definition(served=V1), "interrupts: .*no longer serves version `v2`"),
        (definition("a", "b", served=V1), definition("a", served=V1), r"loses data: .*no longer knows\*\* `spec.b`"),
        (definition("a", served=V1), definition("a", "b", served=V1), "safe: Changed in"),
    ],
)  # fmt: skip
def test_what_objects_lose(before: Fields, after: Fields, says: str) -> None:
    """Its class, its Service, its only version or a field."""
    one, other = (of_resources({"R": manifest(x, SERVICE)}) for x in (before, after))
    found = reviewed(one, other)
    assert any(re.search(says, each) for each in texts(found)), texts(found)
    assert found.risk.words == says.partition(":")[0]


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("postgres@sha256:{}", r"their image changes, `postgres@sha256:aaaaaaaa…` → `postgres@sha256:bbbbbbbb…`"),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/assets:{}", "their image was rebuilt"),
    ],
)  # fmt: skip
def test_what_somebody_else_built_is_not_rebuilt(image: str, says: str) -> None:
    """A digest of a database engine may be another version of it."""
    one, other = (
        of_resources({"R": manifest(deployment(image=image.format(x * 64)))}) for x in "ab"
    )
    assert any(says in each for each in texts(reviewed(one, other)))


def deployment(
    kind: str = "Deployment", spec: Fields | None = None, **container: object
) -> dict[str, Any]:
    """Return what has three pods of one container."""
    template = {"spec": {"containers": [{"name": "web", "image": "web:1", **container}]}}
    return kubernetes(kind, "web", spec={"replicas": 3, "template": template, **(spec or {})})


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (None, 3, r"all of its pods at once"),
        (None, 2, r"stop 2 of its pods at once instead of 0"),
        ("50%", 2, r"stop 2 of its pods at once instead of 1"),
        ("25%", "50%", r"stop 50% of its pods at once instead of 25%"),
        ("50%", 1, ""),
    ],
)
def test_percentages_and_numbers_are_compared(before: object, after: object, says: str) -> None:
    """Of three pods."""
    one, other = (
        of_resources({"R": manifest(deployment(spec={} if x is None else {"strategy": {"rollingUpdate": {"maxUnavailable": x}}}))})
        for x in (before, after)
    )  # fmt: skip
    said = [x for x in texts(reviewed(one, other)) if x.startswith("weakens")]
    assert [bool(re.search(says, each)) for each in said] == [True] * bool(says), said


def test_without_its_probe_a_pod_counts_as_ready_at_once() -> None:
    """So that a new one is ready before an old one stops says nothing."""
    probed = deployment(readinessProbe={"httpGet": {"port": 80}})
    one, other = (of_resources({"R": manifest(x)}) for x in (probed, deployment()))
    assert any("counts as ready once its containers run" in x for x in texts(reviewed(one, other)))
