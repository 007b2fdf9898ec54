from __future__ import annotations

import json

from tests.unit.local_aws.emulator.cloud import ACCOUNT, Cloud
from tests.unit.local_aws.emulator.templates import ROLES, resource

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
ISSUER = "oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF"


def test_an_identity_provider_lives_and_is_replaced(cloud: Cloud) -> None:
    provider = resource(
        "IAM::OIDCProvider",
        Url=f"https://{ISSUER}",
        ClientIdList=["sts.amazonaws.com"],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    stack = cloud.deploy({"Provider": provider})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    before = stack["Provider"]
    assert before == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"

    def found(arn: str) -> tuple[list[str], dict[str, str]]:
        one = cloud.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        return one["ClientIDList"], {tag["Key"]: tag["Value"] for tag in one["Tags"]}

    clients, tags = found(before)
    assert clients == ["sts.amazonaws.com"]
    assert tags["a"] == "b"
    provider["Properties"].update(ClientIdList=["other"], Tags=[])
    stack = stack.update({"Provider": provider})
    assert stack["Provider"] == before
    clients, tags = found(before)
    assert clients == ["other"]
    assert "a" not in tags
    provider["Properties"]["Url"] += "0"
    stack = stack.update({"Provider": provider})
    assert stack["Provider"] == f"{before}0"
    listed = cloud.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert before not in [one["Arn"] for one in listed]
    assert stack.destroy().status == "DELETE_COMPLETE"


def test_a_role_with_a_policy_from_elsewhere_stays(cloud: Cloud) -> None:
    stack = cloud.deploy({"Role": ROLES["PodRole"]})
    name = stack["Role"]
    cloud.iam.put_role_policy(
        RoleName=name, PolicyName="elsewhere", PolicyDocument=json.dumps(DOCUMENT)
    )
    assert stack.destroy().status == "DELETE_FAILED"
    assert "Cannot delete entity, must delete policies first." in stack.reasons
    cloud.iam.delete_role_policy(RoleName=name, PolicyName="elsewhere")
    policy = cloud.iam.create_policy(PolicyName="elsewhere", PolicyDocument=json.dumps(DOCUMENT))[
        "Policy"
    ]["Arn"]
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
