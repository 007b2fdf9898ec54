"""`make bench`: measure what everything costs, against the same work without Python.

Prints the tables of docs/performance.md, and writes them and the figures into bench.out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from assembly.synthesis import ROOT
from benchmarks.deploy_time import deploy_rows
from benchmarks.measurements import Bench
from benchmarks.process import FailedError
from benchmarks.ratios import ratios
from benchmarks.tables import tables, within
from benchmarks.twin_app import installed

DOCUMENT = ROOT / "docs" / "performance.md"
RUNS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    quick = "one run of each, not five, and without `make test`"
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args(arguments)
    if not installed():
        print("The twin is not installed: run `make bench`", file=sys.stderr)
        return 2
    begun = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - begun:4.0f} s  {what}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        say("deploy times")
        deploys = deploy_rows(Path(folder))
        bench = Bench(Path(folder), runs=1 if options.quick else RUNS, say=say)
        try:
            figures = bench.figures(quick=options.quick)
        except FailedError as error:
            print(error, file=sys.stderr)
            return 1
    figures["ratios"] = ratios(figures)
    written = tables(figures, deploys)
    print(written)
    output = ROOT / "bench.out"
    output.mkdir(exist_ok=True)
    (output / "figures.json").write_text(f"{json.dumps(figures, indent=2)}\n", encoding="utf-8")
    (output / "tables.md").write_text(f"{written}\n", encoding="utf-8")
    if options.write:
        document = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(within(document, written), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
