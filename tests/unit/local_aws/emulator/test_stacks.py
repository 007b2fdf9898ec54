"""Validation, replacement and rollback, as the engine does them with our types."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.deploy import inventory
from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn, att
from tests.unit.local_aws.emulator.templates import ROLES, cluster, named, resource


def test_a_change_set_names_the_replacement(cloud: Cloud, base: Stack) -> None:
    """`cdk diff` shows it before anything happens."""
    before = {"Vpc": resource("EC2::VPC", CidrBlock="10.9.0.0/16")}
    after = {"Vpc": resource("EC2::VPC", CidrBlock="10.8.0.0/16")}
    stack = cloud.deploy(before)
    client = cloud.cloudformation
    client.create_change_set(
        StackName=stack.name, ChangeSetName="c", TemplateBody=json.dumps({"Resources": after})
    )
    (change,) = client.describe_change_set(StackName=stack.name, ChangeSetName="c")["Changes"]
    assert change["ResourceChange"]["Replacement"] == "True"
    assert base.status == "CREATE_COMPLETE"
    for end, more in (("FAILED", {}), ("CREATE_COMPLETE", {"Outputs": {"Id": {"Value": "1"}}})):
        same = {"StackName": stack.name, "ChangeSetName": end.replace("_", "-")}
        client.create_change_set(**same, TemplateBody=json.dumps({"Resources": before, **more}))
        made = client.describe_change_set(**same)
        assert (made["Status"], made["Changes"]) == (end, [])
    client.execute_change_set(**same)
    client.get_waiter("stack_update_complete").wait(StackName=stack.name, WaiterConfig={"Delay": 1})
    assert client.describe_stacks(StackName=stack.name)["Stacks"][0]["Outputs"]


def test_a_failed_update_rolls_back_to_exactly_what_was(cloud: Cloud, base: Stack) -> None:
    """In-place changes of every kind go back, also those of properties that were not there."""
    name = "rolls-back"
    stack = cloud.create(named("platform", base.ids))
    times = [event["Timestamp"] for event in stack.events]
    assert len({*times}) == len(times), "the CDK CLI prints events of one time backwards"
    was = inventory.cluster(cloud.eks, name)

    after = {**named("platform", base.ids), **named("wrong")}
    for logical_id, properties in named("changes").items():
        after[logical_id]["Properties"].update(properties)
    stack = stack.update(after)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.reasons
    assert "Addon version specified is not supported" in stack.reasons
    assert inventory.cluster(cloud.eks, name) == was
    assert set(stack.drift().values()) == {"IN_SYNC"}
    assert stack.destroy().status == "DELETE_COMPLETE", stack.reasons


def test_an_update_tells_of_what_it_makes_and_changes(cloud: Cloud) -> None:
    """And of nothing else, as CloudFormation does."""
    groups = {name: resource("Logs::LogGroup", RetentionInDays=1) for name in ("Same", "Other")}
    stack = cloud.create(groups)
    before = len(stack.events)
    groups["Other"] = resource("Logs::LogGroup", RetentionInDays=3)
    stack.update({**groups, "New": ROLES["PodRole"]})
    told = [(one["LogicalResourceId"], one["ResourceStatus"]) for one in stack.events[:-before]]
    assert sorted(one for one in told if one[0] != stack.name) == [
        *(("New", "CREATE_COMPLETE"), ("New", "CREATE_IN_PROGRESS")),
        *(("Other", "UPDATE_COMPLETE"), ("Other", "UPDATE_IN_PROGRESS")),
    ]
    stack.destroy()


def test_an_update_that_fails_halfway_is_sent_back_itself(cloud: Cloud, shared: str) -> None:
    """The entry's groups had changed when its policy was refused."""
    own = {"ClusterName": shared, "PrincipalArn": arn("Halfway"), "KubernetesGroups": ["before"]}
    entry = resource("EKS::AccessEntry", **own)
    stack = cloud.create({"Entry": entry})
    unknown = "arn:aws:eks::aws:cluster-access-policy/NoSuchPolicy"
    policies = [{"PolicyArn": unknown, "AccessScope": {"Type": "cluster"}}]
    entry["Properties"].update(KubernetesGroups=["after"], AccessPolicies=policies)
    assert stack.update({"Entry": entry}).status == "UPDATE_ROLLBACK_COMPLETE"
    found = cloud.eks.describe_access_entry(clusterName=shared, principalArn=arn("Halfway"))
    assert found["accessEntry"]["kubernetesGroups"] == ["before"]
    stack.destroy()


def test_an_export_in_use_stays(cloud: Cloud) -> None:
    """What another stack imports can't change or go (user guide, "Get exported outputs")."""
    log, outputs = {"Log": resource("Logs::LogGroup")}, {"Export": {"Name": "used"}}
    one, two = ({"Outputs": {"Id": {"Value": value, **outputs}}} for value in ("1", "2"))
    exporter = cloud.deploy(log, **one)
    name = {"Fn::ImportValue": "used"}
    importer = cloud.create({"Log": resource("Logs::LogGroup", LogGroupName=name)})
    for after, done in ((two, "updated"), ({}, "deleted")):
        assert exporter.update(log, **after).status == "UPDATE_ROLLBACK_COMPLETE"
        assert f"used cannot be {done} as it is in use by {importer.name}" in exporter.reasons
    importer.destroy()
    assert exporter.update(log).status == "UPDATE_COMPLETE"
    assert "used" not in str(cloud.cloudformation.list_exports()["Exports"])


