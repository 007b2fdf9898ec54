"""Quantities such as 500m, 128Mi or 1.5."""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException

WORDS = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)

_PATTERN = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([eE][+-]?[0-9]+)|([A-Za-z]*))")
_SUFFIXES = {
    "": Decimal(1),
    **{unit: Decimal(1000) ** n for n, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** n for n, unit in enumerate("KMGTPE", start=1)},
    **{unit: Decimal(1000) ** -n for n, unit in enumerate("mun", start=1)},
}


def parse(quantity: object) -> Decimal:
    """Return a quantity's value; raises ValueError with Kubernetes' words."""
    if isinstance(quantity, bool) or not isinstance(quantity, str | int | float):
        raise ValueError(WORDS)  # noqa: TRY004 - one error, whatever stands there
    match = _PATTERN.fullmatch(str(quantity).strip())
    if match is None or (suffix := match[3] or "") not in _SUFFIXES:
        raise ValueError(WORDS)
    try:
        return Decimal(match[1] + (match[2] or "")) * _SUFFIXES[suffix]
    except DecimalException as error:
        raise ValueError(WORDS) from error


def amount(quantity: object) -> Decimal | None:
    """Return a quantity's value, or None where it is none."""
    try:
        return parse(quantity)
    except ValueError:
        return None
