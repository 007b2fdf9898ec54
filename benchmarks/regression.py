"""`python -m benchmarks.regression FIGURES EARLIER...` fails if a ratio became worse than before.

The files are figures.json of `make bench`, the earlier ones of the same kind of machine. A ratio to the
twin says the same on a slow day; it is compared with the middle of the earlier ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.ratios import regressions


def main(files: Sequence[str]) -> int:
    """Print each regression, and return 1 if there is one."""
    now, *earlier = (json.loads(Path(each).read_text(encoding="utf-8"))["ratios"] for each in files)
    found = regressions(now, earlier)
    print("\n".join(found) or f"No ratio is worse than in {len(earlier)} earlier runs.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
