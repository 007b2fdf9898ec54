"""Accept the templates of today: write every environment's snapshots and its frozen list.

`make snapshots` runs it. It needs no AWS; it synthesizes first.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from assembly import snapshots
from assembly.cloud_assembly import Assembly, assembly_at
from assembly.synthesis import ROOT, synthesize
from commands import start
from commands.left_over import notes
from guardrails.frozen import frozen, read


def main(arguments: Sequence[str] | None = None) -> int:
    """Synthesize, write, and print which files changed."""
    parser = argparse.ArgumentParser(prog="python -m commands.write_snapshots", description=__doc__)
    parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            synthesize(Path(folder) / "assembly")
            assembly = assembly_at(Path(folder) / "assembly")
            left = [line for _, line in notes(assembly)]
            changed = write(assembly)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join([*changed, *left]) or "No snapshot changed.")
    return 0


def write(assembly: Assembly) -> list[str]:
    """Write what differs from the files, delete what no stack has any more, and name both."""
    changes = differences(assembly)
    for file, text in changes.items():
        if text is None:
            file.unlink()
            if not any(file.parent.iterdir()):
                file.parent.rmdir()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return [
        f"{'deleted' if text is None else 'written'} {file.relative_to(ROOT)}"
        for file, text in changes.items()
    ]


def differences(assembly: Assembly) -> Mapping[Path, str | None]:
    """Return the files that an assembly changes, each with its new text, None where it goes."""
    wanted = {
        snapshots.snapshot_file(path): _json(snapshots.mask(template))
        for path, template in assembly.templates.items()
    }
    for name, environment in assembly.environments().items():
        file = snapshots.frozen_file(name)
        wanted[file] = _json(frozen(environment, read(file)))
    folders = (snapshots.FOLDER, snapshots.frozen_file("").parent)
    files = sorted(file for folder in folders for file in folder.rglob("*.json"))
    there = {file: file.read_text(encoding="utf-8") for file in files}
    every = ((file, wanted.get(file)) for file in {**wanted, **there})
    return {file: text for file, text in every if text != there.get(file)}


def _json(content: object) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    start(main)
