"""The committed snapshots, and how a template of today compares with them.

A snapshot masks the hashes of assets. To compare, each mask takes the hash that stands in the same
place today, so that everything else must be equal.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.assembly import Assembly

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests/snapshots/__snapshots__/test_snapshots"
ASSET_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
"""A SHA-256 of an asset: the only thing that snapshots mask."""
MASK = "ASSET_HASH"


def mask(template: object) -> object:
    """Return a template with every asset hash masked."""
    masked: object = json.loads(ASSET_HASH.sub(MASK, json.dumps(template)))
    return masked


def unmask(snapshot: object, template: object) -> object:
    """Return a snapshot with the asset hashes of a template in the places of its masks.

    A mask whose place the template no longer has, or has otherwise, stays.
    """
    if isinstance(snapshot, dict) and isinstance(template, dict):
        return {key: unmask(value, template.get(key)) for key, value in snapshot.items()}
    if isinstance(snapshot, list) and isinstance(template, list):
        rest: list[object] = [None] * max(0, len(snapshot) - len(template))
        return [unmask(*pair) for pair in zip(snapshot, [*template, *rest], strict=False)]
    if isinstance(snapshot, str) and isinstance(template, str) and mask(template) == snapshot:
        return template
    return snapshot


def snapshot_file(stack: str) -> Path:
    """Return the snapshot of a stack, such as `Dev/Network`."""
    return FOLDER / f"test_template_is_the_committed_one[{stack.replace('/', '-')}].json"


def differs(assembly: Assembly, stack: str) -> tuple[bool, str]:
    """Tell whether a stack differs from its snapshot, and what `cdk diff` says of it."""
    file = snapshot_file(stack)
    committed = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return cdk_diff(assembly.path, stack, unmask(committed, assembly.templates[stack]))


def cdk_diff(assembly: Path, stack: str, before: object) -> tuple[bool, str]:
    """Tell whether a stack of an assembly differs from another template, and what the CDK says."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "before.json"
        template.write_text(json.dumps(before), encoding="utf-8")
        result = subprocess.run(  # noqa: S603  # the pinned CLI
            [
                str(ROOT / "node_modules/.bin/cdk"),
                *("diff", stack, "--exclusively", "--fail"),
                *("--app", str(assembly), "--template", str(template)),
            ],
            env={
                **os.environ,
                "AWS_EC2_METADATA_DISABLED": "true",
                # The Node that is installed beside this Python, whatever else the machine has.
                "PATH": os.pathsep.join(
                    [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
                ),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    return result.returncode != 0, result.stdout + result.stderr


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what `cdk diff` says between the committed snapshots and the assembly."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--assembly", type=Path, default=ROOT / "cdk.out")
    parser.add_argument("--fail", action="store_true", help="exit with 1 if they differ")
    parser.add_argument("stages", nargs="*", help="such as Dev; all without any")
    options = parser.parse_args(arguments)
    assembly = Assembly(options.assembly)
    stacks = [
        stack
        for stack in assembly.templates
        if not options.stages or stack.split("/")[0] in options.stages
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(lambda stack: differs(assembly, stack), stacks))
    changed = [stack for stack, (different, _) in zip(stacks, results, strict=True) if different]
    for stack, (different, text) in zip(stacks, results, strict=True):
        print(text.strip() if different else f"{stack}: as committed")
    if changed:
        print("\nAccept these changes with `make snapshots`, and read them with `git diff`.")
    return 1 if changed and options.fail else 0


if __name__ == "__main__":
    sys.exit(main())
