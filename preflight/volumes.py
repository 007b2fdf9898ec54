"""Whether EC2 Auto Scaling may use the key that encrypts volumes in the account.

Source: EC2 Auto Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes".
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from assembly import kinds
from assembly.policies import Call, allows
from kube.values import Json, several
from preflight.account import Account
from preflight.row import Row, judged
from preflight.target import Target

OF_AWS = "alias/aws/ebs"
ROLE = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
OPEN = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
NEEDED = ("kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext")
"""Of the actions that the guide lists, those without which no instance starts."""


def key_of_volumes(account: Account, target: Target) -> Iterator[Row]:
    """Check the account's default key: launch templates name none. A policy of the role's own has no KMS actions."""
    if not target.all_of(kinds.NODE_GROUP, kinds.AUTO_SCALING_GROUP):
        return
    key = account.ask("ec2", "get_ebs_default_kms_key_id").get("KmsKeyId", OF_AWS)
    if key.endswith(OF_AWS):
        yield Row("key of EBS volumes", "passes", OF_AWS)
        return
    about = account.ask("kms", "describe_key", {"KeyId": key}).get("KeyMetadata", {})
    state, arn = about.get("KeyState", "missing"), about.get("Arn", key)
    role = f"arn:{arn.split(':')[1] if ':' in arn else 'aws'}:iam::{target.account}:{ROLE}"
    is_open = state == "Enabled" and _is_open(account, target, about, role)
    yield judged(
        "key of EBS volumes",
        f"{arn} is {state}"
        if state != "Enabled"
        else f"{arn}: {'' if is_open else 'neither its policy nor a grant lets '}"
        f"AWSServiceRoleForAutoScaling {'may use it' if is_open else 'use it, so no node starts'}",
        fails=not is_open,
        run=f"allow {role} in the key's policy, as the EC2 Auto Scaling user guide shows, or: aws kms create-grant "
        f"--key-id {arn} --grantee-principal {role} --region {target.region} --operations Encrypt Decrypt "
        "ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey CreateGrant"
        if state == "Enabled"
        else "enable the key, or set another one: aws ec2 modify-ebs-default-kms-key-id",
    )


def _is_open(account: Account, target: Target, key: Json, role: str) -> bool:
    named = {"KeyId": key["Arn"]}
    if key.get("KeyManager") == "AWS":
        return True
    said: Json = {}
    # KMS shows nobody the policy of a key in another account, where the role needs a grant anyway.
    if key.get("AWSAccountId") == target.account:
        said = account.ask("kms", "get_key_policy", {**named, "PolicyName": "default"})
    policy = json.loads(said.get("Policy", "{}"))
    context = {
        "kms:viaservice": f"ec2.{target.region}.amazonaws.com",
        "kms:calleraccount": target.account,
        "kms:grantisforawsresource": "true",
    }
    calls = [Call(action=x, resource=key["Arn"], principal=role, context=context) for x in NEEDED]
    if all(allows(target.environment, [policy], each) for each in calls):
        return True
    grants = account.ask("kms", "list_grants", {**named, "GranteePrincipal": role}).get("Grants")
    operations = {each.removeprefix("kms:") for each in NEEDED}
    granted = any(operations <= {*several(each, "Operations")} for each in grants or ())
    denied = any(allows(target.environment, [policy, OPEN], each) is False for each in calls)
    return granted and not denied
