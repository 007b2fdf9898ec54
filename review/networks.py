"""Networks that may reach something, compared and in words."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from assembly.references import Reference
from kube.values import Unknown
from review.labels import quoted, words

EVERYBODY = "0.0.0.0/0"
EVERYBODY_IPV6 = "::/0"
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
INSIDE = tuple(map(ip_network, PRIVATE))
"""Networks that the internet doesn't route (RFC 1918, RFC 6598, RFC 4193)."""

Network = IPv4Network | IPv6Network


def beyond(these: Iterable[str], those: Iterable[str]) -> list[str]:
    """Return the networks of one set that no network of the other covers."""
    outer = [*those]
    return [each for each in sorted(these) if not any(_covers(other, each) for other in outer)]


def from_outside(network: str) -> bool:
    """Tell whether some of a network may lie outside of any private one.

    A reference, such as to the range of a VPC or to a security group, leads inside.
    """
    parsed = _parsed(network)
    if parsed is None:
        return isinstance(network, Unknown) and not isinstance(network, Reference)
    return not any(_within(parsed, inside) for inside in INSIDE)


def sources(networks: Iterable[str]) -> str:
    """Return networks in words, everybody by name."""
    found = sorted(networks)
    everybody = [each for each in (EVERYBODY, EVERYBODY_IPV6) if each in found]
    if everybody:
        return f"everybody on the internet ({quoted(everybody)})"
    return quoted(map(words, found))


def _covers(outer: str, inner: str) -> bool:
    one, other = _parsed(outer), _parsed(inner)
    return outer == inner if one is None or other is None else _within(other, one)


def _within(inner: Network, outer: Network) -> bool:
    first, last = int(outer.network_address), int(outer.broadcast_address)
    there = first <= int(inner.network_address) and int(inner.broadcast_address) <= last
    return there and inner.version == outer.version


def _parsed(network: str) -> Network | None:
    try:
        return ip_network(network, strict=False)
    except ValueError:
        return None
