from __future__ import annotations

import subprocess
import sys

from local_aws.ports import free_port
from tests.unit.local_aws.kubernetes.conftest import ROOT, RunningServer


def test_controllers_survive_a_missing_emulator_and_end_with_their_parent(
    kube_server: RunningServer,
) -> None:
    """Nobody answers for AWS here. The process says so, goes on, and ends when its input does."""
    command = [
        *(sys.executable, "-m", "local_aws.kubernetes.controllers"),
        *("--server", kube_server.url),
        *("--certificate-authority", str(kube_server.certificate)),
        *("--token-file", str(kube_server.folder / "token")),
        *("--cluster", "test"),
        *("--aws-endpoint", f"http://127.0.0.1:{free_port()}"),
        *("--region", "eu-west-1"),
        *("--account", "111122223333"),
    ]
    with subprocess.Popen(  # noqa: S603 - a program of ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        first = process.stdout.readline().decode()
        assert first.startswith("Nodes: EndpointConnectionError")
        assert first.endswith("; trying again\n")
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(10) != 0
