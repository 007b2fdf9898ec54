"""The CNI holds what the tables and examples of its own documents say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.cni import Cni, NodeUse, Use, effective, held_slots, node_use
from capacity.instance_types import InstanceType, instance_type
from capacity.pods import network_pods
from tests.support import examples

T3_SMALL = instance_type("t3.small")
P3DN = instance_type("p3dn.24xlarge")
M5 = instance_type("m5.large")
quickly = settings(max_examples=examples(60), deadline=None, database=None)


def example(interfaces: int, addresses: int) -> InstanceType:
    """Return an instance type such as the guides invent; `addresses` are those for pods."""
    return replace(M5, name="example", interfaces=interfaces, addresses=addresses + 1)


@pytest.mark.parametrize(
    ("kind", "eni", "ip", "minimum", "pods", "interfaces", "addresses"),
    [
        (T3_SMALL, 1, None, None, 0, 1, 3),
        (T3_SMALL, 1, None, None, 5, 3, 9),
        (T3_SMALL, 1, None, None, 9, 3, 9),
        (T3_SMALL, None, 1, 1, 0, 1, 1),
        (T3_SMALL, None, 1, 1, 5, 2, 6),
        (T3_SMALL, None, 1, 1, 9, 3, 9),
        (T3_SMALL, None, 2, 5, 0, 2, 5),
        (T3_SMALL, None, 2, 5, 5, 3, 7),
        (T3_SMALL, None, 2, 5, 9, 3, 9),
        (P3DN, 1, None, None, 0, 1, 49),
        (P3DN, 1, None, None, 3, 2, 98),
        (P3DN, 1, None, None, 95, 3, 147),
        (P3DN, None, 5, 10, 0, 1, 10),
        (P3DN, None, 5, 10, 7, 1, 12),
        (P3DN, None, 5, 10, 15, 1, 20),
        (P3DN, None, 5, 10, 45, 2, 50),
    ],
)
def test_addresses_are_those_of_the_cni_document(
    *,
    kind: InstanceType,
    eni: int | None,
    ip: int | None,
    minimum: int | None,
    pods: int,
    interfaces: int,
    addresses: int,
) -> None:
    """amazon-vpc-cni-k8s, docs/eni-and-ip-target.md: every row of its table."""
    cni = Cni(warm_eni_target=eni, warm_ip_target=ip, minimum_ip_target=minimum)

    assert held_slots(cni, kind, pods=pods) == (interfaces, addresses)


@pytest.mark.parametrize(
    ("kind", "prefix", "ip", "minimum", "pods", "prefixes"),
    [
        (T3_SMALL, 1, None, None, 0, 1),
        (T3_SMALL, 1, None, None, 5, 2),
        (T3_SMALL, 1, None, None, 16, 2),
        (T3_SMALL, 1, None, None, 17, 3),
        (T3_SMALL, 1, None, None, 58, 5),
        (T3_SMALL, None, 1, 1, 0, 1),
        (T3_SMALL, None, 1, 1, 5, 1),
        (T3_SMALL, None, 1, 1, 17, 2),
        (T3_SMALL, None, 1, 1, 58, 4),
        # The document says 1 attached prefix here, and 2 on the interface, and that a minimum of 20
        # is one of 32.
        (T3_SMALL, None, 7, 20, 0, 2),
        (T3_SMALL, None, 7, 20, 5, 2),
        (T3_SMALL, None, 7, 20, 17, 2),
        (T3_SMALL, None, 7, 20, 58, 5),
        (P3DN, 1, None, None, 0, 1),
        (P3DN, 1, None, None, 3, 2),
        (P3DN, 1, None, None, 95, 7),
        (P3DN, None, 5, 10, 0, 1),
        (P3DN, None, 5, 10, 7, 1),
        (P3DN, None, 5, 10, 15, 2),
        (P3DN, None, 5, 10, 45, 4),
    ],
)
def test_prefixes_are_those_of_the_cni_document(
    *,
    kind: InstanceType,
    prefix: int | None,
    ip: int | None,
    minimum: int | None,
    pods: int,
    prefixes: int,
) -> None:
    """amazon-vpc-cni-k8s, docs/prefix-and-ip-target.md: every row of its table."""
    cni = Cni(
        prefix_delegation=True,
        warm_prefix_target=prefix,
        warm_ip_target=ip,
        minimum_ip_target=minimum,
    )

    assert held_slots(cni, kind, pods=pods)[1] == prefixes


@pytest.mark.parametrize(("pods", "interfaces"), [(16, 1), (17, 1), (48, 1), (58, 2)])
def test_prefixes_fill_an_interface_before_the_next(pods: int, interfaces: int) -> None:
    """The same document: a new interface comes when the others have no place for a prefix."""
    cni = Cni(prefix_delegation=True, warm_ip_target=0, minimum_ip_target=0)

    assert held_slots(cni, T3_SMALL, pods=pods)[0] == interfaces


@pytest.mark.parametrize(("pods", "total"), [(1, 20), (0, 10)])
def test_the_example_of_a_small_cluster(pods: int, total: int) -> None:
    """EKS best practices, "Amazon VPC CNI": a c5.large holds 20 addresses with a CoreDNS pod, 10 without.

    The guide adds 20, 20 and 10 up to 49; its rows count.
    """
    assert node_use(Cni(), instance_type("c5.large"), pods=pods).node == Use(addresses=total)


def test_the_example_of_a_warm_interface() -> None:
    """EKS best practices, "Amazon VPC CNI", WARM_ENI_TARGET: 5 pods keep 2 interfaces of 5, 6 want 3."""
    kind = example(interfaces=3, addresses=5)

    assert held_slots(Cni(warm_eni_target=1), kind, pods=5)[0] == 2
    assert held_slots(Cni(warm_eni_target=1), kind, pods=6)[0] == 3


def test_the_example_of_warm_addresses() -> None:
    """EKS best practices, "Amazon VPC CNI", WARM_IP_TARGET=5: the 16th pod wants a second interface."""
    kind = example(interfaces=2, addresses=20)

    assert held_slots(Cni(warm_ip_target=5), kind, pods=15)[0] == 1
    assert held_slots(Cni(warm_ip_target=5), kind, pods=16)[0] == 2


def test_the_example_of_a_minimum() -> None:
    """EKS best practices, "Amazon VPC CNI", MINIMUM_IP_TARGET=100: 10 interfaces of 10 at once."""
    kind = example(interfaces=15, addresses=10)

    assert held_slots(Cni(minimum_ip_target=100), kind, pods=0) == (10, 100)


def test_no_warm_interface_still_leaves_one_address() -> None:
    """With a target of 0 the CNI waits until its pool is empty, not longer."""
    assert held_slots(Cni(warm_eni_target=0), T3_SMALL, pods=2) == (1, 3)
    assert held_slots(Cni(warm_eni_target=0), T3_SMALL, pods=3) == (2, 6)


def test_custom_networking_splits_a_node_between_two_subnets() -> None:
    """The first interface stays with the node and gives pods nothing; the others are the pods'."""
    assert node_use(Cni(custom_networking=True), M5, pods=18) == NodeUse(
        node=Use(addresses=1), pods=Use(addresses=2 + 18), interfaces=3
    )


