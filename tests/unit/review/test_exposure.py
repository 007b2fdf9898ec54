"""What can be reached from where, and what a role may call."""

from __future__ import annotations

from typing import Any

import pytest

from assembly.environment import Environment
from review.model import Risk
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import (
    CLUSTER,
    replaced_text,
    reviewed,
    texts,
    with_property,
    with_resource,
)

SETTINGS = "ResourcesVpcConfig"
ENDPOINTS = "NetworkEndpointsSecurityGroup188E4053"
READER = "AccessReadOnlyRoleDefaultPolicy4615C88F"
KEY = "ControlPlaneSecretsKey72FED211"


def endpoint(prod: Environment, *, private: bool, networks: list[str]) -> Environment:
    """Return prod with another endpoint."""
    after = with_property(prod, "Cluster", CLUSTER, f"{SETTINGS}.EndpointPrivateAccess", private)
    after = with_property(
        after, "Cluster", CLUSTER, f"{SETTINGS}.EndpointPublicAccess", bool(networks)
    )
    return with_property(after, "Cluster", CLUSTER, f"{SETTINGS}.PublicAccessCidrs", networks)


@pytest.mark.parametrize(
    ("before", "after", "risk", "says"),
    [
        (
            [],
            ["0.0.0.0/0"],
            Risk.EXPOSES,
            "is now reachable from **the internet (`0.0.0.0/0`)**",
        ),
        (
            ["203.0.113.0/24"],
            ["203.0.112.0/23"],
            Risk.EXPOSES,
            "is now reachable from **`203.0.112.0/24`**",
        ),
        (
            ["203.0.113.0/24"],
            ["203.0.113.0/25"],
            Risk.INTERRUPTS,
            "is no longer reachable from `203.0.113.128/25`",
        ),
        (["198.51.100.0/24"], [], Risk.INTERRUPTS, "is no longer reachable from `198.51.100.0/24`"),
    ],
)
def test_the_endpoint_by_its_networks(
    before: list[str], after: list[str], risk: Risk, says: str, prod: Environment
) -> None:
    """A network inside of one that was there before is nothing new."""
    review = reviewed(
        endpoint(prod, private=True, networks=before), endpoint(prod, private=True, networks=after)
    )

    (text,) = texts(review)
    assert (review.risk, says in text) == (risk, True), text


def test_no_endpoint_at_all_locks_out(prod: Environment) -> None:
    """Neither nodes nor people reach the API server."""
    review = reviewed(prod, endpoint(prod, private=False, networks=[]))

    assert review.risk is Risk.LOCKS_OUT
    assert [each.key for each in review.missing_consents] == ["Prod locks out"]


@pytest.mark.parametrize(
    ("source", "risk"),
    [("0.0.0.0/0", Risk.EXPOSES), ("10.9.0.0/16", Risk.EXPOSES), ("10.20.9.0/24", Risk.SAFE)],
)
def test_a_security_group_that_lets_more_in(source: str, risk: Risk, prod: Environment) -> None:
    """A rule of the group itself, or one beside it."""
    rule = {"CidrIp": source, "FromPort": 22, "ToPort": 23, "IpProtocol": "tcp"}
    properties = {"GroupId": {"Fn::GetAtt": [ENDPOINTS, "GroupId"]}, **rule}
    after = with_resource(prod, "Network", "New", "AWS::EC2::SecurityGroupIngress", properties)

    review = reviewed(prod, after)

    assert review.risk is risk
    assert (
        f"Security group `Endpoints` now allows `{source}` on ports 22 to 23." in texts(review)[0]
    )


@pytest.mark.parametrize(
    ("had", "has", "risk", "says"),
    [
        (["10.20.0.0/17"], "10.20.0.0/16", Risk.SAFE, "`10.20.128.0/17` on port 443"),
        (["10.21.0.0/16"], "10.20.0.0/15", Risk.SAFE, "`10.20.0.0/16` on port 443"),
        (["10.20.0.0/16"], "10.20.0.0/15", Risk.EXPOSES, "`10.21.0.0/16` on port 443"),
    ],
)
def test_of_a_wider_range_only_what_is_new_counts(
    had: list[str], has: str, risk: Risk, says: str, prod: Environment
) -> None:
    """The VPC's own addresses are nobody new, whatever range names them."""
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    one, other = (
        with_property(
            prod,
            "Network",
            ENDPOINTS,
            "SecurityGroupIngress",
            [{**rule, "CidrIp": x} for x in ranges],
        )
        for ranges in (had, [has])
    )
    review = reviewed(one, other)

    assert f"Security group `Endpoints` now allows {says}." in texts(review)[0]
    assert review.risk is risk


