"""What one run of a program costs, with all processes that it starts."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

from commands.link_node import NODE_OPTIONS

PROC = Path("/proc")
EVERY = 0.05
"""Seconds between two looks at the processes."""


class FailedError(RuntimeError):
    """A program that is measured failed, so its cost says nothing."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds of wall and CPU time; peaks of memory in MB, zero where there is no /proc.

    The peaks of several processes of a kind are added up, whether or not they fall together.
    """

    wall: float
    cpu: float
    python: float
    node: float


def cost_of(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> Cost:
    """Run a program and return what it cost; raises `FailedError` with its last lines if it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        begun = time.monotonic()
        process = subprocess.Popen(  # noqa: S603  # our own programs
            command, cwd=cwd, env=dict(environment), stdout=output, stderr=output
        )
        peaks: dict[int, tuple[str, int]] = {}
        while True:
            _look(process.pid, peaks)
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(EVERY)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            last = "".join(output.readlines()[-20:])
            raise FailedError(f"{' '.join(command)} ended with {process.returncode}:\n{last}")

    def added(kind: str) -> float:
        return sum(size for name, size in peaks.values() if name.startswith(kind)) / 1_000

    cpu = used.ru_utime + used.ru_stime
    return Cost(wall=wall, cpu=cpu, python=added("python"), node=added("node"))


def middle(costs: Iterable[Cost]) -> Cost:
    """Return the medians of several runs."""
    found = [*costs]
    return Cost(
        **{each.name: median(getattr(cost, each.name) for cost in found) for each in fields(Cost)}
    )


def clean_environment() -> dict[str, str]:
    """Return the variables that a program needs, with this Python's programs first on the path.

    Node gets the options that it gets from our Python, so that the twin and the CLI alone have them too.
    """
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    fixed = {"AWS_EC2_METADATA_DISABLED": "true", "NODE_OPTIONS": NODE_OPTIONS}
    return {**kept, "PATH": path, **fixed}


def _look(root: int, peaks: dict[int, tuple[str, int]]) -> None:
    """Note the program and the peak in kB of a process and of all below it."""
    todo = [root]
    while todo:
        pid = todo.pop()
        # It may end meanwhile.
        with contextlib.suppress(OSError):
            status = (PROC / str(pid) / "status").read_text(encoding="utf-8")
            sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
            if sizes:
                program = (PROC / str(pid) / "exe").readlink().name
                peaks[pid] = program, int(sizes[0])
            for task in (PROC / str(pid) / "task").iterdir():
                children = (task / "children").read_text(encoding="utf-8")
                todo += [int(each) for each in children.split()]
