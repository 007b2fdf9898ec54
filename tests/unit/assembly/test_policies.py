from __future__ import annotations

from typing import Any

import pytest

from assembly.narrowed import narrowed
from assembly.policies import FEDERATED, GIVEN_TAGS, Call, allows, attached, documents
from kube.values import Unknown
from tests.unit.guardrails.environments import of_resources

Json = dict[str, Any]
UNKNOWN = Unknown("${Policy}")
EMPTY = of_resources()
ALLOW: Json = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*"}
GET = Call(action="s3:GetObject", resource="arn:aws:s3:::logs/today")


def policy(*statements: object) -> Json:
    """Return a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, True),
        ({"Action": "*"}, True),
        ({"Action": ["s3:Put*", "S3:get*"]}, True),
        ({"Action": "s3:PutObject"}, False),
        ({"Resource": "*"}, True),
        ({"Resource": ["arn:aws:s3:::other/*", "arn:aws:s3:::logs/t?day"]}, True),
        ({"Resource": "arn:aws:s3:::other/*"}, False),
        ({"Resource": "arn:aws:s3:::*"}, True),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}, None),
        ({"Condition": "odd"}, True),
        ({"Action": None}, False),
        ({"Action": [None, {"a": "b"}, 1]}, False),
        ({"Resource": {"a": []}}, False),
    ],
)
def test_a_statement_allows_a_call(changes: Json, verdict: object) -> None:
    """Letters of an action may be in any case; a shape that IAM wouldn't take allows nothing."""
    assert allows(EMPTY, [policy({**ALLOW, **changes})], GET) is verdict


def test_a_denial_wins() -> None:
    """Wherever it stands, unless nobody knows whether it applies."""
    deny = {**ALLOW, "Effect": "Deny"}
    unclear = {**deny, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}
    assert allows(EMPTY, [policy(ALLOW), policy(deny)], GET) is False
    assert allows(EMPTY, [policy(ALLOW, unclear)], GET) is True


