"""Ranges of addresses that are much of the internet, in one piece or in several."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from kube.values import Unknown, text

MANY = (2**24, 2**112)
"""More IPv4 or IPv6 addresses than these, a /8 or a /16, are the internet rather than a network."""


def wide(cidrs: Iterable[object]) -> str:
    """Return the ranges if they are much of the internet together: the whole, or the first of them."""
    for kind, many in zip((IPv4Network, IPv6Network), MANY, strict=True):
        ranges = [*collapse_addresses(filter(None, (_range(kind, each) for each in cidrs)))]
        public = [each for each in ranges if not each.is_private]
        if sum(each.num_addresses for each in public) > many:
            return str(public[0])
    return ""


def _range(
    kind: type[IPv4Network | IPv6Network], value: object
) -> IPv4Network | IPv6Network | None:
    try:
        return None if isinstance(value, Unknown) else kind(text(value), strict=False)
    except ValueError:
        return None
