from __future__ import annotations

import json

from tests.unit.local_aws.emulator.cloud import ACCOUNT, Cloud, Stack, arn, att
from tests.unit.local_aws.emulator.templates import ROLES, named, resource

DOCUMENT = named("drift")["Managed"]["Properties"]["PolicyDocument"]
WRITTEN = json.dumps(DOCUMENT)


def test_a_trust_policy_names_who_is_there(cloud: Cloud) -> None:
    """At an update, too: a role of the stack, the account, everybody, whom other accounts have."""

    def updated(*named: object) -> Stack:
        policy = {"Statement": {"Effect": "Allow", "Principal": {"AWS": [*named]}}}
        return stack.update(
            {**roles, "Role": resource("IAM::Role", AssumeRolePolicyDocument=policy)}
        )

    roles = {"Role": ROLES["PodRole"], "Other": ROLES["PodRole"]}
    stack, root = cloud.create(roles), f"arn:aws:iam::{ACCOUNT}:root"
    elsewhere = "arn:aws:iam::444455556666:role/unknown-here"
    assert updated(att("Other", "Arn"), root, "*", elsewhere).status == "UPDATE_COMPLETE"
    assert updated(arn("Nobody")).status == "UPDATE_ROLLBACK_COMPLETE"
    assert f'Invalid principal in policy: "AWS":"{arn("Nobody")}" (Service: Iam' in stack.reasons
    stack.destroy()


def test_a_role_with_a_policy_from_elsewhere_stays(cloud: Cloud) -> None:
    stack = cloud.deploy({"Role": ROLES["PodRole"]})
    name = stack["Role"]
    cloud.iam.put_role_policy(RoleName=name, PolicyName="elsewhere", PolicyDocument=WRITTEN)
    assert stack.destroy().status == "DELETE_FAILED"
    assert "Cannot delete entity, must delete policies first." in stack.reasons
    cloud.iam.delete_role_policy(RoleName=name, PolicyName="elsewhere")
    made = cloud.iam.create_policy(PolicyName="elsewhere", PolicyDocument=WRITTEN)
    policy = made["Policy"]["Arn"]
    cloud.iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    assert stack.destroy().status == "DELETE_FAILED"
    assert "Cannot delete entity, must detach all policies first." in stack.reasons
    cloud.iam.detach_role_policy(RoleName=name, PolicyArn=policy)
    assert stack.destroy().status == "DELETE_COMPLETE"


def test_a_managed_policy_that_is_attached_elsewhere_stays(cloud: Cloud) -> None:
    stack = cloud.deploy({"Policy": resource("IAM::ManagedPolicy", PolicyDocument=DOCUMENT)})
    holder = cloud.deploy({"Role": ROLES["PodRole"]})
    cloud.iam.attach_role_policy(RoleName=holder["Role"], PolicyArn=stack["Policy"])
    assert stack.destroy().status == "DELETE_FAILED"
    assert "Cannot delete a policy attached to entities." in stack.reasons
    cloud.iam.detach_role_policy(RoleName=holder["Role"], PolicyArn=stack["Policy"])
    assert stack.destroy().status == "DELETE_COMPLETE"
    assert holder.destroy().status == "DELETE_COMPLETE"