def test_prefixes_and_custom_networking_together() -> None:
    """108 pods: 7 prefixes and a warm one, on one interface beside the node's own."""
    cni = Cni(prefix_delegation=True, custom_networking=True)

    assert node_use(cni, M5, pods=108) == NodeUse(
        node=Use(addresses=1), pods=Use(addresses=1, prefixes=8), interfaces=2
    )


def test_branch_interfaces_take_an_address_each() -> None:
    """27 addresses for pods and 3 interfaces, and a branch for each pod with its own groups."""
    plain = node_use(Cni(), M5, pods=27).node.addresses
    with_groups = node_use(Cni(pod_security_groups=True), M5, pods=27).node.addresses

    assert plain == 3 * 10
    assert with_groups == plain + 9


def test_the_trunk_is_an_interface_of_its_own() -> None:
    """Before any pod there are the node's interface and the trunk."""
    assert node_use(Cni(pod_security_groups=True), M5, pods=0).interfaces == 2
    assert node_use(Cni(), M5, pods=0).interfaces == 1


def test_without_nitro_there_are_no_prefixes() -> None:
    """The CNI falls back to addresses there, with its own default for warm ones."""
    old = instance_type("m4.large")
    cni = Cni(prefix_delegation=True, warm_prefix_target=3)

    assert effective(cni, old) == Cni()
    assert node_use(cni, old, pods=18) == node_use(Cni(), old, pods=18)
    assert effective(cni, M5) == cni


@st.composite
def settings_of_the_cni(draw: st.DrawFn) -> Cni:
    """Draw any settings."""
    target = st.none() | st.integers(0, 60)
    return Cni(
        prefix_delegation=draw(st.booleans()),
        custom_networking=draw(st.booleans()),
        pod_security_groups=draw(st.booleans()),
        warm_eni_target=draw(st.none() | st.integers(0, 5)),
        warm_ip_target=draw(target),
        minimum_ip_target=draw(target),
        warm_prefix_target=draw(st.none() | st.integers(0, 5)),
    )


KINDS = [instance_type(name) for name in ("m5.large", "t3.medium", "m4.large", "c6i.24xlarge")]


@quickly
@given(cni=settings_of_the_cni(), kind=st.sampled_from(KINDS), pods=st.integers(0, 60))
def test_a_node_holds_enough_and_never_too_much(cni: Cni, kind: InstanceType, pods: int) -> None:
    """Every pod has an address, no interface holds more than it can, and more pods take no less."""
    pods = min(pods, network_pods(cni, kind) - 2)
    use, more = node_use(cni, kind, pods=pods), node_use(cni, kind, pods=pods + 1)

    assert (use.node + use.pods).total >= pods
    assert use.interfaces <= kind.interfaces
    most = kind.interfaces * kind.addresses + kind.branch_interfaces
    assert use.node.addresses + use.pods.addresses + use.node.prefixes + use.pods.prefixes <= most
    assert more.at_least(use) == more
