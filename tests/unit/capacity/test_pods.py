"""The max pods that EKS sets, for every type, every mode, and groups of several types."""

from __future__ import annotations

import csv

import pytest

from capacity.cni import Cni
from capacity.instance_types import DATA, UnknownInstanceTypeError, instance_type
from capacity.pods import (
    branch_interfaces,
    cap,
    group_limit,
    highest_pin,
    network_pods,
    type_limit,
    windows_limit,
)

PLAIN = Cni()
PREFIXES = Cni(prefix_delegation=True)
CUSTOM = Cni(custom_networking=True)
BOTH = Cni(prefix_delegation=True, custom_networking=True)

with DATA.open(newline="", encoding="utf-8") as file:
    UPSTREAM = {row["instance_type"]: int(row["eni_max_pods"]) for row in csv.DictReader(file)}


def test_every_row_of_the_upstream_table() -> None:
    """amazon-vpc-cni-k8s, misc/eni-max-pods.txt: all types that nodes can be."""
    judged = 0
    for name, pods in UPSTREAM.items():
        try:
            kind = instance_type(name)
        except UnknownInstanceTypeError:
            continue
        assert network_pods(PLAIN, kind) == pods, name
        judged += 1
    assert judged > 1340


@pytest.mark.parametrize(
    ("name", "cni", "uncapped", "pods"),
    [
        # EKS best practices, "Amazon VPC CNI" and "Custom Networking" (m5.large 29, 20, 290);
        # EKS user guide, "Amazon EKS recommended maximum Pods" (29, 20, 110).
        ("m5.large", PLAIN, 29, 29),
        ("m5.large", CUSTOM, 20, 20),
        ("m5.large", PREFIXES, 434, 110),
        ("m5.large", BOTH, 290, 110),
        # EKS best practices, "Prefix Mode for Linux": a c5.large has 9 slots on each interface.
        ("c5.large", PREFIXES, 3 * 9 * 16 + 2, 110),
        ("t3.medium", PLAIN, 17, 17),
        ("m6i.large", PLAIN, 29, 29),
        ("m6i.xlarge", PLAIN, 58, 58),
        # 16 vCPUs: what the interfaces would serve is cut (EKS user guide, "How maxPods is
        # determined").
        ("m6i.4xlarge", PLAIN, 234, 110),
        ("m6i.8xlarge", PLAIN, 234, 234),
        ("m6i.16xlarge", PLAIN, 737, 250),
        ("m6i.16xlarge", BOTH, 14 * 49 * 16 + 2, 250),
        ("m4.large", PREFIXES, 20, 20),
        ("hpc6id.32xlarge", CUSTOM, 2, 2),
    ],
)
def test_known_answers(name: str, cni: Cni, uncapped: int, pods: int) -> None:
    """What the interfaces serve, and what EKS makes of it."""
    kind = instance_type(name)

    assert network_pods(cni, kind) == uncapped
    assert type_limit(cni, kind).pods == pods


@pytest.mark.parametrize(
    ("name", "vcpus", "most"),
    [("c5.4xlarge", 16, 110), ("c6i.8xlarge", 32, 250), ("c5.9xlarge", 36, 250)],
)
def test_the_cap_goes_by_vcpus(name: str, vcpus: int, most: int) -> None:
    """110 below 30 vCPUs, 250 from there on."""
    assert instance_type(name).vcpus == vcpus
    assert cap(instance_type(name)) == most


def test_the_lowest_type_decides_for_its_group() -> None:
    """EKS best practices, "Prefix Mode for Linux": one value for all nodes of a group."""
    kinds = [instance_type(name) for name in ("m6i.xlarge", "t3.medium", "m6i.4xlarge")]

    limit = group_limit(PLAIN, kinds)

    assert limit.pods == 17
    assert limit.reason == "interfaces of t3.medium: 3 x 5 + 2"


@pytest.mark.parametrize(
    ("cni", "name", "reason"),
    [
        (PLAIN, "m5.large", "interfaces of m5.large: 3 x 9 + 2"),
        (CUSTOM, "m5.large", "interfaces of m5.large: 2 x 9 + 2"),
        (PREFIXES, "t3.nano", "interfaces of t3.nano: 2 x 1 x 16 + 2"),
        (PREFIXES, "m5.large", "EKS cap below 30 vCPUs, m5.large"),
        (PLAIN, "m6i.16xlarge", "EKS cap from 30 vCPUs, m6i.16xlarge"),
    ],
)
def test_the_limit_that_binds_is_named(cni: Cni, name: str, reason: str) -> None:
    """The formula with its numbers, or the cap."""
    assert group_limit(cni, [instance_type(name)]).reason == reason


def test_a_pinned_number_is_taken_as_it_is() -> None:
    """And named after its field; two of the pods are on the host network."""
    limit = group_limit(PLAIN, [instance_type("m5.large")], pinned=20)

    assert (limit.pods, limit.reason, limit.addressed) == (20, "max_pods", 18)


@pytest.mark.parametrize(
    ("cni", "names", "highest"),
    [
        (PLAIN, ["m5.large"], 29),
        (PLAIN, ["m5.large", "t3.medium"], 17),
        (PREFIXES, ["m5.large"], 110),
        # EKS best practices, "Security groups per pod": 9 branches on top of the 29 of an m5.large.
        (Cni(pod_security_groups=True), ["m5.large"], 38),
        (Cni(pod_security_groups=True), ["m6i.16xlarge"], 250),
    ],
)
def test_the_highest_pin_that_works(cni: Cni, names: list[str], highest: int) -> None:
    """What the lowest type serves, branch interfaces included, below the cap."""
    assert highest_pin(cni, [instance_type(name) for name in names]) == highest


def test_branch_interfaces_of_a_group() -> None:
    """The fewest of its types; none where security groups for pods are off, or a type has none."""
    kinds = [instance_type("m5.large"), instance_type("m5.xlarge")]

    assert branch_interfaces(Cni(pod_security_groups=True), kinds) == 9
    assert branch_interfaces(PLAIN, kinds) == 0
    assert branch_interfaces(Cni(pod_security_groups=True), [instance_type("t4g.large")]) == 0


@pytest.mark.parametrize(
    ("names", "pods", "reason"),
    [
        # EKS user guide, considerations of Windows: the addresses of one interface, minus one.
        (["m5.large"], 9, "one interface of m5.large: 9, on Windows"),
        (["m5.4xlarge", "m5.large"], 9, "one interface of m5.large: 9, on Windows"),
        (["m5.4xlarge"], 29, "one interface of m5.4xlarge: 29, on Windows"),
    ],
)
def test_windows_has_one_interface(names: list[str], pods: int, reason: str) -> None:
    """Whatever the CNI's settings are, each pod has an address of its own."""
    limit = windows_limit([instance_type(name) for name in names])
    assert (limit.pods, limit.addressed, limit.reason) == (pods, pods, reason)
