"""Print the teardown sheet of the stages in cdk.out: `make teardown ENV=dev`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from assembly.cloud_assembly import assembly_at
from commands import start
from guardrails.texts import sheet


def main(arguments: Sequence[str] | None = None, assembly: Path = Path("cdk.out")) -> None:
    """Print the sheet of each stage, or of one."""
    parser = argparse.ArgumentParser(prog="python -m commands.teardown", description=__doc__)
    parser.add_argument("stage", nargs="?")
    stage = parser.parse_args(arguments).stage
    try:
        environments = assembly_at(assembly).environments()
    except ValueError as error:
        sys.exit(str(error))
    sheets = [
        sheet(environment) for name, environment in environments.items() if stage in (None, name)
    ]
    if not sheets:
        sys.exit(f"{assembly} has no stage {stage}. Run `make synth` first.")
    print("\n\n".join(sheets))


if __name__ == "__main__":
    start(main)
