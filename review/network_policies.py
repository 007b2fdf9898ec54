"""What the rules of NetworkPolicies allow that they didn't, and what they no longer allow.

Source: Kubernetes documentation, "Network Policies".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from assembly.environment import Environment
from assembly.index import grouped
from kube.values import Json, dicts, items, look_up, mapping, number, text, unsure
from review.labels import (
    Network,
    beyond,
    from_outside,
    listed,
    parsed,
    place,
    quoted,
    sources,
    words,
)
from review.model import Risk, Sentence, say
from review.sides import Sides

DIRECTIONS = (("Ingress", "ingress", "from"), ("Egress", "egress", "to"))
"""Each direction: its policy type, the field of its rules, and that of their peers."""
SELECTORS = ("podSelector", "namespaceSelector")


class Allowed(NamedTuple):
    """One peer on one port; None is everybody, or every port of any protocol."""

    port: Json | None
    peer: Json | None


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what each NetworkPolicy of Kubernetes' own that goes or changes now allows, and no longer."""
    old, new = sides.objects
    # Without anything else of a namespace there is nothing to reach.
    namespaces = {(key[0], item.namespace) for key, item in new.items()}
    for key, was in old.items():
        now = new.get(key)
        group = text(was.content, "apiVersion").partition("/")[0]
        if was.kind != "NetworkPolicy" or group not in {"", "networking.k8s.io"}:
            continue
        name = place(was)
        if now is None:
            if (key[0], was.namespace) in namespaces:
                yield say("network policy removed", name=name)
        elif was.spec != now.spec:
            same = say("network policy same", name=name)
            yield from [*_changed(sides, name, was.spec, now.spec)] or [same]


def _changed(sides: Sides, name: str, old: Json, new: Json) -> Iterator[Sentence]:
    if unsure(*_parts(old), *_parts(new)):
        yield say("network policy unknown", name=name)
        return
    if mapping(old, "podSelector") != mapping(new, "podSelector"):
        yield say("network policy selects", name=name)
    for direction in DIRECTIONS:
        had, has = _allowed(old, *direction), _allowed(new, *direction)
        told = partial(say, name=name, way=direction[2])
        for ports, peers in _by_ports(_more(has, had)):
            outside = any(_exposes(sides.after, peer) for peer in peers)
            risk = Risk.EXPOSES if outside else Risk.SAFE
            yield told("network policy allows", peers=_peers(peers), ports=ports, risk=risk)
        # What goes with its VPC isn't there to be kept out.
        less = [each for each in _more(had, has) if not _gone(sides, each.peer)]
        for ports, peers in _by_ports(less):
            yield told("network policy denies", peers=_peers(peers), ports=ports)


def _parts(spec: Json) -> Iterator[object]:
    """Yield all that tells how many rules, peers and ports there are."""
    yield from (look_up(spec, "podSelector"), look_up(spec, "policyTypes"))
    yield from items(spec, "policyTypes")
    for _, field, way in DIRECTIONS:
        yield look_up(spec, field)
        for rule in items(spec, field):
            yield rule
            for inner in (way, "ports"):
                yield look_up(rule, inner)
                yield from items(rule, inner)


def _allowed(spec: Json, kind: str, field: str, way: str) -> list[Allowed]:
    """Return what the rules of a direction allow; without the direction they allow everything."""
    usual = ["Ingress", *(["Egress"] if items(spec, "egress") else [])]
    if kind not in (items(spec, "policyTypes") or usual):
        return [Allowed(None, None)]
    return [
        Allowed(port, peer)
        for rule in dicts(spec, field)
        for port in (dicts(rule, "ports") or (None,))
        for peer in (dicts(rule, way) or (None,))
    ]


def _more(these: Sequence[Allowed], those: Sequence[Allowed]) -> list[Allowed]:
    """Return what some rules allow and others don't."""
    return [
        each
        for each in these
        if not _covers([x.peer for x in those if _same_ports(x.port, each.port)], each.peer)
    ]


def _same_ports(outer: Json | None, port: Json | None) -> bool:
    """Tell whether a port of a rule holds another one."""
    if outer is None or port is None:
        return outer is None
    if _protocol(outer) != _protocol(port):
        return False
    first, last = number(outer, "port"), number(outer, "endPort")
    one, end = number(port, "port"), number(port, "endPort")
    if first is None or one is None:
        return text(outer, "port") in {"", text(port, "port")}
    return first <= one and (one if end is None else end) <= (first if last is None else last)


def _protocol(port: Json) -> str:
    return text(port, "protocol") or "TCP"


