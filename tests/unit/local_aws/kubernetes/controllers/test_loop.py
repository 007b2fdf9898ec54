from __future__ import annotations

import subprocess

import httpx
import pytest

from local_aws.kubernetes.client import ApiStatusError
from local_aws.kubernetes.controllers.context import Reconciler
from local_aws.kubernetes.controllers.loop import Loop
from local_aws.kubernetes_hosts import TOKEN, command_of
from local_aws.loopback import CERTIFICATE, free_port
from tests.support import ROOT
from tests.unit.local_aws.kubernetes.servers import Cluster


class Scripted(Reconciler):
    """A reconciler that does what its script says, one entry a round."""

    def __init__(self, *script: bool | Exception) -> None:
        self._script = list(script)

    def reconcile(self) -> bool:
        """Do what the script says next."""
        entry = self._script.pop(0)
        if isinstance(entry, Exception):
            raise entry.with_traceback(None)
        return entry


def test_round_runs_all_and_tells_of_changes() -> None:
    loop = Loop([Scripted(*script) for script in ([False, True, False], [True, False, False])])
    assert [loop.round() for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("error", "again", "log"),
    [
        (httpx.ConnectError("refused"), False, "Scripted: ConnectError: refused; trying again\n"),
        (KeyError("spec"), False, "Traceback"),
        (
            ApiStatusError(code=403, reason="Forbidden", message="no"),
            False,
            "Scripted: ApiStatusError: no; trying",
        ),
        # A write that came too late is tried again at once.
        (ApiStatusError(code=409, reason="Conflict", message="late"), True, ""),
    ],
)
def test_trouble_is_logged_once_and_others_go_on(
    capsys: pytest.CaptureFixture[str], error: Exception, log: str, *, again: bool
) -> None:
    other = Scripted(*[False] * 3)
    loop = Loop([Scripted(error, error, *[False]), other])
    assert [loop.round() for _ in range(3)] == [again, again, False]
    out, err = capsys.readouterr()
    assert log in err
    assert err.count("trying again") == (0 if again else 1)
    assert out == ("" if again else "Scripted: recovered\n")


def test_controllers_survive_a_missing_emulator_and_end_with_their_parent(cluster: Cluster) -> None:
    """Nobody answers for AWS here. The process says so, goes on, and ends when its input does."""
    record = {"aws_port": free_port(), "region": "eu-west-1", "account": "1", "kubernetes": ""}
    files = {"certificate": cluster.folder / CERTIFICATE, "token": cluster.folder / TOKEN}
    command = command_of("controllers", server=cluster.url, cluster="test", **files, record=record)
    with subprocess.Popen(  # noqa: S603 - a program of ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        first = process.stdout.readline().decode()
        assert first.startswith("Nodes: EndpointConnectionError")
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(10) != 0
