"""What `cdk diff` says between a template and a stack of an assembly; it needs no AWS."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from assembly.cloud_assembly import Assembly
from assembly.snapshots import snapshot_file, unmask
from assembly.synthesis import ROOT, run


def differs(assembly: Assembly, stack: str) -> tuple[bool, str]:
    """Tell whether a stack differs from its snapshot, and what the CDK says of it."""
    file = snapshot_file(stack)
    committed = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return cdk_diff(assembly.path, stack, unmask(committed, assembly.templates[stack]))


def cdk_diff(assembly: Path, stack: str, before: object) -> tuple[bool, str]:
    """Tell whether a stack of an assembly differs from another template, and what the CDK says."""
    # The Node that is installed beside this Python, whatever else the machine has.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "before.json"
        template.write_text(json.dumps(before), encoding="utf-8")
        result = run(
            *(str(ROOT / "node_modules/.bin/cdk"), "diff", stack, "--exclusively", "--fail"),
            *("--app", str(assembly), "--template", str(template)),
            timeout=120,
            AWS_EC2_METADATA_DISABLED="true",
            PATH=path,
        )
    return result.returncode != 0, result.stdout + result.stderr
