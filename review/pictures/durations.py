"""How long AWS takes to make a resource: durations.json, estimates with their sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assembly.resource import Resource

DURATIONS: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("durations.json").read_text(encoding="utf-8")
)


def duration_of(resource: Resource) -> Mapping[str, Any]:
    """Return how long a resource takes; a type that isn't listed takes the default."""
    found: Mapping[str, Any] = DURATIONS["default"]
    for each in reversed(DURATIONS["durations"]):
        wanted = each.get("where", {})
        given = {name: resource.properties.get(name) for name in wanted}
        if (resource.kind, given) == (each["type"], wanted):
            found = each
    return found


def seconds(duration: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return the least, the middle and the most, in seconds."""
    least, most = round(duration["least"] * 60), round(duration["most"] * 60)
    return least, (least + most) // 2, most
