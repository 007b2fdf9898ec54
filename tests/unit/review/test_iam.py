"""What roles may do and who may assume them, in every shape that IAM takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from review.iam import sentences
from review.model import Sentence
from review.permissions import permissions_of
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource, trust
from tests.unit.review.templates import reviewed, sides, texts

LAMBDA = trust({"Service": "lambda.amazonaws.com"})
ROOT = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::1:root"]]}
BOUNDARY = "arn:aws:iam::1:policy/Boundary"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def said(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """Return what is said of a role whose properties change."""
    one, other = (
        of_resources(
            {"R": resource("AWS::IAM::Role", **{"AssumeRolePolicyDocument": LAMBDA, **properties})}
        )
        for properties in (before, after)
    )
    return [f"{each.risk.words}: {each.text}" for each in sentences(sides(one, other))]


def inline(*statements: object) -> dict[str, object]:
    """Return the properties of a role with an inline policy."""
    return {"Policies": [{"PolicyDocument": {"Statement": list(statements)}}]}


def details(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """Return what follows from what is said of a role whose properties change."""
    one, other = (
        of_resources({"R": resource("AWS::IAM::Role", AssumeRolePolicyDocument=LAMBDA, **x)})
        for x in (before, after)
    )
    return [x for each in sentences(sides(one, other)) for x in each.details]


WHOLE = "A `*` takes in every action of its service, those that write and delete included."


@pytest.mark.parametrize(
    ("had", "has", "told"),
    [
        (
            [READ],
            [{**READ, "Action": "s3:*"}],
            ["Until now it could call `s3:GetObject` on `*`.", WHOLE],
        ),
        (
            [READ],
            [READ, {**READ, "Action": "sqs:SendMessage"}],
            ["Until now it could do nothing with `sqs`."],
        ),
        ([], [READ], ["Until now it could do nothing with `s3`."]),
        (
            [{**READ, "Action": [f"s3:Get{x}" for x in "ABCD"]}],
            [{**READ, "Action": "s3:*"}],
            [
                "Until now it could call `s3:GetA`, `s3:GetB`, `s3:GetC` and `s3:GetD` on any resource.",
                WHOLE,
            ],
        ),
        ([READ], [{**READ, "Action": "sqs:SendMessage"}], []),
        ([READ], [READ, {**READ, "Effect": "Deny", "Action": "s3:*"}], []),
        ([READ], [READ, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], []),
        ([READ], [{**READ, "Action": "*"}], []),
    ],
)
def test_what_a_role_could_do_so_far(had: list[object], has: list[object], told: list[str]) -> None:
    """A reader compares: with the services of which it may now do more."""
    found = [x for x in details(inline(*had), inline(*has)) if x.startswith(("Until", "A `*`"))]
    assert found == told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "R",
            "S",
            "until now they could call `s3:GetObject` on `*`; now they may call `s3:*` on `*`.",
        ),
        (
            "R",
            "",
            (
                "until now they could call `s3:GetObject` on `*`; what `arn:x` allows isn't in these stacks, "
                "nor whether `pods.eks.amazonaws.com` may assume it, without which EKS refuses it."
            ),
        ),
        ("", "S", "what `arn:x` allows isn't in these stacks; now they may call `s3:*` on `*`."),
    ],
)
def test_what_pods_may_do_by_another_role(old: str, new: str, told: str) -> None:
    """As far as the stacks say it."""
    roles = {
        name: resource(
            "AWS::IAM::Role", AssumeRolePolicyDocument=LAMBDA, **inline({**READ, "Action": action})
        )
        for name, action in (("R", "s3:GetObject"), ("S", "s3:*"))
    }
    one, other = (
        of_resources(
            {
                **roles,
                "A": resource(
                    "AWS::EKS::PodIdentityAssociation",
                    Namespace="team",
                    ServiceAccount="web",
                    RoleArn={"Fn::GetAtt": [x, "Arn"]} if x else "arn:x",
                ),
            }
        )
        for x in (old, new)
    )
    (said,) = (
        x for x in reviewed(one, other).environments[0].sentences if "another role" in x.text
    )
    assert said.details == (f"ServiceAccount `team/web`: {told}",)


def assumed(principal: object, **fields: object) -> dict[str, object]:
    """Return the properties of a role that somebody may assume."""
    return {"AssumeRolePolicyDocument": trust(principal, **fields)}


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (
            {},
            inline({"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}),
            "exposes: IAM role `R` may now call `everything but iam:*, sts:*` on any resource.",
        ),
        (
            inline(READ, {**READ, "Effect": "Deny"}),
            inline(READ),
            "exposes: IAM role `R` is no longer forbidden to call `s3:GetObject` on any resource.",
        ),
        (
            inline(READ),
            inline(READ, {**READ, "Effect": "Deny"}),
            "interrupts: IAM role `R` is now forbidden to call `s3:GetObject` on any resource.",
        ),
        (
            inline(READ),
            inline({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:x"}),
            "interrupts: IAM role `R` may now **only** call `s3:GetObject`, before: call `s3:GetObject` on any resource.",
        ),
        (
            {"PermissionsBoundary": BOUNDARY},
            {},
            f"exposes: The permissions boundary of IAM role `R` is **removed**; it was `{BOUNDARY}`.",
        ),
        ({}, assumed("*"), "exposes: Anyone may now assume role `R`."),
        (
            assumed({"AWS": "arn:aws:iam::1:user/ann"}),
            assumed({"AWS": "arn:aws:iam::1:user/ann"}, Condition={"Bool": {"mfa": "true"}}),
            "interrupts: User `ann` (`arn:aws:iam::1:user/ann`) may assume role `R` only under a condition now.",
        ),
        (
            assumed({"AWS": "arn:aws:iam::1:user/ann"}, Condition={"Bool": {"mfa": "true"}}),
            assumed({"AWS": "arn:aws:iam::1:user/ann"}),
            (
                "exposes: User `ann` (`arn:aws:iam::1:user/ann`) may now assume role `R` without "
                "the condition that applied before."
            ),
        ),
        (
            assumed({"AWS": ROOT}),
            assumed({"AWS": "arn:aws:iam::1:user/ann"}),
            (
                "interrupts: Only user `ann` (`arn:aws:iam::1:user/ann`) may still assume role `R`, "
                "no longer `arn:{AWS::Partition}:iam::1:root`."
            ),
        ),
    ],
)
def test_a_role_that_changes(
    before: dict[str, object], after: dict[str, object], text: str
) -> None:
    """What a role may do, and who may be it."""
    assert text in said(before, after)


@pytest.mark.parametrize(
    "odd",
    [
        {"Statement": None},
        {"Statement": {"Effect": "Allow"}},
        {"Statement": [None, "x", {"Effect": "Allow", "Action": [None, {}], "Resource": 1}]},
        [],
        None,
    ],
)
def test_statements_of_no_shape_say_nothing(odd: object) -> None:
    """CloudFormation would refuse them; the review goes on."""
    properties = {"AssumeRolePolicyDocument": odd, "Policies": [{"PolicyDocument": odd}]}
    assert said(properties, properties) == []
    one = of_resources({})
    other = of_resources({"R": resource("AWS::IAM::Role", **properties)})
    (sentence,) = sentences(sides(one, other))
    assert sentence.text == "New IAM role `R`: nobody may assume it, and it may do nothing yet."


@pytest.mark.parametrize(
    ("action", "fields", "risk"),
    [
        ("ec2:RunInstances", {}, "exposes"),
        ("ec2:Run*", {}, "exposes"),
        ("iam:PassRole", {}, "exposes"),
        ("sts:AssumeRole", {}, "exposes"),
        ("iam:GetRole", {}, "safe"),
        ("s3:PutObject", {"Resource": "*"}, "exposes"),
        ("s3:PutObject", {"Resource": "*", "Condition": {"Null": {"x": "true"}}}, "safe"),
        ("s3:PutObject", {}, "safe"),
        ("ec2:DescribeInstances", {"Resource": "*"}, "safe"),
    ],
)
def test_a_new_role_exposes_what_it_may_do_to_others(
    action: str, fields: dict[str, Any], risk: str
) -> None:
    """Whoever starts instances, passes roles or writes anywhere is nothing to fold away."""
    (sentence,) = new_role({"Effect": "Allow", "Action": action, "Resource": "arn:x", **fields})
    assert sentence.risk.words == risk


def test_what_a_new_role_may_do_stands_first_where_it_matters() -> None:
    """Of many actions those are named, and the rest is folded."""
    reads = [f"ec2:Describe{each}" for each in "ABCDEFGHI"]
    allow = {"Effect": "Allow", "Action": [*reads, "iam:PassRole"], "Resource": "arn:x"}
    told, folded = new_role(allow)
    assert "it may call `iam:PassRole`, `ec2:DescribeA`" in told.text
    assert told.details == ()
    assert folded.aside
    assert "`iam:PassRole` on `arn:x`" in folded.details


def new_role(statement: object) -> list[Sentence]:
    """Return what is said of a new role with a statement."""
    properties = {"AssumeRolePolicyDocument": LAMBDA, **inline(statement)}
    made = of_resources({"R": resource("AWS::IAM::Role", **properties)})
    return [*sentences(sides(of_resources({}), made))]


def test_a_bucket_policy_that_forbids_less() -> None:
    """Without a Deny, what it kept out gets in: nobody should read that it is safe."""
    forbids = {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::1:role/a"}, "Action": "s3:*"}
    old, new = (
        of_resources(
            {
                "B": resource(
                    "AWS::S3::BucketPolicy", PolicyDocument={"Statement": [{**READ, **more}]}
                )
            }
        )
        for more in (forbids, {**forbids, "Effect": "Allow"})
    )
    assert [f"{each.risk.words}: {each.text}" for each in sentences(sides(old, new))] == [
        "exposes: Bucket policy `B` now allows `s3:*` to `everything but arn:aws:iam::1:role/a`.",
        (
            "exposes: Bucket policy `B` no longer forbids `s3:*` to `everything but "
            "arn:aws:iam::1:role/a`."
        ),
    ]


def test_a_condition_in_another_order_is_no_change() -> None:
    """JSON has no order, and snapshots have one of their own."""
    one = {"StringEquals": {"a": ["x", "y"], "b": "z"}, "Null": {"c": "false"}}
    other = {"Null": {"c": "false"}, "StringEquals": {"b": "z", "a": ["y", "x"]}}
    assert said(*(inline({**READ, "Condition": each}) for each in (one, other))) == []
    assert said(*(assumed("*", Condition=each) for each in (one, other))) == []
    narrower = {**one, "Null": {"c": "true"}}
    assert said(*(inline({**READ, "Condition": each}) for each in (one, narrower)))


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals"])
def test_one_of_several_values_is_enough(operator: str) -> None:
    """A request has one of them; of what is forbidden, none of them."""
    key = "iam:PassedToService"
    passes = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    condition = {operator: {key: ["eks.amazonaws.com", "ec2.amazonaws.com"]}}
    statement = {**passes, "Condition": condition}
    after = of_resources({"R": resource("AWS::IAM::Role", **inline(statement))})
    (role,) = after.resources("AWS::IAM::Role")
    (permission,) = permissions_of(after, role)
    assert permission.condition == f"{operator}.{key}=ec2.amazonaws.com or eks.amazonaws.com"


ARN = "arn:aws:iam::111122223333:role/web"
MADE = {"Made": resource("AWS::IAM::Role", AssumeRolePolicyDocument=LAMBDA)}


def account(role: object = None) -> dict[str, Any]:
    """Return a ServiceAccount, perhaps with a role."""
    item = kubernetes("ServiceAccount", "web")
    noted = {} if role is None else {"annotations": {"eks.amazonaws.com/role-arn": role}}
    return {"S": manifest({**item, "metadata": {**item["metadata"], **noted}})}


def add_on(**fields: object) -> dict[str, Any]:
    """Return the add-on of EBS, perhaps with a role."""
    return {"S": resource("AWS::EKS::Addon", AddonName="aws-ebs-csi-driver", **fields)}


def chart(**annotations: object) -> dict[str, Any]:
    """Return the load balancer controller, perhaps with annotations of its ServiceAccount."""
    name, account = "aws-load-balancer-controller", {"annotations": annotations}
    return {
        "S": resource(
            "Custom::AWSCDK-EKS-HelmChart",
            Chart=name,
            Release=name,
            Namespace="kube-system",
            Values=json.dumps({"serviceAccount": account}),
        )
    }


NOTED = {"eks.amazonaws.com/role-arn": ARN}
OF_EBS, OF_BALANCERS = (
    f"exposes: New pods of ServiceAccount `kube-system/{x}` **have the AWS permissions** of `{ARN}`."
    for x in ("ebs-csi-controller-sa", "aws-load-balancer-controller")
)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (account(), account(ARN), f"exposes: {{}} `{ARN}`."),
        ({}, account(ARN), f"exposes: {{}} `{ARN}`."),
        ({"S": manifest(kubernetes("ServiceAccount", "else"))}, account(ARN), f"exposes: {{}} `{ARN}`."),
        (account(ARN), account(ARN), ""),
        ({}, account(), ""),
        ({}, add_on(ServiceAccountRoleArn=ARN), OF_EBS),
        (add_on(), add_on(ServiceAccountRoleArn=ARN), ""),
        ({}, add_on(), ""),
        ({}, chart(**NOTED), OF_BALANCERS),
        (chart(), chart(**NOTED), ""),
        ({}, chart(), ""),
    ],
)  # fmt: skip
def test_a_role_by_an_annotation_is_told_once(
    before: dict[str, Any], after: dict[str, Any], told: str
) -> None:
    """With what stays, or with what is new: an object, an add-on or a chart."""
    one, other = (of_resources({**MADE, **x}) for x in (before, after))
    said = [x for x in texts(reviewed(one, other)) if "AWS permissions" in x]
    starts = "New pods of ServiceAccount `team/web` **have the AWS permissions** of"
    assert said == ([told.format(starts)] if told else [])
