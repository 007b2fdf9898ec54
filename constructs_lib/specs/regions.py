"""The regions of AWS and the zones of each: regions.json, with its source and date.

Letters differ by account in the oldest regions. The data has each letter that some account has.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from constructs_lib.specs.base import Problem, refused

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
ZONES: Mapping[str, str] = DATA["zones"]
"""The letters of each region's zones."""
WITHOUT_CONTROL_PLANE: Mapping[str, str] = DATA["without_control_plane"]
"""The id of the zone in which EKS places no control plane, by region."""
WITHOUT_EC2MESSAGES: tuple[str, ...] = tuple(DATA["without_ec2messages"]["regions"])
"""The regions without that endpoint; Session Manager's agent calls ssmmessages there."""
DNS_SUFFIXES: Mapping[str, tuple[str, str]] = DATA["dns_suffixes"]
"""What the names of AWS services end in, and those of their dual-stack endpoints, by partition."""


def has_fargate(region: str) -> bool:
    """Tell whether EKS runs pods on Fargate in a region (AWS GovCloud (US) user guide, "Amazon EKS")."""
    return partition(region) != "aws-us-gov"


def partition(region: str) -> str:
    """Return the partition that a region is in, as ARNs name it."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
    prefixes |= {"us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
    prefixes |= {"eu-isoe-": "aws-iso-e", "us-isof-": "aws-iso-f"}
    return next((name for start, name in prefixes.items() if region.startswith(start)), "aws")


def _region(value: str) -> str:
    if value not in ZONES:
        near = difflib.get_close_matches(value, ZONES, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "use the name of a region."
        raise refused(
            f"an AWS region such as eu-west-1, listed in constructs_lib/specs/regions.json (as of "
            f"{DATA['date']})",
            f"{hint} If it is newer, add it to that file",
        )
    return value


def _zone_name(value: str) -> str:
    region, letter = value[:-1], value[-1:]
    if region not in ZONES:
        raise refused(
            "an Availability Zone such as eu-west-1a",
            "write the region followed by the zone's letter",
        )
    if letter not in ZONES[region]:
        raise refused(
            f"a zone of {region}: {', '.join(f'{region}{known}' for known in ZONES[region])}",
            f"use another zone; `aws ec2 describe-availability-zones --region {region}` lists "
            "those in your account",
        )
    return value


Region = Annotated[str, AfterValidator(_region)]
ZoneName = Annotated[str, AfterValidator(_zone_name)]


def repeated_zones(zones: Sequence[str] | None) -> Iterator[Problem]:
    """Yield that a zone is named twice."""
    if len(set(zones or ())) < len(zones or ()):
        yield Problem(
            at="zones", got=zones, allowed="each zone at most once", fix="remove the duplicate"
        )
