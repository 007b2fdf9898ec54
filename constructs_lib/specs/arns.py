"""What is wrong with an ARN, field by field: arn:partition:service:region:account:resource."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_COLONS = {
    r"(arn:[\w*-]+:iam):+((?:\d+|aws):.+)": r"\1::\2",
    r"(arn:[\w*-]+:s3):+([^:]+)": r"\1:::\2",
}
"""IAM is without a region, S3's buckets and objects without an account too (Service Authorization Reference)."""


def arn_fault(value: str) -> str:
    """Return the fix of an ARN whose account or colons are wrong, or "" where that is not it."""
    return "; ".join(_faults(value))


def _faults(value: str) -> Iterator[str]:
    for found in value.split(":")[3:5] if value.startswith("arn:") else ():
        if found.isdecimal() and len(found) != 12:  # noqa: PLR2004  # an account's digits
            yield f"write all 12 digits of the account: {found} has {len(found)}"
    for wrong, right in _COLONS.items():
        meant = re.sub(wrong, right, value) if re.fullmatch(wrong, value) else value
        if meant != value:
            what = "is missing" if len(meant) > len(value) else "is too many"
            yield f"a colon {what}: write {meant}"


def digest(text: str) -> str:
    """Return what stands for a principal, or another name with any letters, in a construct's id."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
