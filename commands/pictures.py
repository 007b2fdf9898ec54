"""Draw the environments as they are: `make plan` ends with it.

Needs no AWS; it synthesizes first.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from assembly.cloud_assembly import assembly_at
from assembly.synthesis import synthesize
from commands import start, write
from configuration.loading import load
from review.html.page import html_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a page for each environment and print where it is."""
    parser = argparse.ArgumentParser(prog="python -m commands.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", help="environments such as dev; all by default")
    parser.add_argument(
        "--output", type=Path, default=Path("plan.out"), help="folder for the pages"
    )
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            assembly = Path(folder) / "assembly"
            synthesize(assembly)
            found = assembly_at(assembly).environments()
    except ValueError:
        # Not an error of a plan: users want to see one that overflows.
        print("No pictures, because the synth fails. Run `make synth` to see why.", file=sys.stderr)
        return 0
    pages = {
        f"{config.name}.html": html_of(found[config.stage_id])
        for config in load()
        if config.name in options.names or not options.names
    }
    write(options.output, pages)
    print(f"Pictures: {', '.join(str(options.output / name) for name in pages)}")
    return 0


if __name__ == "__main__":
    start(main)
