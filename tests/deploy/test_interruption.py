"""A deploy that is killed in the middle leaves nothing running, and can be repeated."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.emulated import Emulated
from tests.support import ROOT

SECONDS = 120


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


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {SECONDS} s until {what}")
        time.sleep(0.1)


def the_cluster_is_under_way(account: Emulated) -> bool:
    """Tell whether Kubernetes answers already, but the cluster's stack is not done."""
    if account.folder.running() is None or not account.kubeconfig.exists():
        return False
    stacks = account.client("cloudformation").describe_stacks()["Stacks"]
    return any(stack["StackStatus"] == "CREATE_IN_PROGRESS" for stack in stacks)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")
def test_a_killed_deploy_leaves_nothing_running_and_can_be_repeated(
    emulate: Callable[..., Emulated],
) -> None:
    """SIGKILL, which nobody can catch, in the middle of the cluster's stack."""
    account = emulate("dev")
    with subprocess.Popen(  # noqa: S603  # our own program
        account.command("deploy", variant="as-it-is"),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as deploy:
        wait_until(lambda: the_cluster_is_under_way(account), "the cluster was being made")
        assert len(processes_of(account)) > 3
        deploy.send_signal(signal.SIGKILL)
    wait_until(lambda: not processes_of(account), f"nothing ran: {processes_of(account)}")
    assert account.folder.running() is None

    printed = account.run("deploy", variant="as-it-is")
    assert "Starting clean: the last run was killed during deploy" in printed
    assert "There were no differences" in account.run("diff", "--fail", variant="as-it-is")

    assert "stopped; its state is gone" in account.run("stop")
    wait_until(lambda: not processes_of(account), "nothing ran")
    refused = account.run("diff", exit_code=1)
    assert "Nothing runs for dev. Deploy first: make deploy-local ENV=dev" in refused
