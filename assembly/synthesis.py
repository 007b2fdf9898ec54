"""Run app.py without the CDK CLI: nothing is asked, nothing is printed, and it takes half the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def context(checkout: Path = ROOT) -> dict[str, Any]:
    """Return the context that the CDK CLI hands to the app: the flags of cdk.json and two of its own."""
    settings = json.loads((checkout / "cdk.json").read_text(encoding="utf-8"))
    return {
        **settings["context"],
        "aws:cdk:enable-path-metadata": True,
        "aws:cdk:enable-asset-metadata": True,
    }


def synthesize(directory: Path, *, checkout: Path = ROOT) -> None:
    """Synthesize the environments of a checkout into a folder.

    Raises `ValueError` with what app.py says where it refuses.
    """
    result = subprocess.run(  # our own program
        [sys.executable, "app.py"],
        cwd=checkout,
        env={
            **os.environ,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_CONTEXT_JSON": json.dumps(context(checkout)),
            "CDK_OUTDIR": str(directory.resolve()),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if result.returncode:
        raise ValueError((result.stderr or result.stdout).strip())
