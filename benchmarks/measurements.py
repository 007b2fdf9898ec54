"""What is measured: the same programs that make runs, in copies of the project, and the twin beside them.

Ours and the twin take turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assembly.synthesis import ROOT
from benchmarks.checkout import checkout, environments
from benchmarks.process import Cost, FailedError, clean_environment, cost_of, middle
from benchmarks.twin_app import for_the_app, twin_command
from commands.run_tests import FOLDER, NOTE

SIZES = (1, 2, 10, 50)
"""Numbers of environments in one app."""
PAIR = 2
"""Dev and prod: what a team has, and what the other measurements take."""
CHANGED = (2, 10)
"""Numbers of environments of which one gets another value."""
MADE = ("-o", ".venv/.installed", "-o", "node_modules/.installed")
"""Options of make: a copy's files are newer than what is installed, and nothing has to be installed."""
Figures = dict[str, Any]
Say = Callable[[str], None]


class Bench:
    """Measures in a folder that is thrown away, and says what it does."""

    def __init__(self, folder: Path, *, runs: int, say: Say) -> None:
        """Take the middle of so many runs."""
        self._folder = folder
        self._runs = runs
        self._say = say
        self._environment = clean_environment()
        self._sizes = itertools.count(5)
        self._app = checkout(folder / "checkout", PAIR)
        self._outdir = folder / "out"

    def figures(self, *, quick: bool) -> Figures:
        """Return everything that is measured, in seconds and MB."""
        self._say("one run that compiles what is new, and reads the disk")
        self._ours()
        sizes = {str(size): self._size(size) for size in SIZES}
        self._environments(PAIR)
        found: Figures = {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machine(),
            "runs": self._runs,
            "quick": quick,
            "synth": {size: costs for size, (costs, _) in sizes.items()},
            "phases": {size: phases for size, (_, phases) in sizes.items()},
            "cold": {"ours": asdict(self._ours(cold=True))},
            "commands": self._commands(),
        }
        if not quick:
            (ROOT / FOLDER / NOTE).unlink(missing_ok=True)
            for name in ("make test", "make test again"):
                self._say(name)
                try:
                    done = cost_of(["make", "test"], cwd=ROOT, environment=self._environment)
                except FailedError as error:
                    # A test that fails takes nothing from the other figures.
                    self._say(str(error))
                    break
                found["commands"][name] = asdict(done)
        return found

    def _size(self, size: int) -> tuple[Mapping[str, Any], Mapping[str, float]]:
        self._environments(size)
        costs: dict[str, list[Cost]] = {"ours": [], "twin with cdk-nag": []}
        phases: list[Mapping[str, float]] = []
        if size == PAIR:
            costs["twin"] = []
        for run in range(self._runs):
            self._say(f"{size} environments, run {run + 1} of {self._runs}")
            cost, parts = self._phases()
            costs["ours"].append(cost)
            phases.append(parts)
            for name in [name for name in costs if name != "ours"]:
                costs[name].append(self._twin(size, nag="nag" in name))
        middles = {name: asdict(middle(each)) for name, each in costs.items()}
        return middles, {
            name: sorted(each[name] for each in phases)[len(phases) // 2] for name in phases[0]
        }

    def _environments(self, size: int) -> None:
        environments(self._app, size)
        self._run([sys.executable, "-m", "compileall", "-q", "environments"])

    def _ours(self, *, cold: bool = False) -> Cost:
        environment = self._for_app()
        if cold:
            self._say("without bytecode and without jsii's cache")
            caches = self._folder / "caches"
            environment["PYTHONPYCACHEPREFIX"] = str(caches / "python")
            environment["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(caches / "jsii")
        return cost_of([sys.executable, "app.py"], cwd=self._app, environment=environment)

    def _phases(self) -> tuple[Cost, Mapping[str, float]]:
        file = self._folder / "phases.json"
        command = [sys.executable, "-m", "benchmarks.phases", str(time.time()), str(file)]
        cost = cost_of(command, cwd=self._app, environment=self._for_app())
        return cost, json.loads(file.read_text(encoding="utf-8"))

    def _twin(self, size: int, *, nag: bool) -> Cost:
        command = twin_command(size, nag=nag)
        return cost_of(command, cwd=self._app, environment=self._for_app())

    def _for_app(self) -> dict[str, str]:
        shutil.rmtree(self._outdir, ignore_errors=True)
        return {**self._environment, **for_the_app(self._outdir)}

    def _commands(self) -> dict[str, Any]:
        """Measure what people type. The first synth and the first review fill what is kept."""
        make = ["make", *MADE]
        review = [sys.executable, "-m", "commands.review", "review.out/base", "cdk.out"]
        # What is measured, for how many environments, whether a value changes before, and the command.
        cases: list[tuple[str, int, bool, list[str]]] = [
            ("make synth, nothing changed", PAIR, False, [*make, "synth"]),
            ("the CLI alone", PAIR, False, ["cdk", "synth", "--quiet", "--app", "cdk.out", "**"]),
            *(
                (f"make synth, a changed value of one of {size}", size, True, [*make, "synth"])
                for size in CHANGED
            ),
            ("make review of a kept base", PAIR, True, [*make, "review", "BASE=HEAD"]),
            ("the comparison of a review", PAIR, False, [*review, "--output", "review.out"]),
            ("app.py of its head", PAIR, False, [sys.executable, "app.py"]),
            (
                f"make plan of {SIZES[-1]}",
                SIZES[-1],
                False,
                [sys.executable, "-m", "commands.plan"],
            ),
        ]
        found: dict[str, Any] = {}
        current = PAIR
        for name, size, changes, command in cases:
            if size != current:
                self._environments(size)
                current = size
            if "make review" in name:
                self._commit()
            self._say(name)
            if command[0] == "make":
                self._run(command)
            found[name] = asdict(
                middle(self._run(command, changes=changes) for _ in range(self._runs))
            )
        return found

    def _change(self) -> None:
        """Give dev a value that it has never had."""
        file = self._app / "environments" / "dev.py"
        value = f"max_size={next(self._sizes)}"
        text = re.sub(r"max_size=\d+", value, file.read_text(encoding="utf-8"), count=1)
        file.write_text(text, encoding="utf-8")

    def _run(self, command: list[str], *, changes: bool = False) -> Cost:
        if changes:
            self._change()
        of_app = command[-1] == "app.py"
        environment = self._for_app() if of_app else self._environment
        return cost_of(command, cwd=self._app, environment=environment)

    def _commit(self) -> None:
        git = ["git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com"]
        arguments = ["commit", "--quiet", "--all", "--allow-empty", "--message", "benchmark"]
        cost_of([*git, *arguments], cwd=self._app, environment=self._environment)


def machine() -> dict[str, Any]:
    """Return what the figures depend on, and how busy the machine was at the start."""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
