"""A command whose reader leaves early, as `| head` does, ends quietly and with its own code."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.support import ROOT

MANY = "print('line\\n' * 100_000)"


def started(
    main: str, stdout: int = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command of one expression."""
    program = f"import sys; from commands import start; start({main})"
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


@pytest.mark.parametrize(
    ("main", "code"),
    [
        (f"lambda: {MANY}", 0),
        (f"lambda: {MANY} or 3", 3),
        (f"lambda: {MANY} or sys.exit(4)", 4),
        ("lambda: print('few') or 5", 5),
    ],
)
def test_nobody_reads_to_the_end(main: str, code: int) -> None:
    """Neither a traceback nor another code: a failure stays one."""
    read, written = os.pipe()
    os.close(read)
    result = started(main, stdout=written)
    os.close(written)

    assert (result.returncode, result.stderr) == (code, b"")


def test_all_is_printed_where_somebody_reads() -> None:
    """In the encoding that Python chose."""
    result = started("lambda: print('≥ 1')", PYTHONIOENCODING="utf-16-le")

    assert result.returncode == 0
    assert result.stdout.decode("utf-16-le").split() == ["≥", "1"]


def test_every_command_starts_so() -> None:
    """One sets up the virtual environment and prints nothing; to the app the CDK CLI listens to its end."""
    programs = {
        file.stem: text
        for file in (ROOT / "commands").glob("*.py")
        if "__main__" in (text := file.read_text(encoding="utf-8"))
    }

    assert len(programs) > 10
    silent = {
        name for name, text in programs.items() if not re.search(r"\n    start\(.*\)\n$", text)
    }
    assert silent == {"link_node", "synth_app"}
