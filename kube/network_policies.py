"""Which connections NetworkPolicy objects allow.

Source: Kubernetes, "Network Policies" and the API reference of NetworkPolicy. What isn't known may allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from kube.selectors import matches, may_match
from kube.values import Json, Unknown, look_up, number, several, text, unsure

INGRESS, EGRESS = "Ingress", "Egress"
_PEERS = {INGRESS: ("ingress", "from"), EGRESS: ("egress", "to")}


@dataclass(frozen=True, kw_only=True)
class Side:
    """The other side of a connection: pods of a namespace, or addresses without `labels`."""

    labels: Json | None = None
    namespace: str = ""
    namespace_labels: Json = field(default_factory=dict)
    network: IPv4Network | None = None


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port of the pods that answer, by its number and by its name if it has one."""

    number: int | None
    name: str = ""
    protocol: str = "TCP"


def allowed(
    policies: Iterable[Json], labels: object, direction: str, other: Side, port: Port
) -> bool:
    """Tell whether the policies of their namespace let pods connect, or may.

    Policies only allow; without one that isolates the pods in this direction, all is allowed.
    """
    # Rules for a direction that a policy isn't about have no effect.
    about = [
        (each, selector)
        for each in policies
        if may_match(selector := look_up(each, "spec", "podSelector"), labels)
        and _is_about(each, direction) is not False
    ]
    isolated = any(
        matches(selector, labels) and _is_about(each, direction) for each, selector in about
    )
    return not isolated or any(_allows(each, direction, other, port) for each, _ in about)


def closed(policy: Json) -> set[str]:
    """Return the directions in which a policy leaves pods less than everything, or may."""
    about = (each for each in _PEERS if _is_about(policy, each) is not False)
    return {each for each in about if {} not in several(policy, "spec", _PEERS[each][0])}


def shut(policies: Sequence[Json], labels: object) -> set[str]:
    """Return the directions in which policies surely let pods have no traffic at all."""
    about = {x: [y for y in policies if _is_about(y, x) is not False] for x in _PEERS}
    return {
        direction
        for direction, every in about.items()
        if every and not any(several(x, "spec", _PEERS[direction][0]) for x in every)
        if all(
            _is_about(x, direction) and matches(look_up(x, "spec", "podSelector"), labels)
            for x in every
        )
    }


def _is_about(policy: Json, direction: str) -> bool | None:
    """Tell whether a policy isolates in a direction, None where only a deploy knows."""
    types = look_up(policy, "spec", "policyTypes")
    if types is None:
        return direction == INGRESS or bool(look_up(policy, "spec", "egress"))
    return direction in several(types) or (None if unsure(*several(types)) else False)


def _allows(policy: Json, direction: str, other: Side, port: Port) -> bool:
    rules, peers = _PEERS[direction]
    home = text(policy, "metadata", "namespace") or "default"
    return any(
        isinstance(rule, Unknown)
        # An empty list is about everything.
        or (
            any(_is_peer(peer, home, other) for peer in several(rule, peers) or [Unknown("any")])
            and any(_is_port(each, port) for each in several(rule, "ports") or [Unknown("any")])
        )
        for rule in several(policy, "spec", rules)
    )


def _is_peer(peer: object, home: str, other: Side) -> bool:
    if isinstance(peer, Unknown):
        return True
    if (block := look_up(peer, "ipBlock")) is not None:
        return other.network is None or _holds(block, other.network)
    spaces, pods = look_up(peer, "namespaceSelector"), look_up(peer, "podSelector")
    near = other.namespace == home if spaces is None else may_match(spaces, other.namespace_labels)
    return other.labels is not None and near and (pods is None or may_match(pods, other.labels))


def _holds(block: object, network: IPv4Network) -> bool:
    cidr, gaps = look_up(block, "cidr"), several(block, "except")
    try:
        ranges = [IPv4Network(text(each), strict=False) for each in (cidr, *gaps)]
    except ValueError:
        return True
    return network.subnet_of(ranges[0]) and not any(map(network.subnet_of, ranges[1:]))


def _is_port(written: object, port: Port) -> bool:
    named, first = look_up(written, "protocol"), look_up(written, "port")
    if isinstance(named, Unknown) or isinstance(first, Unknown):
        return True
    if (text(named) or "TCP") != port.protocol:
        return False
    last = number(written, "endPort") or first
    if isinstance(first, int) and isinstance(last, int) and port.number is not None:
        return first <= port.number <= last
    return first is None or port.number is None or bool(first == port.name)
