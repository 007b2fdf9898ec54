"""`python -m commands.review BASE HEAD`: summarize the changes between two assemblies.

Exits with 1 if consent is missing or the change can't be deployed, and --fail is set; with 2 if there is
nothing to compare; and with 3 if the review, or a part of it, failed: that is a bug, or a rehearsal
contradicts it.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

from assembly.cloud_assembly import assembly_at, read
from assembly.environment import Environment
from assembly.snapshots import cdk_diff, snapshots_of
from assembly.synthesis import ROOT
from commands import start, write
from review.compose import Circumstances, RawDiffs, compare
from review.consents import consents_in
from review.html.page import html
from review.markdown import markdown, plain
from review.model import RawDiff, Review, Risk

SNAPSHOTS = "snapshots"
SNAPSHOT_NOTE = (
    "Compared with the committed snapshots. They contain no asset hashes, acknowledgements or input "
    "of `make plan`, so rebuilt images, changed acknowledgements and the capacity before the change "
    "aren't shown."
)
CONSENT_MISSING, NOTHING_TO_COMPARE, FAILED = 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or print the review, and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        base = None if str(options.base) == SNAPSHOTS else assembly_at(options.base)
        head = assembly_at(options.head)
        after = head.environments(today=options.today)
        before = base.environments(today=options.today) if base else snapshots_of(after.values())
        consents = consents_in(options.commits, repository=ROOT) if options.commits else {}
        rehearsals = read(options.rehearsal) if options.rehearsal else {}
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return NOTHING_TO_COMPARE if isinstance(error, ValueError) else FAILED
    raw = raw_diffs(options.head)
    given = Circumstances(today=options.today, consents=consents, raw=raw, rehearsals=rehearsals)
    try:
        review = compare(
            before,
            after,
            given,
            names=(options.base_name or str(options.base), options.head_name or str(options.head)),
            notes=() if base else (SNAPSHOT_NOTE,),
        )
        _write(review, options.output)
    except Exception:  # noqa: BLE001  # a failure must not look like missing consent
        traceback.print_exc()
        print("The review failed, so it says nothing about the change.", file=sys.stderr)
        return FAILED
    if review.risk is Risk.UNKNOWN:
        return FAILED
    stops = review.missing_consents or review.risk is Risk.REFUSED
    return CONSENT_MISSING if options.fail and stops else 0


def raw_diffs(head: Path) -> RawDiffs:
    """Return a function that starts to ask `cdk diff` about the stacks of an assembly; it needs no AWS."""
    pool = ThreadPoolExecutor(max_workers=2)

    def diffs(before: Environment, after: Environment) -> Iterator[RawDiff]:
        # The CDK shows a nested stack inside of its own.
        outer = (stack for stack in after.stacks.values() if stack.nested_in is None)
        old = before.templates
        differing = [each.path for each in outer if old.get(each.path) != each.template]
        found = pool.map(lambda path: cdk_diff(head, path, old.get(path, {}))[1], differing)
        return map(RawDiff, differing, map(str.strip, found))

    return diffs


def _write(review: Review, output: Path | None) -> None:
    text = markdown(review)
    if output is None:
        print(text, end="")
        return
    write(output, {"review.md": text, "review.html": html(review)})
    print(plain(review))
    print(f"Review: {output / 'review.md'}; with pictures: {output / 'review.html'}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m commands.review", description=__doc__)
    today = datetime.now(tz=UTC).date()
    add = parser.add_argument
    add("base", type=Path, help=f"the assembly before, or {SNAPSHOTS!r} for the committed ones")
    add("head", type=Path, help="the assembly after, such as cdk.out")
    add("--output", type=Path, help="a folder for review.md and review.html")
    add("--commits", help="commits that may contain consents, such as main..HEAD")
    add("--rehearsal", type=Path, help="what commands.rehearse wrote of the same two assemblies")
    add("--base-name", help="what to call the assembly before")
    add("--head-name", help="what to call the assembly after")
    add(
        "--fail",
        action="store_true",
        help="exit with 1 if consent is missing or it can't be deployed",
    )
    add(
        "--today",
        type=date.fromisoformat,
        default=today,
        help="the date that support dates are compared with",
    )
    return parser


if __name__ == "__main__":
    start(main)
