"""Ranges of addresses that are much of the internet, in one piece or in several."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import collapse_addresses, ip_network
from typing import Any

from kube.values import Unknown, text

MANY = {4: 2**24, 6: 2**112}
"""More IPv4 or IPv6 addresses than these, a /8 or a /16, are the internet rather than a network."""


def wide(cidrs: Iterable[object]) -> str:
    """Return the first of some ranges, or what they make together, if they are much of the internet."""
    ranges = [each for each in map(_range, cidrs) if each is not None]
    for version, many in MANY.items():
        whole = collapse_addresses(each for each in ranges if each.version == version)
        public = [each for each in whole if not each.is_private]
        if sum(each.num_addresses for each in public) > many:
            return str(public[0])
    return ""


def _range(value: object) -> Any:  # noqa: ANN401  # of either version
    try:
        return None if isinstance(value, Unknown) else ip_network(text(value), strict=False)
    except ValueError:
        return None
