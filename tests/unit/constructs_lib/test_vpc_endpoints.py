from __future__ import annotations

from tests.support import Assembly, Template, joined, resources_of
from tests.unit.constructs_lib.templates import Properties, one, properties
from tests.unit.constructs_lib.variants import ASKED, Variants

CLOSED = {
    *("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "lambda", "logs"),
    *("ssm", "ssmmessages", "ec2messages", "sts"),
}
"""What nodes, Fargate pods, the kubectl handler, the controller and Session Manager call."""


def interfaces(template: Template) -> dict[str, Properties]:
    """Return the interface endpoints by the name of their service."""
    return {
        joined(resource["Properties"]["ServiceName"]).split(".", 3)[3]: resource["Properties"]
        for resource in resources_of(template, "AWS::EC2::VPCEndpoint").values()
        if resource["Properties"]["VpcEndpointType"] == "Interface"
    }


def test_every_route_table_leads_to_s3(variants: Variants) -> None:
    """Images come from S3: a subnet without the gateway endpoint would pay for NAT or get none."""
    template = variants.platforms.templates["Closed/Network"]
    s3 = properties(template, one(template, "AWS::EC2::VPCEndpoint", "NetworkEndpointsS3"))
    assert s3["VpcEndpointType"] == "Gateway"
    assert joined(s3["ServiceName"]) == "com.amazonaws.value.s3"
    tables = {table["Ref"] for table in s3["RouteTableIds"]}
    assert tables == resources_of(template, "AWS::EC2::RouteTable").keys()


def test_a_network_without_nat_gets_all_that_the_platform_calls(variants: Variants) -> None:
    """The full set is there, and what the environment asks for besides."""
    template = variants.platforms.templates["Closed/Network"]
    assert interfaces(template).keys() == CLOSED | {"kms"}


def test_with_nat_only_what_was_asked_for_is_made(variants: Variants, assembly: Assembly) -> None:
    """Interface endpoints cost money by the hour, so there is none by default."""
    asked = interfaces(variants.networks.templates["Asked"])
    assert asked.keys() == {*ASKED}
    assert {name for name, each in asked.items() if "PolicyDocument" not in each} == {
        *("networkflowmonitorreports", "xray"),
    }
    assert interfaces(assembly.templates["Prod/Network"]).keys() == {"ecr.api", "ecr.dkr", "sts"}
    dev = assembly.templates["Dev/Network"]
    assert interfaces(dev) == {}
    assert not resources_of(dev, "AWS::EC2::SecurityGroup")


def test_names_of_services_lead_to_the_endpoints(variants: Variants) -> None:
    """With private DNS a program needs no setting to use an endpoint."""
    for found in interfaces(variants.platforms.templates["Closed/Network"]).values():
        assert found["PrivateDnsEnabled"] is True


def test_endpoints_stand_in_the_private_subnets_of_every_zone(variants: Variants) -> None:
    """A zone that fails takes no other zone's endpoints with it."""
    template = variants.platforms.templates["Closed/Network"]
    private = [one(template, "AWS::EC2::Subnet", f"NetworkPrivate{letter}") for letter in "ABC"]
    for found in interfaces(template).values():
        assert [subnet["Ref"] for subnet in found["SubnetIds"]] == private


def test_everybody_in_the_vpc_may_use_the_endpoints(variants: Variants) -> None:
    """HTTPS from each range of the VPC, that of the pods too, and nothing else."""
    template = variants.platforms.templates["Closed/Network"]
    group = one(template, "AWS::EC2::SecurityGroup")
    rules = {
        (rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
        for rule in properties(template, group)["SecurityGroupIngress"]
    }
    assert rules == {("10.30.0.0/16", "tcp", 443, 443), ("100.64.0.0/16", "tcp", 443, 443)}
    assert not resources_of(template, "AWS::EC2::SecurityGroupIngress")
    for found in interfaces(template).values():
        assert found["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]


ACCOUNTS = [{"Ref": "AWS::AccountId"}, "444455556666"]


def test_data_leaves_for_buckets_of_the_accounts_only(variants: Variants) -> None:
    """Image layers and packages are read from buckets of others."""
    template = variants.platforms.templates["Closed/Network"]
    s3 = properties(template, one(template, "AWS::EC2::VPCEndpoint", "NetworkEndpointsS3"))
    read, write, answer = s3["PolicyDocument"]["Statement"]
    assert read["Action"] == ["s3:Get*", "s3:List*"]
    assert "Condition" not in read
    assert (write["Action"], write["Condition"]) == (
        *("s3:*", {"StringEquals": {"aws:ResourceAccount": ACCOUNTS}}),
    )
    # The kubectl handler is in the VPC, and these buckets are CloudFormation's own.
    assert answer["Action"] == "s3:PutObject"
    assert [joined(each) for each in answer["Resource"]] == [
        "arn:aws:s3:::cloudformation-custom-resource-response-*/*",
        "arn:aws:s3:::cloudformation-waitcondition-*/*",
    ]


def test_endpoints_let_credentials_of_the_accounts_through(variants: Variants) -> None:
    """Nobody signs a pod's first call to STS: the token that it carries decides."""
    found = interfaces(variants.platforms.templates["Closed/Network"])
    conditions = {
        name: [
            (statement["Action"], statement.get("Condition"))
            for statement in endpoint.get("PolicyDocument", {}).get("Statement", [])
        ]
        for name, endpoint in found.items()
    }
    ours = ("*", {"StringEquals": {"aws:PrincipalAccount": ACCOUNTS}})
    assert conditions.pop("sts") == [ours, ("sts:AssumeRoleWithWebIdentity", None)]
    assert {name for name, said in conditions.items() if not said} == {
        *("ec2messages", "eks-auth", "ssmmessages"),
    }
    assert {str(said) for said in conditions.values() if said} == {str([ours])}
