"""Draw the environments as they are: `make plan` ends with it, and docs/pictures holds prod.

Needs no AWS; it synthesizes first.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import environments
from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from assembly.synthesis import ROOT, synthesize
from commands import write
from review.html.page import html_of
from review.pictures.gallery import pictures

SAMPLE = "Prod"
"""The environment that the documentation shows."""
DOCUMENTED = ROOT / "docs" / "pictures"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a page for each environment and print where it is; or the pictures of docs/pictures."""
    parser = argparse.ArgumentParser(prog="python -m commands.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", help="such as dev; all without any")
    parser.add_argument("--output", type=Path, default=Path("plan.out"), help="where pages go")
    parser.add_argument("--docs", action="store_true", help="write docs/pictures instead")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            assembly = Path(folder) / "assembly"
            synthesize(assembly)
            found = assembly_at(assembly).environments()
    except ValueError:
        # Not an error of a plan: one that overflows is what somebody wants to see.
        print("No pictures: this can't be synthesized. `make synth` says why.", file=sys.stderr)
        return 1 if options.docs else 0
    if options.docs:
        write(DOCUMENTED, documented(found))
        return 0
    pages = {
        f"{config.name}.html": html_of(found[config.stage_id])
        for config in environments.load()
        if config.name in options.names or not options.names
    }
    write(options.output, pages)
    print(f"Pictures: {', '.join(str(options.output / name) for name in pages)}")
    return 0


def documented(found: Mapping[str, Environment]) -> Mapping[str, str]:
    """Return every picture of docs/pictures by the name of its file."""
    return {
        f"{SAMPLE.lower()}-{picture.key}.svg": picture.after
        for picture in pictures(None, found.get(SAMPLE), alone=True)
        if picture.after is not None
    }


if __name__ == "__main__":
    sys.exit(main())
