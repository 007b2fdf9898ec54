"""What the rules of a NetworkPolicy allow: one peer on one port each, and what covers what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assembly.index import grouped
from assembly.kubernetes_object import KubernetesObject
from kube.validity import formats
from kube.values import Json, dicts, items, look_up, mapping, number, text, unsure
from review.labels import listed, quoted, words
from review.model import Risk
from review.networks import beyond, rest, sources

Direction = tuple[str, str, str]
DIRECTIONS: tuple[Direction, ...] = (("Ingress", "ingress", "from"), ("Egress", "egress", "to"))
"""Each direction: its policy type, the field of its rules, and that of their peers."""
SELECTORS = ("podSelector", "namespaceSelector")


class Allowed(NamedTuple):
    """One peer on one port; None is everybody, or every port of any protocol."""

    port: Json | None
    peer: Json | None


Rules = list[Allowed]
ALL = Allowed(None, None)
NOTHING: Json = {"policyTypes": ["none"]}
Beside = Sequence[KubernetesObject]


def parts(spec: Json) -> Iterator[object]:
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


def restricts(spec: Json, kind: str) -> bool:
    """Tell whether a policy restricts a direction at all."""
    usual = ["Ingress", *(["Egress"] if items(spec, "egress") else [])]
    return kind in (items(spec, "policyTypes") or usual)


def allowed(spec: Json, kind: str, field: str, way: str) -> list[Allowed]:
    """Return what the rules of a direction allow: nothing where the policy isn't about it."""
    return [
        Allowed(port, peer)
        for rule in (dicts(spec, field) if restricts(spec, kind) else ())
        for port in (dicts(rule, "ports") or (None,))
        for peer in (dicts(rule, way) or (None,))
    ]


def pods_of(spec: Json) -> Json:
    """Return the selector of a policy's pods."""
    return mapping(spec, "podSelector")


def rules_of(
    spec: Json, pods: Json, others: Beside, direction: Direction
) -> tuple[list[Allowed], list[Allowed]]:
    """Return what a policy allows its pods, and what it does with the others: all, if none restricts them."""
    own, beside = allowed(spec, *direction), restricted(others, pods, direction[0])
    own = own if beside or restricts(spec, direction[0]) else [ALL]
    return own, own + [rule for each in beside for rule in allowed(each.spec, *direction)]


def restricted(others: Beside, spec: Json, kind: str) -> list[KubernetesObject]:
    """Return the other policies that restrict all pods of one anyway."""
    return [
        each
        for each in others
        if not unsure(*parts(each.spec)) and restricts(each.spec, kind)
        if selects_all(pods_of(each.spec), pods_of(spec))
    ]


def beyond_of(these: Sequence[Allowed], those: Sequence[Allowed]) -> list[Allowed]:
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
        whole = [piece for each in others if _is_block(each) for piece in pieces(each)]
        return not beyond(pieces(peer), whole)
    return any(_selects_all_of(each, peer) for each in others if not _is_block(each))


def _is_block(peer: Json) -> bool:
    return look_up(peer, "ipBlock") is not None


def pieces(peer: Json | None) -> list[str]:
    """Return the networks of an ipBlock, without what it excepts; none of another peer."""
    if peer is None or not _is_block(peer):
        return []
    cidr = text(peer, "ipBlock", "cidr")
    return rest([str(formats.network(cidr) or cidr)], map(text, items(peer, "ipBlock", "except")))


def _selects_all_of(outer: Json, peer: Json) -> bool:
    """Tell whether selectors leave out nothing that others select."""
    theirs, own = look_up(outer, "namespaceSelector"), look_up(peer, "namespaceSelector")
    # Without one it is the policy's own namespace, and an empty one is every namespace.
    if theirs is None and own is not None:
        return False
    everywhere = theirs is not None and not mapping(theirs)
    if own is None and theirs is not None and not everywhere:
        return False
    return all(selects_all(mapping(outer, x), mapping(peer, x)) for x in SELECTORS)


def selects_all(outer: Json, inner: Json) -> bool:
    """Tell whether a selector leaves out nothing that another one selects."""
    labels = mapping(outer, "matchLabels").items() <= mapping(inner, "matchLabels").items()
    wanted = items(inner, "matchExpressions")
    return labels and all(each in wanted for each in items(outer, "matchExpressions"))


def both(one: Json, other: Json) -> Json | None:
    """Return a spec for the pods that two specs select, None where a label keeps them apart."""
    first, second = (mapping(pods_of(x), "matchLabels") for x in (one, other))
    if any(second.get(name, value) != value for name, value in first.items()):
        return None
    wanted = [y for x in (one, other) for y in items(pods_of(x), "matchExpressions")]
    return {"podSelector": {"matchLabels": {**first, **second}, "matchExpressions": wanted}}


def for_some(own: Sequence[Allowed], spec: Json, others: Beside, direction: Direction) -> Rules:
    """Return what rules give to those pods of a spec that others restrict already."""
    sets = filter(None, (both(spec, each.spec) for each in others))
    known = [rules_of(NOTHING, each, others, direction)[1] for each in sets]
    return [rule for before in known for rule in beyond_of(own, before)]


def by_ports(allowed: Iterable[Allowed]) -> Iterator[tuple[str, list[Json | None]]]:
    """Yield the peers that have the same ports in common, once each."""
    by_peers = grouped((words(peer), (_port(port), peer)) for port, peer in allowed)
    ports = (
        (_in_words(dict.fromkeys(name for name, _ in found)), found[0][1])
        for found in by_peers.values()
    )
    yield from grouped(ports).items()


def _in_words(ports: Mapping[str, None]) -> str:
    """Return ports in words, one of two protocols once."""
    both = {f"{each} of UDP" for each in ports if f"{each} of UDP" in ports}
    told = (f"{each} of TCP and UDP" if f"{each} of UDP" in both else each for each in ports)
    return listed(each for each in told if each not in both)


def lookups(way: str, ports: str) -> dict[str, Any]:
    """Return what it means that nothing leaves on the port of DNS, nothing for other ports."""
    lost = way == "to" and re.search(r"port 53\b", ports)
    words = ": **they can't look up names any more**, until a NetworkPolicy allows it again"
    return {"lookups": words, "risk": Risk.TAKES_DOWN} if lost else {"lookups": ""}


def _port(port: Json | None) -> str:
    if port is None:
        return "every port"
    protocol = words(_protocol(port))
    of = "" if protocol == "TCP" else f" of {protocol}"
    first, last = (words(text(port, name)) for name in ("port", "endPort"))
    if not first:
        return f"every port of {protocol}"
    return f"ports {first} to {last}{of}" if last else f"port {first}{of}"


def peers_in_words(peers: Iterable[Json | None]) -> str:
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
