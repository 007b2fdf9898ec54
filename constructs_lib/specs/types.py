"""The strings of fields, each with the format that AWS or Kubernetes requires."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from constructs_lib.specs.arns import arn_fault
from constructs_lib.specs.base import refused


def shaped(pattern: str, allowed: str, fix: str) -> AfterValidator:
    """Return a validator of strings that match a pattern as a whole."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise refused(allowed, (pattern.startswith("arn:") and arn_fault(value)) or fix)
        return value

    return AfterValidator(check)


def spelt(wrong: Iterable[str], known: Iterable[str], *, cutoff: float) -> dict[str, str]:
    """Return the known word that each wrong one is nearly, where there is one; capitals don't count."""
    words = {each.lower(): each for each in sorted(known)}
    near = {each: get_close_matches(each.lower(), words, n=1, cutoff=cutoff) for each in wrong}
    return {each: words[found[0]] for each, found in near.items() if found}


def distinct(most: int, why: str) -> AfterValidator:
    """Return a validator of tuples: no duplicates, and no more items than AWS allows."""

    def check(value: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted(item for item, count in Counter(value).items() if count > 1)
        if twice:
            raise refused("each at most once", f"remove the duplicate {', '.join(twice)}")
        if len(value) > most:
            raise refused(f"at most {most} ({why})", f"remove {len(value) - most} of {len(value)}")
        return value

    return AfterValidator(check)


def _cidr(value: str) -> str:
    try:
        canonical = str(IPv4Network(value, strict=False))
    except ValueError:
        canonical = None
    # One network has one spelling: no host bits, no netmask, no leading zeros.
    if value != canonical:
        raise refused(
            "an IPv4 network such as 10.0.0.0/16, without host bits",
            f"write {canonical or 'a network as address/prefix length'}",
        )
    return value


_PRINCIPAL = re.compile(
    r"arn:aws(-[a-z-]+)?:iam::\d{12}:(role|user)/([!-.0-~]+/){0,64}[\w+=,.@-]{1,64}", re.ASCII
)
"""A path between slashes, and a name of at most 64 characters (IAM user guide, "IAM identifiers")."""
_ASSUMED_ROLE = re.compile(
    r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+", re.ASCII
)


def _principal_arn(value: str) -> str:
    if _PRINCIPAL.fullmatch(value):
        return value
    allowed = "the ARN of an IAM role or user, such as arn:aws:iam::111122223333:role/Platform"
    if assumed := _ASSUMED_ROLE.fullmatch(value):
        role = f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{assumed['role']}"
        raise refused(
            allowed,
            f"this is a role session; use the role itself, {role} "
            "(with its path, if it has one; `aws iam get-role` shows it)",
        )
    if value.endswith(":root"):
        raise refused(allowed, "the account root can't have an access entry; use a role or user")
    copied = "copy the ARN from `aws iam get-role` or `aws iam get-user`"
    raise refused(allowed, arn_fault(value) or copied)


_ACCOUNT = re.compile(r"(arn:aws(-[a-z-]+)?:iam::)?(?P<account>\d{12})(:root)?", re.ASCII)


def _trusted_arn(value: str) -> str:
    if account := _ACCOUNT.fullmatch(value):
        raise refused(
            "the ARN of an IAM role or user, such as arn:aws:iam::111122223333:role/Platform",
            "the root of an account means all its principals with sts:AssumeRole on this role, not "
            f"the root user. If {account['account']} is the cluster's account, leave "
            "trusted_principal_arns empty, which means the same; otherwise name roles or users",
        )
    return _principal_arn(value)


NonEmpty = Annotated[str, shaped(r"(?s).+", "a non-empty string", "give it a value, or remove it")]
AccountId = Annotated[
    str,
    shaped(r"\d{12}", "12 digits, as a string", "copy the account id, including leading zeros"),
]
Cidr = Annotated[str, AfterValidator(_cidr)]
PrincipalArn = Annotated[str, AfterValidator(_principal_arn)]
TrustedArn = Annotated[str, AfterValidator(_trusted_arn)]
VpcId = Annotated[
    str,
    shaped(
        r"vpc-[0-9a-f]{8,17}",
        "a VPC id such as vpc-0a1b2c3d4e5f67890",
        "copy VpcId from `aws ec2 describe-vpcs`",
    ),
]
SubnetId = Annotated[
    str,
    shaped(
        r"subnet-[0-9a-f]{8,17}",
        "a subnet id such as subnet-0a1b2c3d4e5f67890",
        "copy SubnetId from `aws ec2 describe-subnets`",
    ),
]
DnsLabel = Annotated[
    str,
    shaped(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "a DNS label: at most 63 lower-case letters, digits and hyphens",
        "write it like web-front",
    ),
]
NamespacePattern = Annotated[
    str,
    shaped(
        r"[a-z0-9*?-]{1,63}",
        "the name of a namespace; * and ? are wildcards",
        "use a name or pattern such as team-*",
    ),
]
ReleaseVersion = Annotated[
    str,
    shaped(
        r"\d+\.\d+\.\d+-[0-9a-z]+|\d+\.\d+-\d{4}\.\d{2}\.\d{2}",
        "an AMI release such as 1.35.3-20260512, 1.50.0-4a1b2c3d for Bottlerocket, or "
        "1.35-2026.04.18 for Windows",
        "copy one from the release notes of the AMI",
    ),
]
ImageRepository = Annotated[
    str,
    shaped(
        r"[a-z0-9][a-z0-9._-]*(:\d+)?(/[a-z0-9._-]+)+",
        "a repository URI, without https:// and without a tag",
        "write it like public.ecr.aws/eks/aws-load-balancer-controller",
    ),
]
CertificateArn = Annotated[
    str,
    shaped(
        r"arn:aws(-[a-z-]+)?:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}",
        "the ARN of a certificate in AWS Certificate Manager",
        "copy one that `aws acm list-certificates` shows",
    ),
]
ChartRepository = Annotated[
    str,
    shaped(
        r"https?://[^\s@]+|oci://[A-Za-z0-9.-]+(:\d{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+",
        "a URL that begins with https://, http:// or oci://, without user name and password; one of "
        "oci:// ends in the chart's name, in lower case and without tag or digest",
        "write it like https://aws.github.io/eks-charts or oci://ghcr.io/stefanprodan/charts/podinfo",
    ),
]
ClusterName = Annotated[
    str,
    shaped(
        r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}",
        "1 to 100 letters, digits, hyphens and underscores, beginning with a letter or digit",
        "write it like groundwork-dev",
    ),
]
PascalName = Annotated[
    str,
    shaped(
        r"[A-Z][A-Za-z0-9]{0,62}",
        "a name in PascalCase: letters and digits, beginning with an upper-case letter",
        "write it like GeneralNodes",
    ),
]
Reason = Annotated[
    str,
    shaped(
        r"(?s).*\S.*\s.*\S.*\s.*\S.{7,}",
        "a reason, in a sentence",
        "explain in a sentence why this is acceptable",
    ),
]
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def _retention_days(value: int) -> int:
    if value not in RETENTION_DAYS:
        nearest = min(RETENTION_DAYS, key=lambda days: abs(days - value))
        raise refused(
            f"a CloudWatch Logs retention period in days: {', '.join(map(str, RETENTION_DAYS))}",
            f"use {nearest}, the nearest",
        )
    return value


RetentionDays = Annotated[int, AfterValidator(_retention_days)]
