"""A first deploy that fails, once at each type of resource, and what a person finds afterwards.

`make test-deploy` plays two types for dev. `LOCAL_AWS_FIRST_DEPLOYS=all` plays every type for dev and
prod, one deploy after the other in one account, which must deploy in the end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws.emulator.failures import VARIABLE
from tests.deploy.emulated import Emulated

TABLE = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""By environment and stack: the types, in the order in which they are made to fail."""

FINDINGS: dict[str, str] = TABLE["findings"]
"""What a rollback leaves, by type, and what that means: the bench has found it, and it is not fixed."""

WHOLE = os.environ.get("LOCAL_AWS_FIRST_DEPLOYS") == "all"
SAMPLE = {("dev", "AWS::EC2::NatGateway"), ("dev", "AWS::EKS::Cluster")}
CASES = [
    (environment, stack, kind)
    for environment, stacks in TABLE["types"].items()
    for stack, kinds in stacks.items()
    for kind in kinds
    if WHOLE or (environment, kind) in SAMPLE
]
ENVIRONMENTS = sorted({environment for environment, _, _ in CASES})


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the file that says what is to fail next, which accounts that start from now on read."""
    path = tmp_path_factory.mktemp("failures") / "failures.json"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, str(path))
        yield path


@pytest.fixture(scope="module")
def account(
    request: pytest.FixtureRequest,
    emulate: Callable[..., Emulated],
    failures: Path,  # noqa: ARG001  # before the account starts
) -> Emulated:
    """Return the account of an environment."""
    return emulate(request.param)


def statuses(account: Emulated) -> dict[str, str]:
    """Return the state of each of the environment's stacks."""
    prefix = f"{account.config.stage_id}-"
    return {
        stack["StackName"].removeprefix(prefix): stack["StackStatus"]
        for stack in account.client("cloudformation").describe_stacks()["Stacks"]
        if stack["StackName"].startswith(prefix)
    }


def left_behind(account: Emulated) -> set[str]:
    """Return the types of what is in no stack and keeps something of a failed one."""
    client = account.client("cloudformation")
    owned = {
        resource["PhysicalResourceId"]
        for stack in client.describe_stacks()["Stacks"]
        if stack["StackStatus"] != "ROLLBACK_COMPLETE"
        for resource in client.describe_stack_resources(StackName=stack["StackName"])[
            "StackResources"
        ]
    }
    keys = account.client("kms").list_keys()["Keys"]
    describe = account.client("kms").describe_key
    vpcs = account.client("ec2").describe_vpcs()["Vpcs"]
    found = {
        "AWS::Logs::LogGroup": [
            one["logGroupName"]
            for one in account.client("logs").describe_log_groups()["logGroups"]
            if not one["logGroupName"].startswith("/aws/lambda/")
        ],
        "AWS::S3::Bucket": [one["Name"] for one in account.client("s3").list_buckets()["Buckets"]],
        "AWS::KMS::Key": [
            one["KeyId"]
            for one in keys
            if describe(KeyId=one["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"
        ],
        "AWS::EC2::VPC": [one["VpcId"] for one in vpcs if not one["IsDefault"]],
        "AWS::IAM::Role": [one["RoleName"] for one in account.client("iam").list_roles()["Roles"]],
        "AWS::EKS::Cluster": account.client("eks").list_clusters()["clusters"],
    }
    return {kind for kind, names in found.items() if set(names) - owned}


def clean_up(account: Emulated, stack: str) -> None:
    """Do what somebody has to do before the next deploy can work."""
    eks, logs = account.client("eks"), account.client("logs")
    clusters = eks.list_clusters()["clusters"]
    if clusters and statuses(account)[stack] == "ROLLBACK_FAILED":
        eks.update_cluster_config(name=clusters[0], deletionProtection=False)
        name = f"{account.config.stage_id}-{stack}"
        account.client("cloudformation").delete_stack(StackName=name)
        done = account.client("cloudformation").get_waiter("stack_delete_complete")
        done.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    if not eks.list_clusters()["clusters"]:
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws/eks/")["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])


@pytest.mark.parametrize(("account", "stack", "kind"), CASES, indirect=["account"], ids=str)
def test_a_first_deploy_that_fails_is_rolled_back(
    account: Emulated, failures: Path, stack: str, kind: str
) -> None:
    """The CLI says why; its stack rests, those before it stay, and nothing unknown is left.

    Each case but the first also sees that the stack that failed before is made again.
    """
    failures.write_text(json.dumps([{"resource": kind, "message": "out of luck"}]))
    output = account.run("deploy", variant="as-it-is", exit_code=1)
    assert "out of luck" in output
    assert json.loads(failures.read_text()) == []
    found = statuses(account)
    stuck = kind in TABLE["stuck"].get(account.environment, ()) and stack == "Cluster"
    assert found.pop(stack) == ("ROLLBACK_FAILED" if stuck else "ROLLBACK_COMPLETE")
    assert set(found.values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert left_behind(account) <= FINDINGS.keys()
    clean_up(account, stack)


@pytest.mark.skipif(not WHOLE, reason="the account of the sample has not failed at everything")
@pytest.mark.parametrize("account", ENVIRONMENTS, indirect=True)
def test_an_account_that_has_failed_at_everything_deploys(account: Emulated) -> None:
    """No failure leaves anything that is in the way of the next deploy."""
    account.run("deploy", variant="as-it-is")
    assert set(statuses(account).values()) == {"CREATE_COMPLETE"}
