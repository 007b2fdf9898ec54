"""The mistakes that AWS or Kubernetes would refuse later: part of the table of mistakes."""

from __future__ import annotations

from tests.unit.configuration.mistakes import EXISTING, SUBNETS, Mistake

ONE_SUBNET = {"eu-west-1a": SUBNETS["eu-west-1a"]}
PODS_ELSEWHERE = {"vpc_cni.custom_networking": True, "network.pod_subnets": SUBNETS}

RANGES = [
    *(
        Mistake(
            f"the VPC range {cidr}",
            {"network.cidr": cidr},
            allowed="EC2 refuses those in 0.0.0.0/8, 127.0.0.0/8,",
            fix="take a part of 10.0.0.0/8",
        )
        for cidr in ("240.0.0.0/16", "127.1.0.0/16", "169.254.0.0/16", "224.0.0.0/16", "0.1.0.0/16")
    ),
    *(
        Mistake(
            f"an existing range of {cidr}",
            {"network": EXISTING, "network.cidr": cidr},
            allowed="a range of /16 to /27",
            fix="copy it from `aws ec2 describe-vpcs`",
        )
        for cidr in ("10.0.0.0/8", "10.0.0.0/28")
    ),
    Mistake(
        "a range of existing pods that hides public servers",
        {"network": EXISTING, **PODS_ELSEWHERE, "network.pod_cidr": "8.8.8.0/24"},
        allowed="a private or shared range that does not overlap cidr (10.30.0.0/16)",
        fix="name the range of pod_subnets",
    ),
    Mistake(
        "existing public subnets in one zone",
        {"network": EXISTING, "network.public_subnets": ONE_SUBNET},
        allowed="at least two different zones",
        fix="name another zone of the region",
    ),
]

PLACES = [
    Mistake(
        "a letter that the region does not have",
        {"network.zones": ("eu-west-1a", "eu-west-1d")},
        at="network.zones[1]",
        got="eu-west-1d",
        allowed="a zone of eu-west-1: eu-west-1a, eu-west-1b, eu-west-1c",
        fix="take another letter; `aws ec2 describe-availability-zones --region eu-west-1`",
    ),
    Mistake(
        "a region that is spelt like one",
        {"region": "eu-wst-1"},
        allowed="an AWS region such as eu-west-1: one of",
        fix="did you mean eu-west-1 or",
    ),
]

SILENT = [*RANGES, *PLACES]
