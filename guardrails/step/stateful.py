"""The types whose resources lose something when they go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

STATEFUL_TYPES: Mapping[str, str] = json.loads(
    Path(__file__).with_suffix(".json").read_text("utf-8")
)
"""What is lost with each, the worst first. docs/stateful-resources.md says more."""
