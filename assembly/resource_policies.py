"""The policies that resources have of their own: whom they let in, whatever their types call them."""

from __future__ import annotations

from collections.abc import Mapping

from assembly.kinds import ENDPOINT
from assembly.resource import Resource
from assembly.structured import structured
from kube.values import look_up, table

POLICIES: Mapping[str, tuple[str, str]] = table(__file__)
"""The path of the policy of a type, empty where its fields are one, and the property that names what has it
(CloudFormation template reference)."""
ANYTHING = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
WITHOUT = {ENDPOINT: ANYTHING, "AWS::EFS::FileSystem": ANYTHING}
"""What a type allows without a policy (AWS PrivateLink guide; EFS user guide, "Default EFS file system policy")."""
LIMITS = {
    *("SourceArn", "SourceAccount", "PrincipalOrgID", "OrganizationId", "EventSourceToken"),
    *("FunctionUrlAuthType", "InvokedViaFunctionUrl", "Condition"),
}
"""Properties of a permission that limit it (CloudFormation, AWS::Lambda::Permission and the like)."""


def policy_of(resource: Resource) -> object:
    """Return the policy of a resource; where its fields are those of a statement, they are one."""
    fields, path = resource.properties, POLICIES[resource.kind][0]
    if not path and "Statement" not in fields:
        limits = {x: fields[x] for x in sorted(LIMITS & {*fields})}
        named = {x: fields[x] for x in ("Principal", "Action") if x in fields}
        condition = {"StringLike": limits} if limits else {}
        return {"Statement": {"Effect": "Allow", **named, "Condition": condition}}
    try:
        document = look_up(fields, *path.split("/")) if path else fields
        return structured(document) or WITHOUT.get(resource.kind)
    except ValueError:
        return None