def test_a_weaker_pod_security_standard_exposes(prod: Environment) -> None:
    """From restricted to privileged, anything runs."""
    label = 'pod-security.kubernetes.io/enforce\\":\\"'
    after = replaced_text(prod, f"{label}restricted", f"{label}privileged")

    said = texts(reviewed(prod, after))

    assert any(
        "now enforces the Pod Security standard **privileged** instead of restricted" in x
        for x in said
    )


def test_a_role_that_may_more(prod: Environment) -> None:
    """The actions stand in the sentence, their resources in its details."""
    statement = [
        {
            "Action": ["eks:DescribeCluster", "eks:DeleteCluster"],
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [CLUSTER, "Arn"]},
        }
    ]
    after = with_property(prod, "Cluster", READER, "PolicyDocument.Statement", statement)

    review = reviewed(prod, after)

    (sentence,) = review.environments[0].sentences
    assert sentence.text == "IAM role `ReadOnly` may now call `eks:DeleteCluster`."
    assert sentence.details == (
        "`eks:DeleteCluster` on cluster `groundwork-prod`",
        "Until now it could call `eks:DescribeCluster` on cluster `groundwork-prod`.",
    )
    assert sentence.risk is Risk.EXPOSES


@pytest.mark.parametrize(
    ("principal", "arns", "risk"),
    [
        (
            {"Service": "lambda.amazonaws.com"},
            ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            Risk.SAFE,
        ),
        (
            {"Service": "lambda.amazonaws.com"},
            ["arn:aws:iam::aws:policy/AdministratorAccess"],
            Risk.EXPOSES,
        ),
        ({"AWS": "arn:aws:iam::1:root"}, ["arn:aws:iam::aws:policy/ReadOnlyAccess"], Risk.EXPOSES),
    ],
)
def test_a_new_role(
    principal: dict[str, str], arns: list[str], risk: Risk, prod: Environment
) -> None:
    """One for an AWS service is usual, unless it may do anything."""
    document = {
        "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": principal}]
    }
    properties = {"AssumeRolePolicyDocument": document, "ManagedPolicyArns": arns}

    review = reviewed(prod, with_resource(prod, "Cluster", "New", "AWS::IAM::Role", properties))

    assert review.risk is risk
    assert "New IAM role `New`" in texts(review)[0]


def test_a_key_that_others_may_use(prod: Environment) -> None:
    """A resource policy is a door too."""
    statement = [
        {"Action": "kms:Decrypt", "Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*"}
    ]
    after = with_property(prod, "Cluster", KEY, "KeyPolicy.Statement", statement)

    assert texts(reviewed(prod, after))[0] == (
        "exposes: The policy of KMS key `ControlPlane/SecretsKey` now allows `kms:Decrypt` to "
        "anyone."
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": "203.0.113.0/24"},
            "exposes: Security group `Group` now allows `203.0.113.0/24` on port 53 of udp.",
        ),
        (
            {"IpProtocol": "-1", "CidrIp": {"Ref": "Office"}},
            "exposes: Security group `Group` now allows `{Office}` on every port.",
        ),
        (
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv6": "::/0"},
            "exposes: Security group `Group` now allows `::/0` on port 443.",
        ),
        ({}, "safe: Security group `Group` now allows `anything` on every port."),
    ],
)
def test_a_rule_of_any_shape(rule: dict[str, object], text: str) -> None:
    """A network that only the deploy knows may be the internet."""
    old, new = (
        of_resources({"Group": resource("AWS::EC2::SecurityGroup", SecurityGroupIngress=rules)})
        for rules in ([], [rule])
    )
    assert texts(reviewed(old, new))[0] == text


def test_an_endpoint_that_only_the_deploy_knows() -> None:
    """It may be open to everybody, and nothing more is said of it."""
    public = {"Ref": "Public"}
    old, new = (
        of_resources({"Cluster": resource("AWS::EKS::Cluster", ResourcesVpcConfig=settings)})
        for settings in ({}, {"EndpointPublicAccess": public})
    )
    assert texts(reviewed(old, new))[0] == (
        "exposes: Where the API server is reachable from is known only at deploy time: `{Public}`."
    )


def test_each_of_several_clusters_has_its_endpoint() -> None:
    """A second cluster is no change of the first one."""
    first = resource("AWS::EKS::Cluster", Name="first", Version="1.35")
    second = resource("AWS::EKS::Cluster", Name="second", Version="1.35")
    closed = {"EndpointPrivateAccess": True, "EndpointPublicAccess": False}
    changed = resource(
        "AWS::EKS::Cluster", Name="second", Version="1.36", ResourcesVpcConfig=closed
    )

    said = texts(
        reviewed(
            of_resources({"First": first, "Second": second}),
            of_resources({"First": first, "Second": changed}),
        )
    )

    assert not [each for each in said if "`first`" in each]
    assert any(
        "The API server of cluster `second` is no longer reachable from the internet" in x
        for x in said
    )
    upgrade = (
        "interrupts: The Kubernetes version of cluster `second` changes from 1.35 to **1.36**: "
    )
    assert any(each.startswith(upgrade) for each in said)


