"""Print the teardown sheet of the stages in cdk.out: `python -m tools.teardown [STAGE]`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from guardrails.assembly import environments_of
from guardrails.teardown import sheet


def main(arguments: Sequence[str], assembly: Path = Path("cdk.out")) -> None:
    """Print the sheet of each stage, or of one."""
    today = dt.datetime.now(tz=dt.UTC).date()
    sheets = [
        sheet(environment)
        for name, environment in environments_of(assembly, today=today).items()
        if not arguments or name == arguments[0]
    ]
    if not sheets:
        sys.exit(f"{assembly} has no stage {arguments[0]}. Run `make synth` first.")
    print("\n\n".join(sheets))


if __name__ == "__main__":
    main(sys.argv[1:])
