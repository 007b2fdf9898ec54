"""Until when AWS supports a Kubernetes version; support.json names the source."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

DATA = Path(__file__).with_name("support.json")


@dataclass(frozen=True, kw_only=True)
class Support:
    """The last days of support. In extended support the control plane costs more."""

    standard: date
    extended: date


@functools.cache
def supported() -> Mapping[str, Support]:
    """Return the support of every known version."""
    versions = json.loads(DATA.read_text(encoding="utf-8"))["versions"]
    return {
        version: Support(
            standard=date.fromisoformat(dates["standard"]),
            extended=date.fromisoformat(dates["extended"]),
        )
        for version, dates in versions.items()
    }
