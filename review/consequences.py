"""What it costs when a resource goes, by its type: consequences.json.

Sources: EKS user guide and VPC user guide. What is lost for good is in guardrails/step/stateful.py.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

_DATA: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("consequences.json").read_text(encoding="utf-8")
)
HARMLESS: Collection[str] = _DATA["harmless"]
"""CloudFormation makes the new one first, and nobody notices when the old one goes."""
REPLACED: Mapping[str, str] = _DATA["replaced"]
"""What a replacement stops."""
REMOVED: Mapping[str, str] = _DATA["removed"]
"""What a removal stops. That an access entry goes is told with who loses which access."""
TOLD: Mapping[str, Collection[str]] = _DATA["told_elsewhere"]
"""Properties whose changes other sections put into words; `*` stands for all of them."""
