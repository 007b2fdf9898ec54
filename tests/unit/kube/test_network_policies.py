from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from kube.network_policies import EGRESS, INGRESS, Port, Side, allowed
from kube.values import Unknown

WEB, API = {"app": "web"}, {"app": "api"}
HTTP = Port(number=8080, name="http")
HERE = Side(labels=WEB, namespace="shop", namespace_labels={"team": "shop"})
THERE = Side(labels=WEB, namespace="other", namespace_labels={"team": "other"})
OUTSIDE = Side(network=IPv4Network("10.0.1.0/24"))
HOLE = Unknown("${Name}")


def policy(**spec: object) -> dict[str, Any]:
    """Return a policy of the namespace shop."""
    return {"metadata": {"namespace": "shop"}, "spec": {"podSelector": {}, **spec}}


def admitting(*peers: object, ports: object = None) -> dict[str, Any]:
    """Return a policy that lets in from peers."""
    return policy(ingress=[{"from": [*peers], "ports": ports}])


def pods(**labels: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": labels}}


@pytest.mark.parametrize(
    ("policies", "passes"),
    [
        ([], True),
        ([policy(policyTypes=["Ingress"])], False),
        ([policy()], False),
        ([policy(policyTypes=["Egress"])], True),
        ([policy(podSelector={"matchLabels": {"app": "web"}})], True),
        ([policy(), admitting(pods(app="web"))], True),
        ([policy(ingress=[{}])], True),
        ([policy(ingress=HOLE)], True),
        ([policy(), policy(policyTypes=["Egress"], ingress=[{}])], False),
        ([policy(), policy(policyTypes=HOLE, ingress=[{}])], True),
        ([policy(), policy(policyTypes=[HOLE], ingress=[{}])], True),
        ([policy(), policy(policyTypes=[HOLE, "Ingress"])], False),
        # They may be about the way out only, or about other pods.
        ([policy(policyTypes=HOLE)], True),
        ([policy(policyTypes=[HOLE])], True),
        ([policy(podSelector={"matchLabels": {"app": HOLE}})], True),
        ([admitting(HOLE)], True),
    ],
)
def test_policies_isolate_and_allow(policies: list[dict[str, Any]], *, passes: bool) -> None:
    """One that selects the pods isolates them; what any of them allows is allowed."""
    assert allowed(policies, API, INGRESS, HERE, HTTP) is passes


@pytest.mark.parametrize(
    ("peer", "side", "passes"),
    [
        (pods(app="web"), HERE, True),
        (pods(app="web"), THERE, False),
        (pods(app="api"), HERE, False),
        ({"namespaceSelector": {}}, THERE, True),
        ({"namespaceSelector": {"matchLabels": {"team": "shop"}}}, THERE, False),
        (
            {"namespaceSelector": {"matchLabels": {"team": "other"}}, **pods(app="api")},
            THERE,
            False,
        ),
        ({"namespaceSelector": {"matchLabels": {"team": "other"}}, **pods(app="web")}, THERE, True),
        ({"ipBlock": {"cidr": "10.0.0.0/16"}}, OUTSIDE, True),
        ({"ipBlock": {"cidr": "10.1.0.0/16"}}, OUTSIDE, False),
        ({"ipBlock": {"cidr": "10.0.0.0/16", "except": ["10.0.1.0/24"]}}, OUTSIDE, False),
        ({"ipBlock": {"cidr": HOLE}}, OUTSIDE, True),
        ({"ipBlock": {"cidr": "nowhere"}}, OUTSIDE, True),
        (pods(app="web"), OUTSIDE, False),
    ],
)
def test_a_peer_is_pods_or_addresses(peer: object, side: Side, *, passes: bool) -> None:
    """Without a namespace selector it is in the policy's own namespace."""
    assert allowed([admitting(peer)], API, INGRESS, side, HTTP) is passes


@pytest.mark.parametrize(
    ("written", "passes"),
    [
        ({"port": 8080}, True),
        ({"port": 80}, False),
        ({"port": 8000, "endPort": 9000}, True),
        ({"port": 8081, "endPort": 9000}, False),
        ({"port": "http"}, True),
        ({"port": "https"}, False),
        ({"protocol": "UDP", "port": 8080}, False),
        ({"protocol": "TCP"}, True),
        ({"port": HOLE}, True),
        ({"protocol": HOLE, "port": 80}, True),
    ],
)
def test_a_port_is_one_of_the_pods(written: object, *, passes: bool) -> None:
    """By its number, in a range, or by its name."""
    policies = [admitting({"namespaceSelector": {}}, ports=[written])]
    assert allowed(policies, API, INGRESS, HERE, HTTP) is passes


@pytest.mark.parametrize(
    ("spec", "passes"),
    [
        ({"egress": [{"to": [pods(app="api")]}]}, True),
        ({"egress": [{"to": [pods(app="other")]}]}, False),
        ({"egress": [], "policyTypes": ["Egress"]}, False),
        # Without types a policy isolates outbound only if it has outbound rules.
        ({"egress": []}, True),
    ],
)
def test_the_way_out_is_isolated_on_its_own(spec: dict[str, Any], *, passes: bool) -> None:
    to = Side(labels=API, namespace="shop", namespace_labels={})
    assert allowed([policy(**spec)], WEB, EGRESS, to, HTTP) is passes
