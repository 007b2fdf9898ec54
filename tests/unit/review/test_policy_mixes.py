"""Random mixes of NetworkPolicies: who gains or loses traffic is what Kubernetes would do, told or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.environment import Environment
from tests.support import examples
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import reviewed, texts

Spec = Mapping[str, Any]
Policies = Mapping[str, Spec]
LABELS: list[dict[str, str]] = [
    {name: value for name, value in (("app", app), ("tier", tier)) if value}
    for app, tier in product(("web", "db", ""), ("front", ""))
]
SELECTORS = [{"matchLabels": each} if each else {} for each in LABELS]
ADDRESSES = [*map(ip_address, ("10.20.0.1", "10.20.40.1", "8.8.8.8", "2001:db8::1"))]
NEIGHBOURS = [*product((True, False), ({}, {"team": "a"}), ({}, {"app": "web"}))]
"""Other pods: whether they are in the namespace, its labels and theirs."""
PORTS = [(80, "TCP"), (200, "TCP"), (443, "TCP"), (9, "TCP"), (80, "UDP")]
DIRECTIONS = (("Ingress", "from"), ("Egress", "to"))
WEB, TEAM = {"matchLabels": {"app": "web"}}, {"matchLabels": {"team": "a"}}
PEERS = [
    {"ipBlock": {"cidr": "10.20.0.0/19"}},
    {"ipBlock": {"cidr": "10.20.0.0/18"}},
    {"ipBlock": {"cidr": "0.0.0.0/0"}},
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.20.0.0/18"]}},
    {"podSelector": {}},
    {"podSelector": WEB},
    {"podSelector": WEB, "namespaceSelector": TEAM},
    {"namespaceSelector": {}},
    {"namespaceSelector": TEAM},
]
ALLOWED = [
    {"port": 80},
    {"port": 443},
    {"port": 80, "endPort": 443},
    {"port": 80, "protocol": "UDP"},
]


def rules(way: str) -> st.SearchStrategy[list[Spec]]:
    """Return rules of a direction; one that names no peers or no ports allows all of them."""
    peers = st.lists(st.sampled_from(PEERS), max_size=2)
    ports = st.lists(st.sampled_from(ALLOWED), max_size=2)
    rule = st.builds(lambda x, y: {way: x, "ports": y}, peers, ports)
    return st.lists(rule, max_size=2)


SPECS = st.builds(
    lambda pods, types, ingress, egress: {
        "podSelector": pods,
        "policyTypes": types,
        **({"ingress": ingress} if "Ingress" in types else {}),
        **({"egress": egress} if "Egress" in types else {}),
    },
    st.sampled_from(SELECTORS),
    st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
    rules("from"),
    rules("to"),
)
SETS = st.dictionaries(st.sampled_from(["one", "two", "three"]), SPECS)


def selects(selector: Spec, labels: Mapping[str, str]) -> bool:
    """Tell whether labels match."""
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def is_peer(peer: Spec, other: Any) -> bool:  # noqa: ANN401  # an address, or a pod
    """Tell whether a rule's peer is an address or another pod."""
    if "ipBlock" in peer or not isinstance(other, tuple):
        block = peer.get("ipBlock")
        gaps = map(ip_network, block.get("except", ())) if block else ()
        inside = block and not isinstance(other, tuple) and other in ip_network(block["cidr"])
        return bool(inside) and not any(other in gap for gap in gaps)
    beside, of_space, labels = other
    where = selects(peer["namespaceSelector"], of_space) if "namespaceSelector" in peer else beside
    return where and selects(peer.get("podSelector", {}), labels)


def is_port(port: Spec, number: int, protocol: str) -> bool:
    """Tell whether a rule's port is this one."""
    right = port["port"] <= number <= port.get("endPort", port["port"])
    return bool(right) and port.get("protocol", "TCP") == protocol


def flows(policies: Policies) -> Iterator[object]:
    """Yield all traffic of pods of any labels that goes through (Kubernetes, "Network Policies")."""
    for (at, labels), (kind, way) in product(enumerate(LABELS), DIRECTIONS):
        binding = [
            each
            for each in policies.values()
            if kind in each["policyTypes"] and selects(each["podSelector"], labels)
        ]
        every = [rule for each in binding for rule in each[kind.lower()]]
        for (of, other), port in product(enumerate([*ADDRESSES, *NEIGHBOURS]), PORTS):
            if not binding or any(
                (not rule[way] or any(is_peer(x, other) for x in rule[way]))
                and (not rule["ports"] or any(is_port(x, *port) for x in rule["ports"]))
                for rule in every
            ):
                yield at, kind, of, port


def of(policies: Policies) -> Environment:
    """Return an environment with policies, and something that they may be about."""
    objects = [kubernetes("NetworkPolicy", name, spec=spec) for name, spec in policies.items()]
    network = resource("AWS::EC2::VPC", CidrBlock="10.20.0.0/16")
    return of_resources({"Vpc": network, "P": manifest(kubernetes("ConfigMap", "any"), *objects)})


@settings(max_examples=examples(100), deadline=None, derandomize=True)
@given(SETS, SETS, st.sets(st.sampled_from(["one", "two", "three"])))
def test_who_gains_and_who_loses_by_any_mix(one: Policies, other: Policies, kept: set[str]) -> None:
    """Some of the policies stay as they are: they decide what a change of the others means."""
    after = {
        **{x: y for x, y in other.items() if x not in kept},
        **{x: y for x, y in one.items() if x in kept},
    }
    was, now = ({*flows(each)} for each in (one, after))
    said = [x for x in texts(reviewed(of(one), of(after))) if ": NetworkPolicy `" in x]
    lost = ("no longer allows", "blocks traffic", "no traffic ", "instead of")
    gained = ("now allows traffic", "now also allows", "restrict already, allows")
    gains = [x for x in said if any(y in x.replace("*", "") for y in (*gained, "exposes:"))]
    losses = [x for x in said if any(y in x for y in lost)]
    assert (bool(gains), bool(losses)) == (bool(now - was), bool(was - now)), said