def test_a_generated_name_is_new_each_time(cloud: Cloud) -> None:
    """A log group that a deleted stack has left is not in the way; an update keeps the name."""
    group = {**resource("Logs::LogGroup"), "DeletionPolicy": "Retain"}
    stack = cloud.deploy({"Log": group})
    before = stack["Log"]
    assert before.startswith(f"{stack.name}-Log-")
    assert stack.drift() == {"Log": "IN_SYNC"}
    group["Properties"] = {"RetentionInDays": 7}
    stack = stack.update({"Log": group})
    assert (stack.status, stack["Log"]) == ("UPDATE_COMPLETE", before)
    stack.destroy()
    body = json.dumps({"Resources": {"Log": group}})
    cloud.cloudformation.create_stack(StackName=stack.name, TemplateBody=body)
    assert cloud.settled(stack.name)["Log"] != before


def test_a_rollback_keeps_what_cant_be_deleted(cloud: Cloud, base: Stack, failures: Path) -> None:
    """A protected cluster of a failed first deploy stays in its stack, with what it needs."""
    failures.write_text(json.dumps([{"resource": "Last", "always": True}]), encoding="utf-8")
    subnets = [base["Private0"], base["Private1"]]
    wanted = {
        "Role": ROLES["ClusterRole"],
        "Cluster": cluster("stuck", att("Role", "Arn"), subnets, DeletionProtection=True),
        "Last": resource("EC2::EIP", "Cluster"),
    }
    stack = cloud.deploy(wanted)
    assert stack.status == "ROLLBACK_FAILED"
    assert set(stack.ids) == {"Cluster", "Role"}
    assert stack.destroy().status == "DELETE_FAILED"
    cloud.eks.update_cluster_config(name="stuck", deletionProtection=False)
    assert stack.destroy().status == "DELETE_COMPLETE"
    failures.write_text("[]", encoding="utf-8")


@pytest.mark.parametrize("case", ["early, on", "late, on", "early, back", "late, back"])
def test_a_paused_create_goes_on_or_back(
    case: str, cloud: Cloud, base: Stack, failures: Path
) -> None:
    """What was made stays, what is half made goes first, and its name is free; EKS writes late."""
    late = case.startswith("late")
    failures.write_text(json.dumps([{"resource": "Cluster", "late": late}]), encoding="utf-8")
    subnets = [base["Private0"], base["Private1"]]
    logs = {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}]}}
    made = cluster("paused", att("Role", "Arn"), subnets, Logging=logs, DeletionProtection=late)
    body = json.dumps({"Resources": {"Role": ROLES["ClusterRole"], "Cluster": made}})
    client, name = cloud.cloudformation, case.replace(", ", "-")

    def deploy(kind: str) -> Stack:
        change = {"StackName": name, "ChangeSetName": kind}
        able = {"ChangeSetType": kind, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        client.create_change_set(**change, **able, TemplateBody=body)
        client.execute_change_set(**change, DisableRollback=True)
        return cloud.settled(name)

    stack = deploy("CREATE")
    assert (stack.status, set(stack.ids)) == ("CREATE_FAILED", {"Role"})
    assert ("paused" in cloud.eks.list_clusters()["clusters"]) is late
    if case.endswith("back"):
        client.rollback_stack(StackName=name)
        assert cloud.settled(name).status == "ROLLBACK_COMPLETE"
        assert "paused" not in cloud.eks.list_clusters()["clusters"]
        return
    after = deploy("UPDATE")
    assert (after.status, after["Role"]) == ("UPDATE_COMPLETE", stack["Role"]), after.reasons
    cloud.eks.update_cluster_config(name="paused", deletionProtection=False)
    assert after.destroy().status == "DELETE_COMPLETE"
    (group,) = cloud.logs.describe_log_groups(logGroupNamePrefix="/aws/eks/paused")["logGroups"]
    assert "retentionInDays" not in group
    cloud.logs.delete_log_group(logGroupName=group["logGroupName"])


def test_a_cluster_that_starts_holds_nobody_up(cloud: Cloud, base: Stack) -> None:
    """The API server asks the same event loop to review tokens."""
    subnets = [base["Private0"], base["Private1"]]
    template = {"Resources": {"Cluster": cluster("slow", arn(base["ClusterRole"]), subnets)}}
    cloud.cloudformation.create_stack(StackName="slow", TemplateBody=json.dumps(template))
    waits = []
    while cloud.cloudformation.describe_stacks(StackName="slow")["Stacks"][0][
        "StackStatus"
    ].endswith("IN_PROGRESS"):
        started = time.monotonic()
        cloud.eks.list_clusters()
        waits.append(time.monotonic() - started)
    assert len(waits) > 5
    assert max(waits) < 0.7
    assert cloud.destroy("slow").status == "DELETE_COMPLETE"
