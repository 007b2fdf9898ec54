"""Endpoint policies let through what the platform needs, or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assembly.arns import HOLE
from assembly.environment import Environment
from assembly.kinds import ENDPOINT
from assembly.resource import Resource
from guardrails.reach.exits import lets_through
from tests.unit.guardrails.environments import of_resources

LAYERS = "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/layer"
PULL = ("s3:GetObject", LAYERS.replace(":aws:", f":{HOLE}:"), "aws")
OWN = ("sts:GetCallerIdentity", "*", "own")
MINE, THEIRS = "111122223333", "999988887777"
ROLE = "arn:aws:iam::111122223333:role"


def environment(policy: object) -> Environment:
    """Return roles beside an endpoint with a policy."""
    endpoint = {"Type": ENDPOINT, "Properties": {"PolicyDocument": policy, "VpcId": "vpc-1"}}
    mine, other = (
        {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name}} for name in ("mine", "other")
    )
    made = of_resources(Mine=mine, Other=other, Endpoint=endpoint)
    stacks = {path: replace(stack, account=MINE) for path, stack in made.stacks.items()}
    return replace(made, stacks=stacks)


def endpoint_of(environment: Environment) -> Resource:
    """Return the endpoint."""
    (found,) = environment.resources(ENDPOINT)
    return found


def statement(effect: str = "Allow", **fields: object) -> dict[str, Any]:
    """Return a statement about everything, but for these fields."""
    return {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", **fields}


def equals(key: str, *values: object, operator: str = "StringEquals") -> dict[str, Any]:
    return {operator: {key: list(values)}}


NOT_OURS = equals("aws:ResourceAccount", MINE, operator="StringNotEquals")


@pytest.mark.parametrize(
    ("statements", "call", "passes"),
    [
        ([statement()], PULL, True),
        ([], PULL, False),
        ([statement(Action="s3:Get*")], PULL, True),
        ([statement(Action="S3:GETOBJECT")], PULL, True),
        ([statement(Action=["s3:PutObject"])], PULL, False),
        ([statement(Resource="arn:aws:s3:::mine/*")], PULL, False),
        ([statement(Resource="arn:*:s3:::prod-*-starport-layer-bucket/*")], PULL, True),
        (
            [statement(Resource="arn:aws-cn:s3:::prod-eu-west-1-starport-layer-bucket/*")],
            PULL,
            True,
        ),
        ([statement(Resource=None, NotResource="arn:aws:s3:::prod-*")], PULL, False),
        ([statement(Action=None, NotAction="s3:PutObject")], PULL, True),
        ([statement(), statement("Deny", Action="s3:*")], PULL, False),
        ([statement(), statement("Deny", Action="s3:Put*")], PULL, True),
        ([statement(), statement("Deny", Condition=NOT_OURS)], PULL, False),
        ([statement(), statement("Deny", Condition=NOT_OURS)], OWN, True),
        ([statement(Condition=equals("aws:ResourceAccount", MINE))], PULL, False),
        # The request is signed by ECR, in advance.
        ([statement(Condition=equals("aws:PrincipalAccount", MINE))], PULL, False),
        ([statement(Condition=equals("aws:PrincipalOrgID", "o-1"))], PULL, False),
        ([statement(Principal={"AWS": "arn:aws:iam::111122223333:root"})], PULL, False),
        ([statement(Principal={"AWS": ["*"]})], PULL, True),
        ([statement(Condition=equals("aws:PrincipalAccount", MINE))], OWN, True),
        ([statement(Condition=equals("aws:SourceAccount", MINE))], OWN, False),
        (
            [
                statement(
                    Condition=equals("aws:SourceAccount", MINE, operator="StringEqualsIfExists")
                )
            ],
            OWN,
            True,
        ),
        ([statement(Condition=equals("aws:PrincipalAccount", THEIRS))], OWN, False),
        ([statement(Condition=equals("aws:PrincipalOrgID", "o-1"))], OWN, True),
        # Who knows whether it holds may not be sure of a denial.
        (
            [statement(), statement("Deny", Condition=equals("aws:SourceIp", "10.0.0.0/8"))],
            PULL,
            True,
        ),
        ([statement(Principal={"AWS": "arn:aws:iam::111122223333:root"})], OWN, True),
        ([statement(Principal={"AWS": "arn:aws:iam::111122223333:role/mine"})], OWN, True),
        ([statement(Principal={"AWS": "arn:aws:iam::111122223333:role/other"})], OWN, False),
        ([statement(Principal={"Service": "ec2.amazonaws.com"})], OWN, False),
        ([statement(Action={"Ref": "Actions"})], PULL, True),
        ([statement(), statement("Deny", Action={"Ref": "Actions"})], PULL, True),
        ({"Ref": "Statements"}, PULL, True),
        ([statement(Condition=equals("aws:PrincipalArn", f"{ROLE}/mine"))], OWN, True),
        ([statement(Condition=equals("aws:PrincipalArn", f"{ROLE}/other"))], OWN, False),
        ([statement(Condition=equals("aws:PrincipalArn", f"{ROLE}/*"))], OWN, False),
        (
            [statement(Condition=equals("aws:PrincipalArn", f"{ROLE}/*", operator="ArnLike"))],
            OWN,
            True,
        ),
        ([statement(Condition=equals("aws:SourceVpce", "vpce-1"))], OWN, False),
        ([statement(Condition=equals("aws:SourceVpc", "vpc-1"))], OWN, True),
        ([statement(Condition=equals("aws:SourceVpc", "vpc-2"))], OWN, False),
    ],
)
def test_a_policy_lets_a_call_through(
    statements: object, call: tuple[str, str, str], *, passes: bool
) -> None:
    """Only what surely stops it does."""
    made = environment({"Statement": statements})
    (mine,) = (each for each in made.resources() if each.logical_id == "Mine")
    assert lets_through(made, endpoint_of(made), call, mine) is passes


@pytest.mark.parametrize("policy", [None, {"Ref": "Policy"}, "no JSON {"])
def test_what_is_no_policy_stops_nothing(policy: object) -> None:
    """Without one an endpoint lets everything through."""
    made = environment(policy)
    assert lets_through(made, endpoint_of(made), PULL, None)
