"""Draw the pictures of environments into files: `python -m tools.pictures Prod`.

Reads the cloud assembly, so it needs neither CDK nor AWS.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from review.environment import Environment
from review.pictures.gallery import pictures
from review.sources import environments_at

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/pictures"


def drawn(environment: Environment) -> Mapping[str, str]:
    """Return the pictures of an environment by the names of their files."""
    return {
        f"{environment.name.lower()}-{picture.key}.svg": picture.after
        for picture in pictures(None, environment, alone=True)
        if picture.after is not None
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures of the environments named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="+", help="stages of the assembly, such as Prod")
    parser.add_argument("--assembly", type=Path, default=ROOT / "cdk.out")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    try:
        environments = environments_at(options.assembly)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    unknown = [name for name in options.names if name not in environments]
    if unknown:
        known = ", ".join(environments)
        print(f"No stage {', '.join(unknown)}; there are {known}.", file=sys.stderr)
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names:
        for file, text in drawn(environments[name]).items():
            (options.folder / file).write_text(text, encoding="utf-8")
            print(options.folder / file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
