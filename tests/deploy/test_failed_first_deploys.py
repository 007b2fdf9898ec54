"""Deploys that fail, and the same command again: it goes on, until everything is there.

`make test-deploy` plays two types for dev. `LOCAL_AWS_FIRST_DEPLOYS=all` plays, for each environment,
every type of every stack once early, before there is anything, and once late, when the resource is
there; then a destroy and one more deploy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from assembly.cloud_assembly import assembly_at
from constructs_lib.handlers.log_group import ADOPTED
from local_aws.emulator.failures import VARIABLE
from local_aws.emulator.iam import MORE_KNOWN
from tests.deploy.emulated import CLOSED, WHOLE, Emulated

SAMPLE = {"AWS::EC2::NatGateway": False, "AWS::EKS::Cluster": True}
"""Whether each type fails late."""
ENVIRONMENTS = ["dev", "prod", CLOSED] if WHOLE else ["dev"]
SWITCHED_ON = "EnableTerminationProtection"
DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


@pytest.fixture(scope="module")
def account(request: pytest.FixtureRequest, emulate: Callable[..., Emulated]) -> Iterator[Emulated]:
    """Return the account of an environment; a file in its folder says what is to fail next."""
    account = emulate(request.param)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, str(account.root / "failures.json"))
        # Who may become an administrator is there before the first deploy.
        environment.setenv(MORE_KNOWN, "arn:aws:iam::111122223333:role/Platform")
        yield account


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


def stacks(account: Emulated) -> dict[str, dict[str, Any]]:
    """Return the environment's stacks."""
    prefix = f"{account.config.stage_id}-"
    found = account.client("cloudformation").describe_stacks()["Stacks"]
    named = {one["StackName"]: one for one in found}
    return {name.removeprefix(prefix): named[name] for name in named if name.startswith(prefix)}


def states(account: Emulated) -> list[str]:
    """Return the state of each of the environment's stacks."""
    return [one["StackStatus"] for one in stacks(account).values()]


def unprotected(account: Emulated) -> set[str]:
    """Return what the environment protects and a deploy has made without protection."""
    eks, config = account.client("eks"), account.config
    clusters = [eks.describe_cluster(name=name) for name in eks.list_clusters()["clusters"]]
    open_ones = (one["cluster"] for one in clusters if not one["cluster"]["deletionProtection"])
    found = {one["name"] for one in open_ones if config.cluster.deletion_protection}
    for name in ("Network", "Cluster") if config.termination_protection else ():
        found |= {name for one in [stacks(account).get(name)] if one and not one[SWITCHED_ON]}
    return found


def orphans(account: Emulated) -> set[str]:
    """Return what costs or is in the way, and is in no stack."""
    cloudformation, kms, ec2 = (account.client(name) for name in ("cloudformation", "kms", "ec2"))
    describe = cloudformation.describe_stack_resources
    owned = {
        resource["PhysicalResourceId"].removesuffix(ADOPTED)
        for stack in cloudformation.describe_stacks()["Stacks"]
        for resource in describe(StackName=stack["StackName"])["StackResources"]
    }
    keys = (kms.describe_key(KeyId=one["KeyId"]) for one in kms.list_keys()["Keys"])
    eks, cluster = account.client("eks"), account.config.cluster.name
    groups = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
    found = {
        *(one["logGroupName"] for one in account.client("logs").describe_log_groups()["logGroups"]),
        *(one["Name"] for one in account.client("s3").list_buckets()["Buckets"]),
        *(one["KeyMetadata"]["KeyId"] for one in keys if one["KeyMetadata"]["Enabled"]),
        *(one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if not one["IsDefault"]),
        *(one["PublicIp"] for one in ec2.describe_addresses()["Addresses"]),
        *(one["RoleName"] for one in account.client("iam").list_roles()["Roles"]),
        *eks.list_clusters()["clusters"],
        *(f"{cluster}/{name}" for name in groups),
    }
    return {name for name in found - owned if not name.startswith("/aws/lambda/")}


def kept_days(account: Emulated) -> object:
    """Return how long the control plane's records are kept."""
    name = f"/aws/eks/{account.config.cluster.name}/cluster"
    (group,) = account.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return group.get("retentionInDays")


@pytest.mark.parametrize("account", ENVIRONMENTS, indirect=True)
def test_a_first_deploy_that_fails_goes_on_where_it_stopped(account: Emulated) -> None:
    """Whatever fails, the same command makes the rest; nothing is made twice or left over.

    What is protected in the end is protected from its first minute. A cluster of that name has been
    here before, and EKS delivers its last records now.
    """
    config, left = account.config, failing(account)
    failures = account.root / "failures.json"
    failures.write_text(json.dumps(left), encoding="utf-8")
    while left:
        output = account.run("deploy", variant="as-it-is", exit_code=1)
        rest = json.loads(failures.read_text(encoding="utf-8"))
        failed = [str(one["message"]) for one in left if one not in rest]
        assert [message in output for message in failed] == [True], output
        assert {*states(account)} - DONE in ({"CREATE_FAILED"}, {"UPDATE_FAILED"})
        assert unprotected(account) == set()
        logs = account.client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=f"/aws/eks/{config.cluster.name}/cluster")
        left = rest
    account.run("deploy", variant="as-it-is")
    assert {*states(account)} <= DONE
    assert unprotected(account) == set()
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
    assert {*states(account)} == {"CREATE_COMPLETE"}
    assert unprotected(account) == set()
    assert kept_days(account) == account.config.cluster.log_retention_days
