"""What a change means of resources in a team's own stacks, which this project doesn't make."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from guardrails.frozen import stateful
from guardrails.step.replacement import changes_of, losses
from review.model import Risk
from tests.unit.review.foreign import of_resources, resource, trust
from tests.unit.review.templates import reviewed, texts, with_resource

OWN, OTHER = "${AWS::AccountId}", "444455556666"
TOPIC = "sns.amazonaws.com"
Resources = dict[str, Any]


def said(before: Resources, after: Resources) -> tuple[Risk, str]:
    """Return the verdict and the sentences of a change beside a parameter that stays."""
    stays = {"Stays": resource("AWS::SSM::Parameter", Value="a")}
    review = reviewed(*(of_resources({**stays, **each}) for each in (before, after)))
    return review.risk, "\n".join(texts(review))


def policy(*accounts: str, action: str = "*") -> Resources:
    """Return a policy that lets in the roots of accounts."""
    who = {"AWS": [{"Fn::Sub": f"arn:aws:iam::{each}:root"} for each in accounts]}
    return {"Statement": {"Effect": "Allow", "Principal": who, "Action": action, "Resource": "*"}}


def permission(**fields: object) -> Resources:
    """Return who may invoke a function."""
    action = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "Holder"}}
    return resource("AWS::Lambda::Permission", **action, **fields)


@pytest.mark.parametrize(
    ("kind", "field", "of"),
    [
        ("AWS::SQS::QueuePolicy", "PolicyDocument", "Queues"),
        ("AWS::SNS::TopicPolicy", "PolicyDocument", "Topics"),
        ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "SecretId"),
        ("AWS::ECR::Repository", "RepositoryPolicyText", ""),
        ("AWS::OpenSearchService::Domain", "AccessPolicies", ""),
        ("AWS::S3::AccessPoint", "Policy", "Bucket"),
        ("AWS::Backup::BackupVault", "AccessPolicy", ""),
    ],
)
def test_a_resource_policy_says_whom_it_lets_in(kind: str, field: str, of: str) -> None:
    """Whether it is new, or says something else than before; who goes is told as well."""
    holder = {"Holder": resource("AWS::SQS::Queue")} if of else {}
    fields: Resources = {of: {"Ref": "Holder"}} if of else {}
    none, own, both = (
        {**holder, "P": resource(kind, **fields, **({field: policy(*x)} if x else {}))}
        for x in ((), (OWN,), (OWN, OTHER))
    )
    for before, after in ((own, both), (holder if of else none, both), ({}, both)):
        risk, found = said(before, after)
        assert risk is Risk.EXPOSES, found
        assert re.search(f"exposes: .* now allows? `\\*` to .*`{OTHER}`", found), found
    risk, found = said(both, own)
    assert risk is Risk.INTERRUPTS, found
    assert re.search(f"no longer allows? `\\*` to .*`{OTHER}`", found), found
    # What is new for its own account lets in nobody.
    assert said({}, own)[0] < Risk.EXPOSES


def test_a_lambda_permission_says_who_may_invoke() -> None:
    """Without a source anybody's topic may; what one loses stops, though nothing names the permission."""
    holder = {"Holder": resource("AWS::Lambda::Function")}
    bound, free, other = (
        {**holder, "P": permission(**x)}
        for x in (
            {"Principal": TOPIC, "SourceArn": "arn:aws:sns:eu-west-1:111122223333:a"},
            {"Principal": TOPIC},
            {"Principal": OTHER},
        )
    )
    for before, after, verdict, says in (
        (holder, bound, Risk.SAFE, "now allows"),
        (bound, free, Risk.EXPOSES, f"exposes: Lambda permission `P` now allows .* to `{TOPIC}`"),
        (holder, other, Risk.EXPOSES, f"now allows .* account `{OTHER}`"),
        (bound, other, Risk.EXPOSES, f"interrupts: .* no longer allows .* to `{TOPIC}`"),
        (bound, holder, Risk.INTERRUPTS, f"no longer allows .* to `{TOPIC}`"),
    ):
        risk, found = said(before, after)
        assert risk is verdict, found
        assert re.search(says, found), found


def test_a_file_system_without_a_policy_lets_in_everybody() -> None:
    """So the first policy is a loss to whoever it doesn't name."""
    before, after = (
        {"P": resource("AWS::EFS::FileSystem", **x)}
        for x in ({}, {"FileSystemPolicy": policy(OTHER)})
    )
    assert said(before, after)[0] is Risk.INTERRUPTS
    assert said(after, before)[0] is Risk.EXPOSES


