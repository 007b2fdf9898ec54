"""Networks that may reach something, compared and in words."""

from __future__ import annotations

from ipaddress import ip_network

from review.labels import listed

EVERYBODY = "0.0.0.0/0"


def beyond(these: frozenset[str], those: frozenset[str]) -> list[str]:
    """Return the networks of one set that no network of the other covers."""
    return [each for each in sorted(these) if not any(_covers(other, each) for other in those)]


def _covers(outer: str, inner: str) -> bool:
    one, other = ip_network(outer, strict=False), ip_network(inner, strict=False)
    return one.version == other.version and (
        int(one.network_address) <= int(other.network_address)
        and int(other.broadcast_address) <= int(one.broadcast_address)
    )


def sources(networks: list[str]) -> str:
    """Return networks in words, everybody by name."""
    if EVERYBODY in networks:
        return "everybody on the internet (`0.0.0.0/0`)"
    return listed(f"`{network}`" for network in networks)
