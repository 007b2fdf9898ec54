"""What a statement in the policy of a key or a bucket says: whom it lets in, and how widely."""

from __future__ import annotations

import re

from assembly.arns import OWN, place_of, rendered
from assembly.environment import Environment
from assembly.policies import Call, allows
from assembly.resource import Resource
from kube.values import Json, Unknown, mapping, several

ROOT = "iam::{account}:root"
"""Stands for the account itself, which lets its roles do what it may."""
_ANOTHER = re.compile(r"(?:arn:[^:]+:(?:iam|sts)::)?(?P<account>[0-9]{12})(?::.*)?")
NARROW = re.compile(
    r"(?i)aws:(source(account|arn|orgid|orgpaths|owner|vpce?|vpcarn|ip)|principal(orgid|orgpaths|account|arn"
    r"|isawsservice)|vpcsourceip)|kms:(calleraccount|encryptioncontext:.+)|sts:externalid"
)
"""Condition keys that leave few of those whom a wildcard names."""


def home(resource: Resource) -> dict[str, str]:
    """Return the partition, region and account from which calls for a resource come."""
    # Whichever account it is, it isn't one that a policy writes down.
    own = resource.scope.stack.account or OWN.format("ACCOUNT/")
    return {**place_of(resource), "account": own}


def another_account(environment: Environment, holder: Resource, who: object) -> str:
    """Return the account of a principal that isn't that of a resource, empty for any other."""
    match = _ANOTHER.fullmatch(rendered(environment, who))
    return match["account"] if match and match["account"] != home(holder)["account"] else ""


def narrowed(statement: Json) -> bool:
    """Tell whether a condition restricts who calls, or isn't known."""
    condition = statement.get("Condition")
    if isinstance(condition, Unknown):
        return True
    return any(
        isinstance(key, Unknown) or (NARROW.fullmatch(key) and "*" not in several(values))
        for operator in mapping(condition).values()
        for key, values in mapping(operator).items()
    )


def refuses(environment: Environment, policy: object, call: Call) -> bool:
    """Tell whether the policy of a resource is there and known not to allow a call."""
    return policy is not None and allows(environment, [policy], call) is False