def test_all_but_some_are_the_others() -> None:
    """NotAction and NotResource turn a statement round."""
    but = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert allows(EMPTY, [policy(but)], GET) is True
    assert allows(EMPTY, [policy({**but, "NotAction": "s3:*"})], GET) is False
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::logs/*"}
    assert allows(EMPTY, [policy(elsewhere)], GET) is False


@pytest.mark.parametrize(
    "document", [None, "text", [], {}, {"Statement": None}, {"Statement": [1]}]
)
def test_no_policy_allows_nothing(document: object) -> None:
    assert allows(EMPTY, [document], GET) is False


@pytest.mark.parametrize(
    "document",
    [UNKNOWN, {"Statement": UNKNOWN}, policy(UNKNOWN), policy({**ALLOW, "Effect": UNKNOWN})],
)
def test_an_unknown_policy_may_allow_anything(document: object) -> None:
    """It takes nothing away from what another one allows, as far as anybody knows."""
    assert allows(EMPTY, [document], GET) is None
    assert allows(EMPTY, [document, policy(ALLOW)], GET) is True


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({"StringEquals": {"aws:SourceArn": "arn:aws:eks:r:1:cluster/a"}}, True),
        ({"StringEquals": {"aws:SourceArn": "arn:aws:eks:r:1:cluster/*"}}, False),
        ({"StringLike": {"aws:SourceArn": "arn:aws:eks:r:1:cluster/*"}}, True),
        ({"ArnEquals": {"AWS:sourcearn": "arn:aws:eks:*:1:cluster/*"}}, True),
        (
            {
                "ArnLike": {
                    "aws:SourceArn": ["arn:aws:eks:r:1:cluster/b", "arn:*:eks:r:1:cluster/a"]
                }
            },
            True,
        ),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:eks:r:1:cluster/*"}}, False),
        ({"Null": {"aws:SourceArn": "false"}}, True),
        ({"Null": {"aws:SourceArn": True}}, False),
        ({"Null": {"sts:ExternalId": "true"}}, True),
        ({"StringEquals": {"sts:ExternalId": "x"}}, False),
        ({"StringEqualsIfExists": {"sts:ExternalId": "x"}}, True),
        ({"StringNotEquals": {"sts:ExternalId": "x"}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, None),
        ({"ForAllValues:StringEquals": {"sts:ExternalId": "x"}}, True),
        ({"ForAnyValue:StringNotEquals": {"sts:ExternalId": "x"}}, False),
        ({"ForAnyValue:StringEqualsIfExists": {"sts:ExternalId": "x"}}, False),
        ({"NumericNotEquals": {"sts:ExternalId": 1}}, True),
        ({"StringEqualsIgnoreCase": {"aws:SourceArn": "ARN:aws:eks:r:1:cluster/A"}}, True),
        ({"StringNotEqualsIgnoreCase": {"aws:SourceArn": "ARN:aws:eks:r:1:cluster/A"}}, False),
        ({"NumericLessThan": {"aws:SourceArn": 1}}, None),
        ({"StringEquals": {"aws:SourceArn": {"Ref": "Unknown"}}}, False),
        ({"StringEquals": None}, True),
    ],
)
def test_a_condition_is_met_or_not(condition: Json, met: object) -> None:
    """By what is known of the request; the wildcards of IAM count only where IAM counts them."""
    context = {"aws:sourcearn": "arn:aws:eks:r:1:cluster/a", "sts:externalid": None}
    call = Call(action=GET.action, resource=GET.resource, context=context)
    assert allows(EMPTY, [policy({**ALLOW, "Condition": condition})], call) is met


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": ["o-1", "*"]}}, False),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}, False),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}, True),
        ({"Null": {"aws:SourceVpc": "false"}}, False),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/0"]}}, False),
        ({"StringEquals": UNKNOWN}, False),
        (UNKNOWN, True),
    ],
)
def test_a_condition_leaves_few_or_nearly_all(condition: object, *, verdict: bool) -> None:
    assert narrowed({**ALLOW, "Condition": condition}) is verdict


@pytest.mark.parametrize(
    ("key", "tags", "verdict"),
    [
        ("aws:RequestTag/team", True, False),
        ("aws:RequestTag/team", False, None),
        ("aws:PrincipalTag/team", True, None),
    ],
)
def test_tags_that_a_call_does_not_give_are_not_there(
    key: str, verdict: object, *, tags: bool
) -> None:
    """If it names all of them."""
    statement = {**ALLOW, "Condition": {"StringEquals": {key: "a"}}}
    given = GIVEN_TAGS if tags else ()
    call = Call(action=GET.action, resource=GET.resource, tags=given)
    assert allows(EMPTY, [policy(statement)], call) is verdict


@pytest.mark.parametrize(
    ("principal", "verdict"),
    [
        ({"Service": "ec2.amazonaws.com"}, True),
        ({"Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]}, True),
        ({"Service": "eks.amazonaws.com"}, False),
        ({"AWS": "arn:aws:iam::111122223333:root"}, False),
        ({"AWS": "*"}, True),
        ("*", True),
        ({"Federated": "arn:aws:iam::1:oidc-provider/x"}, False),
        (None, False),
    ],
)
def test_a_trust_policy_names_a_service(principal: object, verdict: object) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    call = Call(action="sts:AssumeRole", resource="", principal="ec2.amazonaws.com")
    assert allows(EMPTY, [policy(statement)], call) is verdict


def test_a_provider_is_known_by_its_kind() -> None:
    """Its ARN has an id that nobody knows before the cluster is there."""
    statement = {"Effect": "Allow", "Action": "*", "Principal": {"Federated": "arn:aws:iam::1:x"}}
    call = Call(action="sts:AssumeRoleWithWebIdentity", resource="", principal=FEDERATED)
    assert allows(EMPTY, [policy(statement)], call) is True


def test_policies_are_found_wherever_they_stand() -> None:
    """Inline, attached, naming the role, and as a resource of their own."""
    role = {"Ref": "Role"}
    found = of_resources(
        Role={
            "Type": "AWS::IAM::Role",
            "Properties": {
                "ManagedPolicyArns": [
                    "arn:aws:iam::aws:policy/job-function/Billing",
                    {"Ref": "Own"},
                ],
                "Policies": [{"PolicyDocument": "inline"}, None],
            },
        },
        Own={"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": "own"}},
        Named={
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyDocument": "named", "Roles": [role]},
        },
        One={
            "Type": "AWS::IAM::RolePolicy",
            "Properties": {"PolicyDocument": "one", "RoleName": role},
        },
    )
    resource = found.by_node["Stack", "Role"]
    assert documents(found, resource) == ["inline", "named", "one", "own"]
    assert [*attached(found, resource)] == ["job-function/Billing"]


def test_a_reference_is_the_resource_and_not_another() -> None:
    """A name that CloudFormation makes up is nobody else's."""
    found = of_resources(
        One={"Type": "AWS::Logs::LogGroup", "Properties": {}},
        Other={"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "other"}},
        Role={
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Policies": [
                    {
                        "PolicyDocument": policy(
                            {
                                "Effect": "Allow",
                                "Action": "logs:PutLogEvents",
                                "Resource": {"Fn::GetAtt": ["Other", "Arn"]},
                            }
                        )
                    }
                ]
            },
        },
    )
    own = documents(found, found.by_node["Stack", "Role"])
    for name, verdict in (("other", True), ("another", False), ("\ue001Stack/One/\ue001", False)):
        stream = f"arn:aws:logs:r:1:log-group:{name}:log-stream:x"
        call = Call(action="logs:PutLogEvents", resource=stream)
        assert allows(found, own, call) is verdict
