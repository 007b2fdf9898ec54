from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from local_aws import leash
from tests.support import ROOT
from tests.unit.local_aws.kubernetes.servers import eventually

SECONDS = 20


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be collected does not."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_program_on_a_leash_ends_with_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    """However the parent ends, all that it started ends; one in the background ignores SIGINT."""
    grandchild = tmp_path / "grandchild"
    program = f"sleep 600 & echo $! > {grandchild}; wait"
    code = (
        "import time, os, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        f"from local_aws.leash import start, wrap; start(wrap(['sh', '-c', {program!r}]), env=os.environ);"
        "time.sleep(600)"
    )
    parent = subprocess.Popen(  # noqa: S603  # a program of the test
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    eventually(lambda: grandchild.exists() and grandchild.read_text(encoding="utf-8"))
    pid = int(grandchild.read_text(encoding="utf-8"))
    assert is_alive(pid)
    parent.send_signal(how)
    parent.wait()
    eventually(lambda: not is_alive(pid))


def test_a_program_on_a_leash_answers_with_its_own_exit_code() -> None:
    """Whoever runs a program on a leash learns how it ended."""
    with leash.start(leash.wrap(["sh", "-c", "exit 7"]), env=os.environ, cwd=ROOT) as process:
        assert process.wait(SECONDS) == 7
