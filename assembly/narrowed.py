"""Whether a condition of an IAM policy leaves few of those whom the statement names."""

from __future__ import annotations

import re

from kube.values import Json, mapping, several, text, unsure

NARROW = re.compile(
    r"(?i)aws:(source(account|arn|orgid|orgpaths|owner|vpce?|vpcarn|ip)|principal(orgid|orgpaths|account|arn"
    r"|isawsservice)|vpcsourceip)|kms:(calleraccount|encryptioncontext:.+)"
)
"""Condition keys that leave few of those whom a wildcard names; whoever knows an external id may send it."""
WIDE = re.compile("(?i)not|null|ifexists|forallvalues")
"""Operators that a request without the key meets, or with nearly any value."""
ALL = re.compile(
    r"\*|0\.0\.0\.0/0|::/0|o-\*.*|arn:[^:]*(:[^:]*){0,3}\*|arn:[^:]*:(?!s3:)([^:]*:){2}[^:]*[*?].*"
)
"""Values that all have, or some of every account: names of buckets are those of one account."""


def narrowed(statement: Json) -> bool:
    """Tell whether a condition restricts who calls, or isn't known."""
    condition = statement.get("Condition")
    return unsure(condition) or any(
        unsure(key)
        or (NARROW.fullmatch(key) and not any(map(ALL.fullmatch, map(text, several(said)))))
        for how, tests in mapping(condition).items()
        if not WIDE.search(how)
        for key, said in mapping(tests).items()
    )