@pytest.mark.parametrize(
    ("kind", "closed", "opened", "says"),
    [
        ("AWS::Lambda::Url", {"AuthType": "AWS_IAM"}, {"AuthType": "NONE"}, "without IAM"),
        ("AWS::ApiGatewayV2::Route", {"AuthorizationType": "JWT"}, {}, "without authorization"),
        (
            "AWS::RDS::DBInstance",
            {"PubliclyAccessible": False},
            {"PubliclyAccessible": True},
            "public address",
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"Scheme": "internal"},
            {},
            "internet-facing",
        ),
        ("AWS::RAM::ResourceShare", {"Principals": []}, {"Principals": [OTHER]}, f"`{OTHER}`"),
        (
            "AWS::IAM::User",
            {},
            {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
            "AdministratorAccess",
        ),
        ("AWS::IAM::Policy", {"Users": []}, {"Users": ["b"]}, "permissions.* user .*`b`"),
        ("AWS::IAM::UserToGroupAddition", {"Users": []}, {"Users": ["bob"]}, "`bob`"),
    ],
)
def test_what_opens_a_resource_exposes_it_from_the_start(
    kind: str, closed: Resources, opened: Resources, says: str
) -> None:
    """Turned on, or new with it."""
    before, after = ({"R": resource(kind, **each)} for each in (closed, opened))
    for one in (before, {}):
        risk, found = said(one, after)
        assert Risk.EXPOSES <= risk <= Risk.REPLACES, found
        assert re.search(f"exposes: .*{says}", found), found
    for one, other in ((after, before), ({}, before)):
        assert "exposes" not in said(one, other)[1]


def test_a_policy_of_users_says_what_it_allows_now() -> None:
    """No role tells of it."""
    before, after = (
        {"P": resource("AWS::IAM::ManagedPolicy", Users=["a"], PolicyDocument=policy(action=x))}
        for x in ("s3:GetObject", "s3:*")
    )
    risk, found = said(before, after)
    assert (risk, "now allows `s3:*`" in found) == (Risk.EXPOSES, True), found


@pytest.mark.parametrize(
    ("kind", "cost"),
    [
        ("AWS::NetworkFirewall::Firewall", "cost not known"),
        ("AWS::ACMPCA::CertificateAuthority", "cost not known"),
        ("AWS::AutoScaling::AutoScalingGroup", "cost not known"),
        ("AWS::EC2::EIP", "cost not known"),
        ("AWS::Nobody::Knows", "cost not known"),
        ("AWS::Lambda::Function", "by use"),
        ("AWS::SQS::Queue", "by use"),
        ("AWS::RDS::DBInstance", "counted"),
        ("AWS::IAM::Role", ""),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", ""),
        ("Custom::Own", ""),
    ],
)
def test_what_nobody_knows_to_be_free_leaves_no_cost_unchanged(
    prod: Environment, kind: str, cost: str
) -> None:
    """Only what costs nothing, or is counted, comes and goes in silence."""
    without, with_it = prod, with_resource(prod, "Cluster", "R", kind, {})
    for before, after in ((without, with_it), (with_it, without)):
        review = reviewed(before, after)
        found, (environment,) = "\n".join(texts(review)), review.environments
        assert any(x.startswith("cost") for x in environment.unchanged) is (cost == ""), found
        assert ("isn't known here**, and is left out" in found) is (cost == "cost not known")
        assert ("billed by use" in found) is (cost == "by use")
        if before is without:
            assert (review.risk >= Risk.COSTS) is (cost in {"cost not known", "counted"}), found


def test_the_address_of_a_gateway_is_counted_with_it() -> None:
    """One of its own is not."""
    gateway = {
        "G": resource("AWS::EC2::NatGateway", AllocationId={"Fn::GetAtt": ["A", "AllocationId"]}),
        "A": resource("AWS::EC2::EIP"),
    }
    assert "is left out" not in said({}, gateway)[1]
    assert "is left out" in said(gateway, {**gateway, "B": resource("AWS::EC2::EIP")})[1]


