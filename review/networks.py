"""Sets of networks: which one has and another hasn't, what lies outside, and all of it in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from assembly.environment import Environment
from assembly.kinds import NAT_GATEWAY, SUBNET, VPC
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.reach.subnets import zone_of
from kube.validity import formats
from kube.values import Unknown, text
from review.labels import label, listed, quoted, words
from review.model import DETAILS
from review.sides import Sides

EVERYBODY = "0.0.0.0/0"
EVERYBODY_IPV6 = "::/0"
THE_INTERNET = "the internet"
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
FEW = 2
"""As many networks as are easier to read than a larger one with exceptions."""
INSIDE = tuple(map(ip_network, PRIVATE))
"""Networks that the internet doesn't route (RFC 1918, RFC 6598, RFC 4193)."""


def beyond(these: Iterable[str], those: Iterable[str]) -> list[str]:
    """Return the networks of one set that the other doesn't cover, in one piece or in several."""
    outer = [*those]
    found = [each for each in map(formats.network, outer) if each is not None]
    whole: list[formats.Network] = [
        *collapse_addresses(each for each in found if isinstance(each, IPv4Network)),
        *collapse_addresses(each for each in found if isinstance(each, IPv6Network)),
    ]
    return [each for each in sorted(these) if each not in outer and not _in_any(each, whole)]


def lost(closed: Collection[str], left: Iterable[str], everybody: str = THE_INTERNET) -> str:
    """Return closed networks in words, without those within them that are left."""
    inner = _within(closed, left)
    if everybody == THE_INTERNET and {EVERYBODY, EVERYBODY_IPV6} & {*closed}:
        # A private network is no part of the internet.
        inner = [each for each in inner if not _in_any(each, INSIDE)]
    return _without(closed, inner, everybody, ", except {}")


def gained(opened: Collection[str], had: Iterable[str], everybody: str = THE_INTERNET) -> str:
    """Return opened networks in words, without those within them that were open before."""
    return _without(opened, _within(opened, had), everybody, " instead of only {}")


def _without(outer: Collection[str], inner: Collection[str], everybody: str, but: str) -> str:
    pieces = rest(outer, inner)
    if inner and len(outer) == 1 and len(pieces) <= FEW:
        return sources(pieces, everybody)
    return f"{sources(outer, everybody)}{but.format(sources(inner)) if inner else ''}"


def rest(networks: Collection[str], left: Iterable[str]) -> list[str]:
    """Return the pieces of networks that remain without those within them."""
    pieces = [*networks]
    for each in left:
        pieces = [part for piece in pieces for part in _cut(piece, formats.network(each))]
    return pieces


def cut_off(environment: Environment, closed: Iterable[str], left: Collection[str]) -> list[str]:
    """Return as a detail the subnets that lie in closed networks, and not in those that are left."""
    outer = [each for each in map(formats.network, closed) if each is not None]
    every = {text(x.properties, "CidrBlock"): label(x) for x in environment.resources(SUBNET)}
    found = [x for x in beyond(every, left) if x and _in_any(x, outer)]
    names = listed(every[x] for x in sorted(found, key=_order))
    names = names if len(found) < len(every) else "the VPC"
    return [DETAILS["subnets cut off"].format(subnets=names)] if found else []


def crossing(sides: Sides, zones: Iterable[str], to: str) -> Iterator[str]:
    """Yield as a detail that traffic from zones crosses zones, but for those that lose all subnets."""
    was, now = ({zone_of(x) for x in side.resources(SUBNET)} for side in sides.both)
    if there := {*zones} - (was - now):
        named = [] if any(not x or "{" in x for x in there) else sorted(there)
        yield DETAILS["crosses zones"].format(zones=listed(named) or "other zones", to=to)


def without_gateways(sides: Sides, gone: Iterable[Resource]) -> Iterator[str]:
    """Yield as a detail what traffic must cross zones without NAT gateways of its own."""
    gateways = [x for x in gone if x.kind == NAT_GATEWAY]
    homes = (sides.before.target(x.properties.get("SubnetId")) for x in gateways)
    if gateways:
        yield from crossing(sides, {zone_of(x) if x else "" for x in homes}, "a NAT gateway")


def _within(closed: Iterable[str], left: Iterable[str]) -> list[str]:
    outer = [each for each in map(formats.network, closed) if each is not None]
    return [each for each in left if _in_any(each, outer)]


def _cut(piece: str, part: formats.Network | None) -> list[str]:
    whole = formats.network(piece)
    if part is not None and _in_any(piece, [part]):
        return []
    if isinstance(whole, IPv4Network) and isinstance(part, IPv4Network) and part.subnet_of(whole):
        return [*map(str, whole.address_exclude(part))]
    if isinstance(whole, IPv6Network) and isinstance(part, IPv6Network) and part.subnet_of(whole):
        return [*map(str, whole.address_exclude(part))]
    return [piece]


def from_outside(environment: Environment, network: str) -> bool:
    """Tell whether some of a network may lie outside of the environment's VPCs.

    A reference, such as to the range of a VPC or to a security group, leads inside. Where the ranges
    aren't known, as those of a VPC that exists already, any private network may be one.
    """
    if formats.network(network) is None:
        return isinstance(network, Unknown) and not isinstance(network, Reference)
    found = environment.resources(VPC, "AWS::EC2::VPCCidrBlock")
    ranges = [text(x.properties, name) for x in found for name in ("CidrBlock", "Ipv6CidrBlock")]
    own = tuple(each for each in map(formats.network, ranges) if each is not None)
    return not _in_any(network, own or INSIDE)


def sources(networks: Iterable[str], everybody: str = THE_INTERNET) -> str:
    """Return networks in words, everybody by name."""
    found = sorted(networks, key=_order)
    if all_of_them := [each for each in (EVERYBODY, EVERYBODY_IPV6) if each in found]:
        return f"{everybody} ({quoted(all_of_them)})"
    return quoted(map(words, found))


def _order(network: str) -> tuple[int, int, str]:
    """Return by what networks stand in order: 10.0.9.0 before 10.0.10.0."""
    one = formats.network(network)
    return (one.version, int(one.network_address), "") if one else (0, 0, network)


def _in_any(network: str, outer: Iterable[formats.Network]) -> bool:
    one = formats.network(network)
    ends = (one.network_address, one.broadcast_address) if one else ()
    return one is not None and any(all(end in each for end in ends) for each in outer)
