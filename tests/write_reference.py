"""Write the snapshots, pictures and generated documents of the reference environments: `make reference`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from assembly import snapshots
from assembly.cloud_assembly import Assembly
from assembly.environment import Environment
from commands import write, write_snapshots
from review.pictures.gallery import pictures
from tests.compliance import packs
from tests.support import ROOT, run_app

SAMPLE = "Prod"
"""The environment that the documentation shows."""
DOCUMENTED = ROOT / "docs" / "pictures"
FOLDER = ROOT / "tests" / "reference" / "snapshots"


def main() -> int:
    """Synthesize once for both."""
    snapshots.FOLDER = FOLDER
    with tempfile.TemporaryDirectory() as folder:
        result = run_app(Path(folder))
        if result.returncode:
            print(result.stdout + result.stderr, file=sys.stderr)
            return 1
        assembly = Assembly(Path(folder))
        print("\n".join(write_snapshots.write(assembly)) or "No reference snapshot changed.")
        write(DOCUMENTED, documented(assembly.environments()))
    packs.DOCUMENT.write_text(packs.document(), encoding="utf-8")
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
