from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

from local_aws.kubernetes.client import ApiStatusError
from local_aws.kubernetes.controllers.loop import Loop
from local_aws.ports import free_port
from tests.support import ROOT
from tests.unit.local_aws.kubernetes.servers import RunningServer


class Scripted:
    """A reconciler that does what its script says, one entry a round."""

    def __init__(self, *script: bool | Exception) -> None:
        self._script = list(script)

    def reconcile(self) -> bool:
        """Do what the script says next."""
        entry = self._script.pop(0)
        if isinstance(entry, Exception):
            raise entry
        return entry


def test_round_runs_all_and_tells_of_changes() -> None:
    loop = Loop([Scripted(*script) for script in ([False, True, False], [True, False, False])])
    assert [loop.round() for _ in range(3)] == [True, True, False]


def test_trouble_is_logged_once_and_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    away = httpx.ConnectError("refused")
    script: list[bool | Exception] = [away, away, False, False]
    loop = Loop([Scripted(*script), Scripted(*[True] * 4)])
    assert [loop.round() for _ in range(4)] == [True] * 4
    out, err = capsys.readouterr()
    assert err == "Scripted: ConnectError: refused; trying again\n"
    assert out == "Scripted: all is well again\n"


def test_bug_is_logged_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert Loop([Scripted(KeyError("spec"))]).round() is False
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("reason", "again"), [("Conflict", True), ("Forbidden", False)])
def test_late_write_is_tried_again_at_once(reason: str, *, again: bool) -> None:
    error = ApiStatusError(code=409, reason=reason, message="late")
    assert Loop([Scripted(error)]).round() is again


def test_controllers_survive_a_missing_emulator_and_end_with_their_parent(
    kube_server: RunningServer,
) -> None:
    """Nobody answers for AWS here. The process says so, goes on, and ends when its input does."""
    command = [
        *(sys.executable, "-m", "local_aws.kubernetes.controllers"),
        *("--server", kube_server.url),
        *("--certificate-authority", str(kube_server.certificate)),
        *("--token-file", str(kube_server.folder / "admin-token")),
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