def _covers(outer: Sequence[Json | None], peer: Json | None) -> bool:
    if None in outer or peer is None:
        return None in outer
    others = [each for each in outer if each is not None]
    if _is_block(peer):
        whole = [piece for each in others if _is_block(each) for piece in _pieces(each)]
        return not beyond(_pieces(peer), whole)
    return any(_selects_all_of(each, peer) for each in others if not _is_block(each))


def _is_block(peer: Json) -> bool:
    return look_up(peer, "ipBlock") is not None


def _pieces(peer: Json | None) -> list[str]:
    """Return the networks of an ipBlock, without what it excepts; none of another peer."""
    if peer is None or not _is_block(peer):
        return []
    cidr = text(peer, "ipBlock", "cidr")
    whole = parsed(cidr)
    if whole is None:
        return [cidr]
    found = [whole]
    for gap in map(parsed, map(text, items(peer, "ipBlock", "except"))):
        if gap is not None:
            found = [piece for each in found for piece in _without(each, gap)]
    return list(map(str, found))


def _without(network: Network, gap: Network) -> Iterable[Network]:
    if isinstance(network, IPv4Network) and isinstance(gap, IPv4Network) and network.overlaps(gap):
        return [] if network.subnet_of(gap) else network.address_exclude(gap)
    if isinstance(network, IPv6Network) and isinstance(gap, IPv6Network) and network.overlaps(gap):
        return [] if network.subnet_of(gap) else network.address_exclude(gap)
    return [network]


def _selects_all_of(outer: Json, peer: Json) -> bool:
    """Tell whether selectors leave out nothing that others select."""
    theirs, own = look_up(outer, "namespaceSelector"), look_up(peer, "namespaceSelector")
    # Without one it is the policy's own namespace, and an empty one is every namespace.
    if theirs is None and own is not None:
        return False
    everywhere = theirs is not None and not mapping(theirs)
    if own is None and theirs is not None and not everywhere:
        return False
    return all(
        mapping(outer, name, "matchLabels").items() <= mapping(peer, name, "matchLabels").items()
        and all(
            each in items(peer, name, "matchExpressions")
            for each in items(outer, name, "matchExpressions")
        )
        for name in SELECTORS
    )


def _exposes(environment: Environment, peer: Json | None) -> bool:
    networks = _pieces(peer)
    return not networks or any(from_outside(environment, each) for each in networks)


def _gone(sides: Sides, peer: Json | None) -> bool:
    networks = _pieces(peer)
    were, are = ([from_outside(side, each) for each in networks] for side in sides.both)
    return bool(networks) and not any(were) and all(are)


def _by_ports(allowed: Iterable[Allowed]) -> Iterator[tuple[str, list[Json | None]]]:
    """Yield the peers that have the same ports in common, once each."""
    by_peers = grouped((words(peer), (_port(port), peer)) for port, peer in allowed)
    ports = (
        (listed(dict.fromkeys(name for name, _ in found)), found[0][1])
        for found in by_peers.values()
    )
    yield from grouped(ports).items()


def _port(port: Json | None) -> str:
    if port is None:
        return "every port"
    protocol = words(_protocol(port))
    of = "" if protocol == "TCP" else f" of {protocol}"
    first, last = (words(text(port, name)) for name in ("port", "endPort"))
    if not first:
        return f"every port of {protocol}"
    return f"ports {first} to {last}{of}" if last else f"port {first}{of}"


def _peers(peers: Iterable[Json | None]) -> str:
    """Return peers in words, all networks first."""
    networks, others = [], []
    for peer in peers:
        gaps = [] if peer is None else list(map(text, items(peer, "ipBlock", "except")))
        if peer is None:
            others.append("anywhere")
        elif _is_block(peer) and not gaps:
            networks.append(text(peer, "ipBlock", "cidr"))
        elif _is_block(peer):
            whole = sources([text(peer, "ipBlock", "cidr")])
            others.append(f"{whole} except {quoted(map(words, gaps))}")
        else:
            others.append(_selected(peer))
    return listed([*([sources(networks)] if networks else []), *others])


def _selected(peer: Json) -> str:
    pods, namespaces = (_labels(mapping(peer, name)) for name in SELECTORS)
    said = f"pods with {pods}" if pods else "all pods"
    if look_up(peer, "namespaceSelector") is None:
        return f"{said} of its namespace"
    return f"{said} in {f'namespaces with {namespaces}' if namespaces else 'every namespace'}"


def _labels(selector: Json) -> str:
    labels = [
        f"{words(text(key))}={words(text(value))}"
        for key, value in mapping(selector, "matchLabels").items()
    ]
    return quoted([*labels, *map(words, items(selector, "matchExpressions"))])
