"""Processes that end with the one that started them, however that one ends.

A parent keeps the writing end of a pipe and hands the reading end to its child as standard input.
When the parent is gone, even killed, the operating system closes the pipe, and the child reads
its end. That works on every Unix, without a supervisor.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


def exit_with_parent() -> None:
    """End this process, and what it started, when its standard input reaches its end.

    Call it in the main thread: the process becomes the leader of a group of its own.
    """
    if os.getpgrp() != os.getpid():
        os.setpgrp()

    def watch() -> None:
        # os.read, not sys.stdin: a buffered reader would hold a lock that the exit wants.
        while os.read(0, 1024):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="leash", daemon=True).start()


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    output: IO[bytes] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that ends with this process; it must call `exit_with_parent`.

    `output` takes what it prints; None leaves it this process' own output.
    """
    return subprocess.Popen(  # noqa: S603  # a program of ours
        command,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        env=dict(env),
        cwd=cwd,
    )


def wrap(command: Sequence[str]) -> list[str]:
    """Return the command that runs a program which knows nothing of leashes, on one."""
    return [sys.executable, "-m", "local_aws.leash", *command]


def main() -> int:
    """Run the program of the command line until it ends, or this process' parent does."""
    exit_with_parent()
    with subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL) as child:  # noqa: S603
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: child.terminate())
        return child.wait()


if __name__ == "__main__":
    sys.exit(main())