@pytest.mark.parametrize("service", ["RDS", "DocDB", "Neptune"])
def test_the_data_of_a_member_is_that_of_its_cluster(service: str) -> None:
    """One less is weaker, and none takes it down; only the cluster has something to lose."""
    cluster = {"C": resource(f"AWS::{service}::DBCluster")}
    member = resource(f"AWS::{service}::DBInstance", DBClusterIdentifier={"Ref": "C"})
    two = {**cluster, "W": member, "R": member}
    for after, verdict, says in (
        ({**cluster, "W": member}, Risk.WEAKENS, "weakens: .*`R` .*removed.*The data stays"),
        (cluster, Risk.TAKES_DOWN, "takes down: .*nothing answers for .*`C`"),
        ({}, Risk.LOSES_DATA, "loses data: .*`C`.* the data so far is lost"),
    ):
        risk, found = said(two, after)
        assert (risk, bool(re.search(says, found))) == (verdict, True), found
        assert "still uses" not in found
        assert ("lost" in found) is (risk is Risk.LOSES_DATA)
    renamed = {
        **two,
        "W": {**member, "Properties": {**member["Properties"], "DBInstanceIdentifier": "w"}},
    }
    assert "lost" not in said(two, renamed)[1]


def test_a_read_replica_is_a_copy() -> None:
    """What goes with it is in its source, so nobody consents to a loss."""
    source = {"D": resource("AWS::RDS::DBInstance")}
    replica = resource("AWS::RDS::DBInstance", SourceDBInstanceIdentifier={"Ref": "D"})
    stays = {"Stays": resource("AWS::SSM::Parameter", Value="a")}
    before, after = (of_resources({**source, **stays, **x}) for x in ({"R": replica}, {}))
    review = reviewed(before, after)
    assert review.risk is Risk.WEAKENS, texts(review)
    assert not review.missing_consents
    assert not [*losses(changes_of(replace(after, base=before)))]
    assert [*stateful(before)["Main"]] == ["D"]


QUEUE, FUNCTION, TABLE = "AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::DynamoDB::Table"
IMAGES = "AWS::ECR::Repository"
INDEXES = {"GlobalSecondaryIndexes": [{"IndexName": "by-customer"}]}
EXPIRES = {"LifecyclePolicy": {"LifecyclePolicyText": "{}"}}
ANOTHER = {"LifecyclePolicy": {"LifecyclePolicyText": "[]"}}


@pytest.mark.parametrize(
    ("kind", "before", "after", "risk", "says"),
    [
        (TABLE, INDEXES, {}, Risk.INTERRUPTS, "no longer has index `by-customer`"),
        (TABLE, {}, INDEXES, Risk.SAFE, "Updated in place"),
        (FUNCTION, {"Runtime": "a"}, {"Runtime": "b"}, Risk.NOT_JUDGED, "runs on `b`"),
        (FUNCTION, {"Handler": "a"}, {"Handler": "b"}, Risk.NOT_JUDGED, "starts at `b`"),
        (FUNCTION, {"FunctionName": "a"}, {"FunctionName": "b"}, Risk.REPLACES, "replaced"),
        (FUNCTION, {}, None, Risk.INTERRUPTS, "What still uses"),
        (FUNCTION, {"MemorySize": 512}, {"MemorySize": 1024}, Risk.COSTS, "costs more"),
        (QUEUE, {}, {"DelaySeconds": 900}, Risk.INTERRUPTS, "for 15 minutes"),
        (
            QUEUE,
            {},
            {"RedriveAllowPolicy": {"redrivePermission": "denyAll"}},
            Risk.INTERRUPTS,
            "from other queues",
        ),
        ("AWS::SNS::Topic", {}, {"KmsMasterKeyId": "k"}, Risk.NOT_JUDGED, "can't publish"),
        (
            "AWS::Events::Rule",
            {"ScheduleExpression": "rate(1 day)"},
            {"ScheduleExpression": "rate(30 days)"},
            Risk.NOT_JUDGED,
            "30 days",
        ),
        (IMAGES, {}, EXPIRES, Risk.LOSES_DATA, "deletes images.* within 24 hours"),
        (IMAGES, EXPIRES, ANOTHER, Risk.WEAKENS, "Another lifecycle policy"),
        (IMAGES, EXPIRES, {}, Risk.COSTS, "deletes images any more"),
    ],
)
def test_what_a_property_does(
    kind: str, before: Resources, after: Resources | None, risk: Risk, says: str
) -> None:
    """That it takes effect at some time is not that it does nothing."""
    one, other = ({"R": resource(kind, **x)} if x is not None else {} for x in (before, after))
    verdict, found = said(one, other)
    assert verdict is risk, found
    assert re.search(says, found.replace("**", "")), found


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({"MaxBatchSize": 1}, {"MaxBatchSize": 3}, "3 instead of 1 instances at once"),
        ({"MinInstancesInService": 3}, {}, "keeps 0 instead of 3"),
        ({"WaitOnResourceSignals": True}, {}, "doesn't wait"),
        ({"MaxBatchSize": 3}, {"MaxBatchSize": 1}, ""),
    ],
)
def test_how_a_group_is_updated_stands_beside_its_properties(
    before: Resources, after: Resources, says: str
) -> None:
    """It says how many instances go at once in each later update."""
    group = resource("AWS::AutoScaling::AutoScalingGroup", MinSize="3")
    one, other = (
        {"G": {**group, "UpdatePolicy": {"AutoScalingRollingUpdate": x}}} for x in (before, after)
    )
    risk, found = said(one, other)
    assert (risk is Risk.WEAKENS) is bool(says), found
    assert says in found.replace("**", "")


