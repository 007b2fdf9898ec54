"""How the templates of today compare with the committed snapshots: `make diff`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assembly.cloud_assembly import assembly_at
from assembly.snapshots import differs, snapshot_file
from assembly.synthesis import ROOT
from commands import start
from commands.left_over import notes, stage_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what `cdk diff` says between the committed snapshots and the assembly."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--assembly", type=Path, default=ROOT / "cdk.out")
    parser.add_argument("--fail", action="store_true", help="exit with 1 if they differ")
    parser.add_argument("stages", nargs="*", help="stages such as Dev; all by default")
    options = parser.parse_args(arguments)
    try:
        assembly = assembly_at(options.assembly)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    outer = [stack.path for stack in assembly.stacks if stack.nested_in is None]
    lost = [*notes(assembly)]
    known = {*map(stage_of, outer), *(stage for stage, _ in lost)}
    if unknown := sorted({*options.stages} - known):
        print(f"{options.assembly} has no stage {', '.join(unknown)}.", file=sys.stderr)
        return 2
    stacks = [path for path in outer if not options.stages or stage_of(path) in options.stages]
    new = [path for path in stacks if not snapshot_file(path).exists()]
    print("".join(f"{stack}: no snapshot yet\n" for stack in new), end="")
    old = [path for path in stacks if path not in new]
    try:
        with ThreadPoolExecutor(max_workers=2) as pool:
            results = list(pool.map(lambda stack: differs(assembly, stack), old))
    except ValueError as error:
        print(f"{error}. `make snapshots` writes it anew.", file=sys.stderr)
        return 2
    for stack, (different, text) in zip(old, results, strict=True):
        print(text.strip() if different else f"{stack}: no change")
    left = [line for stage, line in lost if not options.stages or stage in options.stages]
    print("".join(f"{line}\n" for line in left), end="")
    changed = bool(new or left) or any(different for different, _ in results)
    if changed:
        print("\nAccept these changes with `make snapshots` and review them with `git diff`.")
    return 1 if changed and options.fail else 0


if __name__ == "__main__":
    start(main)