def subnet(gateway: str = "", *, gives: bool = False) -> dict[str, Any]:
    """Return a subnet whose default route leads to a gateway of some type, or the id of one."""
    to = {"Ref": "G"} if "::" in gateway else gateway
    route = resource(
        "AWS::EC2::Route", RouteTableId={"Ref": "T"}, DestinationCidrBlock="0.0.0.0/0", GatewayId=to
    )
    return {
        "S": resource("AWS::EC2::Subnet", CidrBlock="10.0.1.0/24", MapPublicIpOnLaunch=gives),
        "T": resource("AWS::EC2::RouteTable"),
        "A": resource(
            "AWS::EC2::SubnetRouteTableAssociation",
            SubnetId={"Ref": "S"},
            RouteTableId={"Ref": "T"},
        ),
        **({"G": resource(gateway)} if "::" in gateway else {}),
        **({"R": route} if gateway else {}),
    }


INTERNET = "AWS::EC2::InternetGateway"
TRANSLATED = {
    **subnet(INTERNET),
    "N": resource("AWS::EC2::NatGateway"),
    "R": resource(
        "AWS::EC2::Route",
        RouteTableId={"Ref": "T"},
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId={"Ref": "N"},
    ),
}
"""A subnet whose way out is a NAT gateway."""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, subnet(INTERNET), "safe: Subnet `S` (`10.0.1.0/24`) is new and **public**"),
        (
            {},
            subnet(INTERNET, gives=True),
            "exposes: Subnet `S` (`10.0.1.0/24`) is new and **public**",
        ),
        (subnet(), subnet(INTERNET), "exposes: Subnet `S` (`10.0.1.0/24`) becomes **public**"),
        (subnet(), subnet("igw-1"), "exposes: Subnet `S` (`10.0.1.0/24`) becomes **public**"),
        (TRANSLATED, subnet(INTERNET), "exposes: Subnet `S` (`10.0.1.0/24`) becomes **public**"),
        (subnet(), subnet("AWS::EC2::VPNGateway"), ""),
        (subnet(INTERNET), subnet(INTERNET, gives=True), ""),
        ({}, subnet(), ""),
    ],
)
def test_a_subnet_that_the_internet_reaches(
    before: dict[str, Any], after: dict[str, Any], said: str
) -> None:
    """One that becomes public may have something in it already; a new one has nothing yet."""
    found = texts(
        reviewed(
            of_resources({"Any": resource("AWS::SQS::Queue"), **before}),
            of_resources({"Any": resource("AWS::SQS::Queue"), **after}),
        )
    )
    assert [x.partition(": what")[0] for x in found if "**public**" in x] == (
        [said] if said else []
    )


def test_the_subnets_that_a_group_no_longer_lets_in(prod: Environment) -> None:
    """As those that a load balancer no longer answers."""
    (group,) = (
        each for each in prod.resources("AWS::EC2::SecurityGroup") if "Endpoints" in each.path
    )
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    stack, path = group.scope.stack.name, "SecurityGroupIngress"
    whole, half = (
        with_property(prod, stack, group.logical_id, path, [{**rule, "CidrIp": each}])
        for each in ("10.20.0.0/16", "10.20.0.0/17")
    )
    (sentence,) = (
        x for x in reviewed(whole, half).environments[0].sentences if "no longer allows" in x.text
    )
    assert sentence.details[0] == (
        "What runs in subnet `PrivateC`, subnet `PublicC` and subnet `ControlPlaneC` no longer reaches it."
    )


@pytest.mark.parametrize(
    ("less", "more", "detail"),
    [
        (("10.1.0.0/16", 443, 443), ("10.0.0.0/8", 0, 9999), "`10.1.0.0/16` on port 443"),
        (("10.1.0.0/16", 443, 443), ("10.0.0.0/8", 80, 80), ""),
        (("11.1.0.0/16", 443, 443), ("10.0.0.0/8", 0, 9999), ""),
    ],
)
def test_what_a_group_let_in_already(
    less: tuple[str, int, int], more: tuple[str, int, int], detail: str
) -> None:
    """Who reads of a wider range wants to know who of it is new."""
    one, both = (
        of_resources(
            {
                "G": resource(
                    "AWS::EC2::SecurityGroup",
                    SecurityGroupIngress=[
                        {"CidrIp": cidr, "IpProtocol": "tcp", "FromPort": first, "ToPort": last}
                        for cidr, first, last in rules
                    ],
                )
            }
        )
        for rules in ([less], [less, more])
    )
    for before, after, word in ((one, both, "Until now"), (both, one, "Still")):
        (environment,) = reviewed(before, after).environments
        found = [y for x in environment.sentences for y in x.details if y.startswith(word)]
        assert found == [f"{word}: {detail}."] * bool(detail)