@pytest.mark.parametrize(
    ("before", "after", "risk"),
    [
        ({"StringLike": "repo:a/*"}, {"StringLike": "repo:a/b:main"}, Risk.INTERRUPTS),
        ({"StringLike": "repo:a/*"}, {"StringEquals": "repo:a/b:main"}, Risk.INTERRUPTS),
        ({"StringLike": "repo:a/b:*"}, {"StringLike": "repo:a/*"}, Risk.EXPOSES),
        ({"StringEquals": "repo:a/*"}, {"StringEquals": "repo:a/b:main"}, Risk.EXPOSES),
        ({"StringLike": "repo:a/*"}, {"StringLike": "repo:b/*"}, Risk.EXPOSES),
        ({"StringLike": ["repo:a/*", "repo:b/*"]}, {"StringLike": "repo:b/c"}, Risk.INTERRUPTS),
        ({"StringLike": "repo:a/*"}, {"StringNotEquals": "repo:a/b"}, Risk.EXPOSES),
        ({"StringNotEquals": "repo:*"}, {"StringNotEquals": "repo:a"}, Risk.EXPOSES),
    ],
)
def test_wildcards_of_a_trust_are_compared_as_sets(
    before: Resources, after: Resources, risk: Risk
) -> None:
    """What is narrower lets nobody in."""
    one, other = (
        {
            "R": resource(
                "AWS::IAM::Role",
                AssumeRolePolicyDocument=trust(
                    {"Federated": "arn:aws:iam::1:oidc-provider/x"},
                    Condition={how: {"x:sub": value} for how, value in each.items()},
                ),
            )
        }
        for each in (before, after)
    )
    assert said(one, other)[0] is risk, said(one, other)[1]


@pytest.mark.parametrize(
    ("after", "risk"),
    [
        (["a", "c"], Risk.NOT_JUDGED),
        (["a"], Risk.WEAKENS),
        (["c"], Risk.WEAKENS),
    ],
)
def test_another_subnet_is_not_one_less(after: list[str], risk: Risk) -> None:
    """As many are as redundant, unless somebody knows the zones."""
    one, other = ({"R": resource("AWS::Any::Thing", SubnetIds=x)} for x in (["a", "b"], after))
    assert said(one, other)[0] is risk


def test_what_allows_a_major_version_is_the_way_out() -> None:
    """Beside the old value."""
    one, other = (
        {"R": resource("AWS::RDS::DBInstance", Engine="postgres", EngineVersion=x)}
        for x in ("16.4", "17.2")
    )
    review = reviewed(of_resources(one), of_resources(other))
    details = [x for each in review.environments[0].sentences for x in each.details]
    assert any("Set that to `true`" in x for x in details), details


def test_a_condition_is_told_with_what_it_was() -> None:
    """Only both say which account is the difference."""
    one, other = (
        {
            "E": resource(
                "AWS::EC2::VPCEndpoint",
                PolicyDocument={
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "*",
                        "Resource": "*",
                        "Condition": {"StringEquals": {"aws:PrincipalAccount": accounts}},
                    }
                },
            )
        }
        for accounts in (["1"], ["1", "2"])
    )
    for before, after, says in ((one, other, "Until now"), (other, one, "Left of it")):
        review = reviewed(of_resources(before), of_resources(after))
        details = [x for each in review.environments[0].sentences for x in each.details]
        assert f"{says}: `*` if `StringEquals.aws:PrincipalAccount=1`." in details, details
