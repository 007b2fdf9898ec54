"""A first deploy that fails, and the same command again: it goes on, until everything is there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from assembly.cloud_assembly import assembly_at
from constructs_lib.handlers.log_group import ADOPTED
from tests.deploy import inventory
from tests.deploy.emulated import Emulated

SWITCHED_ON = "EnableTerminationProtection"
DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def first_of_each_type(account: Emulated, variant: str) -> dict[str, str]:
    """Return a resource of each type of each stack, and its type, in the order of a deploy."""
    assembly = assembly_at(account.assembly / variant)
    (environment,) = assembly.environments().values()
    first = {(each.stack, each.type): each.logical_id for each in environment.resources()}
    return {logical_id: kind for (_, kind), logical_id in first.items()}


def failure(logical_id: str, kind: str, *, late: bool) -> dict[str, object]:
    """Return a failure to write into the file: before a resource is there, or late, when it is."""
    return {"resource": logical_id, "late": late, "message": f"out of luck with {kind}"}


def deploy_until_done(
    account: Emulated, variant: str, failures: Iterable[dict[str, object]]
) -> list[str]:
    """Run the same command until all has failed once and it ends well; return what each printed.

    Nothing is made twice or left over. What is protected in the end is protected from its first
    minute. A cluster of that name has been here before, and EKS delivers its last records now.
    """
    config, left, printed = account.config, list(failures), list[str]()
    (file := account.failures).write_text(json.dumps(left), encoding="utf-8")
    while left:
        printed.append(account.run("deploy", variant=variant, exit_code=1))
        rest = json.loads(file.read_text(encoding="utf-8"))
        failed = [str(one["message"]) for one in left if one not in rest]
        assert [message in printed[-1] for message in failed] == [True], printed[-1]
        assert {*states(account)} - DONE in ({"CREATE_FAILED"}, {"UPDATE_FAILED"})
        assert unprotected(account) == set()
        logs = account.client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=f"/aws/eks/{config.cluster.name}/cluster")
        left = rest
    printed.append(account.run("deploy", variant=variant))
    assert {*states(account)} <= DONE
    assert unprotected(account) == set()
    assert orphans(account) == set()
    assert kept_days(account) == config.cluster.log_retention_days
    return printed


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
    kms, ec2 = account.client("kms"), account.client("ec2")
    ids = (each for stack in inventory.stacks(account).values() for each in stack.values())
    owned = {each.removesuffix(ADOPTED) for each in ids}
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
