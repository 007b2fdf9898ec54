"""`python -m review BASE HEAD`: what changes between two assemblies, in words."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from review.compose import Circumstances, compare
from review.consents import consents_in
from review.environment import environments_of
from review.files import write
from review.html.page import html
from review.markdown import markdown
from review.model import Review
from review.sources import SNAPSHOT_NOTE, assembly_at, environments_at, raw_diffs, snapshots_for

ROOT = Path(__file__).parents[1]
SNAPSHOTS = "snapshots"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or print the review; with --fail, return 1 if consent is missing."""
    options = _parser().parse_args(arguments)
    try:
        review = _review(options)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    text = markdown(review)
    if options.output is None:
        print(text, end="")
    else:
        write(options.output, {"review.md": text, "review.html": html(review)})
        print(text.partition("\n")[0])
        print(
            f"To read: {options.output / 'review.md'}; with pictures: {options.output / 'review.html'}"
        )
    return 1 if options.fail and review.missing_consents else 0


def _review(options: argparse.Namespace) -> Review:
    head = assembly_at(options.head)
    consents = consents_in(options.commits, repository=ROOT) if options.commits is not None else {}
    circumstances = Circumstances(
        today=options.today, consents=consents, raw=raw_diffs(options.head)
    )
    from_snapshots = str(options.base) == SNAPSHOTS
    return compare(
        snapshots_for(head) if from_snapshots else environments_at(options.base),
        environments_of(head),
        circumstances,
        names=(options.base_name or str(options.base), options.head_name or str(options.head)),
        notes=(SNAPSHOT_NOTE,) if from_snapshots else (),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m review", description=__doc__)
    parser.add_argument(
        "base", type=Path, help=f"the assembly before, or {SNAPSHOTS!r} for the committed ones"
    )
    parser.add_argument("head", type=Path, help="the assembly after, such as cdk.out")
    parser.add_argument("--output", type=Path, help="a folder for review.md and review.html")
    parser.add_argument("--commits", help="commits that may carry consents, such as main..HEAD")
    parser.add_argument("--base-name", help="what to call the assembly before")
    parser.add_argument("--head-name", help="what to call the assembly after")
    parser.add_argument("--fail", action="store_true", help="exit with 1 if consent is missing")
    parser.add_argument(
        "--today",
        type=date.fromisoformat,
        default=datetime.now(tz=UTC).date(),
        help="the day for support dates; today by default",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
