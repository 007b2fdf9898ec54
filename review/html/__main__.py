"""`python -m review.html cdk.out FOLDER`: a page with the pictures of each environment."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from review.files import write
from review.html.page import html_of
from review.sources import environments_at


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages and print where they are."""
    parser = argparse.ArgumentParser(prog="python -m review.html", description=__doc__)
    parser.add_argument("assembly", type=Path, help="a cloud assembly, such as cdk.out")
    parser.add_argument("folder", type=Path, help="where the pages go")
    options = parser.parse_args(arguments)
    try:
        environments = environments_at(options.assembly)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    pages = {f"{name}.html": html_of(each) for name, each in environments.items()}
    write(options.folder, pages)
    for name in pages:
        print(options.folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
