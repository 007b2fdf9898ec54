"""`python -m commands.review_base main DIRECTORY`: synthesize another commit, without AWS."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from assembly.synthesis import synthesize_commit
from commands import start


def main(arguments: Sequence[str] | None = None) -> int:
    """Synthesize a commit into a folder, and say whether that was needed."""
    parser = argparse.ArgumentParser(prog="python -m commands.review_base", description=__doc__)
    parser.add_argument("commit", help="such as main, HEAD or a tag")
    parser.add_argument("directory", type=Path, help="folder for the assembly")
    own = "use this folder from the working tree instead of the commit's"
    parser.add_argument("--own", action="append", default=[], metavar="FOLDER", help=own)
    options = parser.parse_args(arguments)
    try:
        kept = synthesize_commit(options.commit, options.directory.resolve(), own=options.own)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    how = "taken from an earlier review, without a synth" if kept else "synthesized"
    print(f"The assembly of {options.commit} was {how}.")
    return 0


if __name__ == "__main__":
    start(main)
