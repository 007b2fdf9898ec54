"""What an update in place stops for a while: data, with its sources.

CloudFormation template reference, "Some interruptions"; EKS user guide: "Update existing cluster to
new Kubernetes version", "Understand each phase of node updates", "Update an Amazon EKS add-on".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_TABLE = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
INTERRUPTIONS: Mapping[tuple[str, str], str] = {
    (kind, name): words for kind, properties in _TABLE.items() for name, words in properties.items()
}
"""What stops, by type and property."""
