"""Deploys that fail, and the same command again: it goes on, until everything is there.

`make test-deploy` plays three types for dev. `LOCAL_AWS_FIRST_DEPLOYS=all` plays, for each environment,
every type of every stack once early, before there is anything, and once late, when the resource is
there; then a destroy and one more deploy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from local_aws.emulator.failures import VARIABLE
from tests.deploy.emulated import CLOSED, Emulated

WHOLE = os.environ.get("LOCAL_AWS_FIRST_DEPLOYS") == "all"
SAMPLE = {"AWS::EC2::NatGateway": False, "AWS::EKS::Cluster": True, "AWS::EKS::Addon": True}
"""Whether each type fails late."""
ENVIRONMENTS = ["dev", "prod", CLOSED] if WHOLE else ["dev"]
DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


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


def failing(account: Emulated) -> list[dict[str, object]]:
    """Return what is to fail, a resource of each type of each stack; the order is that of a deploy."""
    assembly = assembly_at(account.assembly / "as-it-is")
    (environment,) = assembly.environments().values()
    first = {(each.stack, each.type): each.logical_id for each in environment.resources()}
    return [
        {"resource": logical_id, "late": late, "message": f"out of luck with {kind}"}
        for late in (False, True)
        for (_, kind), logical_id in first.items()
        if WHOLE or SAMPLE.get(kind) is late
    ]


def stacks(account: Emulated) -> dict[str, tuple[str, bool]]:
    """Return the state of each of the environment's stacks, and whether it is protected."""
    prefix = f"{account.config.stage_id}-"
    return {
        stack["StackName"].removeprefix(prefix): (
            stack["StackStatus"],
            stack["EnableTerminationProtection"],
        )
        for stack in account.client("cloudformation").describe_stacks()["Stacks"]
        if stack["StackName"].startswith(prefix)
    }


def unprotected(account: Emulated) -> list[str]:
    """Return what the environment protects and a deploy has made without protection."""
    eks, config = account.client("eks"), account.config
    found = [name for name, (_, protected) in stacks(account).items() if not protected]
    open_stacks = {"Network", "Cluster"} & {*found} if config.termination_protection else set()
    return [
        *open_stacks,
        *(
            name
            for name in eks.list_clusters()["clusters"]
            if config.cluster.deletion_protection
            and not eks.describe_cluster(name=name)["cluster"]["deletionProtection"]
        ),
    ]


def orphans(account: Emulated) -> set[str]:
    """Return what costs or is in the way, and is in no stack."""
    cloudformation, kms, ec2 = (account.client(name) for name in ("cloudformation", "kms", "ec2"))
    owned = {
        resource["PhysicalResourceId"]
        for stack in cloudformation.describe_stacks()["Stacks"]
        for resource in cloudformation.describe_stack_resources(StackName=stack["StackName"])[
            "StackResources"
        ]
    }
    keys = (kms.describe_key(KeyId=one["KeyId"]) for one in kms.list_keys()["Keys"])
    eks, cluster = account.client("eks"), account.config.cluster.name
    found = {
        *(one["logGroupName"] for one in account.client("logs").describe_log_groups()["logGroups"]),
        *(one["Name"] for one in account.client("s3").list_buckets()["Buckets"]),
        *(one["KeyMetadata"]["KeyId"] for one in keys if one["KeyMetadata"]["Enabled"]),
        *(one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if not one["IsDefault"]),
        *(one["PublicIp"] for one in ec2.describe_addresses()["Addresses"]),
        *(
            one["NatGatewayId"]
            for one in ec2.describe_nat_gateways()["NatGateways"]
            if one["State"] != "deleted"
        ),
        *(one["LaunchTemplateId"] for one in ec2.describe_launch_templates()["LaunchTemplates"]),
        *(one["RoleName"] for one in account.client("iam").list_roles()["Roles"]),
        *(one["FunctionName"] for one in account.client("lambda").list_functions()["Functions"]),
        *eks.list_clusters()["clusters"],
        *(f"{cluster}/{name}" for name in eks.list_nodegroups(clusterName=cluster)["nodegroups"]),
    }
    return {name for name in found - owned if not name.startswith("/aws/lambda/")}


def kept_days(account: Emulated) -> int | None:
    """Return how long the control plane's records are kept."""
    name = f"/aws/eks/{account.config.cluster.name}/cluster"
    (group,) = account.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    days: int | None = group.get("retentionInDays")
    return days


@pytest.mark.parametrize("account", ENVIRONMENTS, indirect=True)
def test_a_first_deploy_that_fails_goes_on_where_it_stopped(
    account: Emulated, failures: Path
) -> None:
    """Whatever fails, the same command makes the rest; nothing is made twice or left over.

    What is protected in the end is protected from its first minute. A cluster of that name has been
    here before, and EKS delivers its last records now.
    """
    config, left = account.config, failing(account)
    failures.write_text(json.dumps(left), encoding="utf-8")
    while left:
        output = account.run("deploy", variant="as-it-is", exit_code=1)
        rest = json.loads(failures.read_text(encoding="utf-8"))
        (failed,) = (one for one in left if one not in rest)
        assert str(failed["message"]) in output
        states = [status for status, _ in stacks(account).values() if status not in DONE]
        assert states in (["CREATE_FAILED"], ["UPDATE_FAILED"])
        assert unprotected(account) == []
        name = f"/aws/eks/{config.cluster.name}/cluster"
        if not account.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
            account.client("logs").create_log_group(logGroupName=name)
        left = rest
    account.run("deploy", variant="as-it-is")
    assert {status for status, _ in stacks(account).values()} <= DONE
    assert unprotected(account) == []
    assert orphans(account) == set()
    assert kept_days(account) == config.cluster.log_retention_days


@pytest.mark.skipif(not WHOLE, reason="a whole deploy more")
@pytest.mark.parametrize("account", ENVIRONMENTS, indirect=True)
def test_an_environment_comes_back_after_its_end(account: Emulated) -> None:
    """What was retained, and the records that EKS delivers late, are in nobody's way."""
    account.run("deploy", variant="unprotected")
    account.run("destroy", variant="unprotected")
    assert stacks(account) == {}
    assert kept_days(account) in (None, account.config.cluster.log_retention_days)
    account.run("deploy", variant="as-it-is")
    assert {status for status, _ in stacks(account).values()} == {"CREATE_COMPLETE"}
    assert unprotected(account) == []
    assert kept_days(account) == account.config.cluster.log_retention_days
