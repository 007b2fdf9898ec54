"""Quantities such as 500m, 128Mi or 1.5."""

from __future__ import annotations

import re
from decimal import Decimal

WORDS = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)

_PATTERN = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([A-Za-z]*))")
_SUFFIXES = {
    "": Decimal(1),
    **{unit: Decimal(1000) ** n for n, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** n for n, unit in enumerate("KMGTPE", start=1)},
    **{unit: Decimal(1000) ** -n for n, unit in enumerate("mun", start=1)},
}


def parse(quantity: str | float) -> Decimal:
    """Return a quantity's value; raises ValueError with Kubernetes' words."""
    match = _PATTERN.fullmatch(str(quantity))
    if match is None or (suffix := match[3] or "") not in _SUFFIXES:
        raise ValueError(WORDS)
    return Decimal(match[1] + (match[2] or "")) * _SUFFIXES[suffix]
