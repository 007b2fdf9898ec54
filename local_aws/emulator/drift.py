"""Drift detection of types that MiniStack makes but does not read back."""

from __future__ import annotations

import json

from local_aws.emulator.internals import IAM, KMS
from local_aws.emulator.schemas import Properties


def _managed_policy(physical_id: str, _: Properties) -> Properties | None:
    record = IAM.policies.get(physical_id)
    if record is None:
        return None
    return {"PolicyDocument": _parsed(record["Versions"][record["DefaultVersionId"]]["Document"])}


def _policy(_: str, properties: Properties) -> Properties | None:
    """Return the document that the roles have; they all have the same one."""
    found: Properties | None = None
    for name in properties.get("Roles", []):
        inline = IAM.roles.get(name, {}).get("InlinePolicies", {})
        if properties["PolicyName"] not in inline:
            return None
        found = {"PolicyDocument": _parsed(inline[properties["PolicyName"]])}
    # Our templates give policies to roles only; what hangs on others is not looked at.
    return found if found is not None or "Roles" in properties else dict(properties)


def _key(physical_id: str, _: Properties) -> Properties | None:
    record = KMS.keys.get(physical_id)
    if record is None or record.get("KeyState") == "PendingDeletion":
        return None
    return {"Enabled": record.get("KeyState") == "Enabled"}


def _parsed(document: object) -> object:
    return json.loads(document) if isinstance(document, str) else document


READERS = {
    "AWS::IAM::ManagedPolicy": (_managed_policy, "PolicyDocument"),
    "AWS::IAM::Policy": (_policy, "PolicyDocument"),
    "AWS::KMS::Key": (_key, "Enabled"),
}
"""By type, what reads a resource and the property that it reads."""
