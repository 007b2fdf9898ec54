"""A first deploy that is killed and fails, and what the controller's edge to a Service is for.

On AWS, CloudFormation works on what has no edge between it at the same time, so a missing one
bites now and then. The emulated CloudFormation takes the worst order that the edges allow.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.emulated import Emulated
from tests.deploy.first_deploys import deploy_until_done, failure, first_of_each_type
from tests.support import ROOT
from tests.unit.local_aws.kubernetes.servers import eventually

SECONDS = 300
LATE = {"AWS::EC2::NatGateway": False, "AWS::EKS::Cluster": True}
"""What fails in the first deploy, and whether it is there by then."""
VARIANT = "loose-service"


@pytest.fixture(scope="module")
def account(emulate: Callable[..., Emulated]) -> Iterator[Emulated]:
    """Return an account whose handlers wait for 45 seconds, where AWS gives them 15 minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCAL_AWS_LAMBDA_TIMEOUT_SECONDS", "45")
        yield emulate("dev")


def processes_of(account: Emulated) -> dict[int, str]:
    """Return the processes that know the account's folder, by their command line or environment.

    Everything that a deploy starts inherits a variable that names it, Lambda workers and their
    kubectl too.
    """
    found: dict[int, str] = {}
    place = os.fsencode(str(account.root))
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            command = (process / "cmdline").read_bytes()
            if place in command or place in (process / "environ").read_bytes():
                found[int(process.name)] = command.replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def the_cluster_is_under_way(account: Emulated) -> bool:
    """Tell whether Kubernetes answers already, but the cluster's stack is not done."""
    if account.folder.running() is None or not account.kubeconfig.exists():
        return False
    stacks = account.client("cloudformation").describe_stacks()["Stacks"]
    return any(stack["StackStatus"] == "CREATE_IN_PROGRESS" for stack in stacks)


def balancers(account: Emulated) -> list[str]:
    found = account.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return [balancer["LoadBalancerName"] for balancer in found]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")
@pytest.mark.parametrize("killed", ["service", "deploy"])
def test_a_killed_deploy_leaves_nothing_running(account: Emulated, killed: str) -> None:
    """SIGKILL, which nobody can catch, in the middle of the cluster's stack."""
    with subprocess.Popen(  # noqa: S603  # our own program
        account.command("deploy", variant=VARIANT), cwd=ROOT, stdout=-1, stderr=-2, text=True
    ) as deploy:
        eventually(lambda: the_cluster_is_under_way(account), SECONDS)
        assert len(processes_of(account)) > 3
        os.kill(account.record.pid if killed == "service" else deploy.pid, signal.SIGKILL)
        printed = deploy.communicate(timeout=20)[0]
    assert ("The emulated account ended during this command" in printed) is (killed == "service")
    assert "as it would on AWS" not in printed
    eventually(lambda: not processes_of(account), SECONDS)
    assert account.folder.running() is None


def test_a_first_deploy_that_fails_goes_on_where_it_stopped(account: Emulated) -> None:
    """After the killed one, from the beginning; after failures, from there."""
    resources = first_of_each_type(account, VARIANT)
    failures = [
        failure(resource, kind, late=LATE[kind])
        for resource, kind in resources.items()
        if kind in LATE
    ]
    first, *_ = deploy_until_done(account, VARIANT, failures)
    assert len(failures) == len(LATE)
    assert "Starting clean: the last run was killed during deploy" in first
    assert "There were no differences" in account.run("diff", "--fail", variant=VARIANT)


def test_without_the_edge_an_orphan_keeps_the_vpc(account: Emulated) -> None:
    """The controller is gone, its finalizer stays, and so does the load balancer.

    With the edge it goes first: the Service that an update adds in `life_cycle.py` has it.
    """
    assert len(balancers(account)) == 1
    printed = account.run("destroy", variant=VARIANT, exit_code=1)
    assert "timed out" in printed
    (orphan,) = balancers(account)
    cloudformation = account.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName="Dev-Cluster")["Stacks"]
    assert stack["StackStatus"] == "DELETE_FAILED"

    # What people then do: give up the object, and find out what keeps the network.
    resources = cloudformation.describe_stack_resources(StackName="Dev-Cluster")["StackResources"]
    failed = [
        one["LogicalResourceId"] for one in resources if one["ResourceStatus"] == "DELETE_FAILED"
    ]
    cloudformation.delete_stack(StackName="Dev-Cluster", RetainResources=failed)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName="Dev-Cluster", WaiterConfig={"Delay": 1}
    )
    printed = account.run("destroy", variant=VARIANT, exit_code=1)
    assert "has dependencies and cannot be deleted" in printed
    assert balancers(account) == [orphan]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")
def test_a_stopped_account_is_gone(account: Emulated) -> None:
    """With everything that it started; the message says how to begin anew."""
    assert processes_of(account)
    assert "stopped, state discarded" in account.run("stop")
    eventually(lambda: not processes_of(account), SECONDS)
    refused = account.run("diff", exit_code=1)
    assert "Nothing is running for dev. Deploy first: make deploy-local ENV=dev" in refused
