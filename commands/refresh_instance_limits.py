"""Refresh capacity/instance_limits.csv from files that were saved beforehand.

capacity/README.md says where the files come from, and how to call this.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from capacity.instance_types import DATA
from capacity.refresh import READERS, incomplete, merged, read, write
from commands import start


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh the data from the files named."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, reader in READERS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=Path, help=reader.__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the file to refresh")
    options = parser.parse_args(arguments)
    before = rows = read(options.data)
    for name, reader in READERS.items():
        source = getattr(options, name)
        if source is not None:
            rows = merged(rows, reader(source.read_text(encoding="utf-8")))
    left_out = incomplete(rows)
    rows = {name: row for name, row in rows.items() if name not in left_out}
    write(options.data, rows)
    changed = sum(rows[name] != before[name] for name in rows.keys() & before.keys())
    print(f"{len(rows)} types: {len(rows.keys() - before.keys())} new, {changed} changed.")
    if left_out:
        print(f"Left out, because no source lists their network interfaces: {', '.join(left_out)}.")
    return 0


if __name__ == "__main__":
    start(main)
