from __future__ import annotations

import csv

import pytest

from capacity.instance_types import DATA, UnknownInstanceTypeError, instance_type, siblings

with DATA.open(newline="", encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("name", "architecture", "trunking"),
    [
        ("m7g.large", "arm64", True),
        ("t4g.large", "arm64", False),
        ("m5.large", "x86_64", True),
        ("t3.large", "x86_64", False),
        ("m3.medium", "x86_64", False),
        ("t2.micro", "x86_64", False),
    ],
)
def test_what_is_known_of_an_instance_type(name: str, architecture: str, *, trunking: bool) -> None:
    """Architecture and branch interfaces are those that AWS documents."""
    known = instance_type(name)

    assert (known.name, known.architecture, known.trunking) == (name, architecture, trunking)


def test_what_the_plan_reads_is_what_the_data_says() -> None:
    """Interfaces, addresses, vCPUs, Nitro and branch interfaces of one type, value by value."""
    known = instance_type("m5.large")

    assert (known.vcpus, known.memory_mib, known.current_generation) == (2, 8192, False)
    assert (known.interfaces, known.addresses, known.slots) == (3, 10, 9)
    assert (known.prefixes, known.branch_interfaces) == (True, 9)


@pytest.mark.parametrize(
    ("name", "prefixes"),
    [("m5.large", True), ("m5.metal", True), ("t2.micro", False), ("m4.large", False)],
)
def test_prefixes_need_nitro_or_bare_metal(name: str, *, prefixes: bool) -> None:
    """Xen instances can't carry them (EC2 user guide, "Prefix delegation")."""
    assert instance_type(name).prefixes is prefixes


def test_siblings_do_the_same_work() -> None:
    """Same architecture, vCPUs and memory, of the current generation, and never the type itself."""
    known = instance_type("m7g.xlarge")
    alike = siblings("m7g.xlarge")

    assert "m8g.xlarge" in {other.name for other in alike}
    assert known not in alike
    for other in alike:
        assert other.current_generation
        assert (other.architecture, other.vcpus, other.memory_mib) == ("arm64", 4, 16384)


def test_a_type_whose_branch_interfaces_are_unknown_has_none() -> None:
    """A type that is newer than one of the sources is not taken for one that can trunk."""
    unknown = [row["instance_type"] for row in ROWS if row["architectures"] and not row["trunking"]]

    assert unknown
    assert not any(instance_type(name).trunking for name in unknown if not name.startswith("mac"))


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    """A misspelt name leads to the right one."""
    with pytest.raises(UnknownInstanceTypeError, match=r"m7g\.lrge") as caught:
        instance_type("m7g.lrge")

    assert caught.value.fix.startswith("did you mean m7g.large or ")
    assert "capacity/README.md" in caught.value.fix
    assert caught.value.allowed.endswith("'m7g.lrge' is not listed")


def test_a_type_like_no_other_is_refused_without_a_guess() -> None:
    """Where nothing is near, nothing is suggested."""
    with pytest.raises(UnknownInstanceTypeError) as caught:
        instance_type("banana")

    assert caught.value.fix.startswith("check its name. For a newer type")


@pytest.mark.parametrize("name", ["mac2.metal", "g4ad.xlarge"])
def test_a_type_without_a_linux_architecture_is_refused(name: str) -> None:
    """Nodes run Linux; a type whose architecture no source has can't be judged."""
    with pytest.raises(UnknownInstanceTypeError, match="with a Linux architecture"):
        instance_type(name)


def test_every_row_can_be_read() -> None:
    """Every type of the data is known, or refused for its missing architecture alone."""
    judged = [row for row in ROWS if {"x86_64", "arm64"} & set(row["architectures"].split())]

    assert len(judged) > len(ROWS) * 0.97
    for row in judged:
        known = instance_type(row["instance_type"])
        assert known.architecture in row["architectures"].split()
        assert known.vcpus == int(row["vcpus"])
    for row in ROWS:
        if row not in judged:
            with pytest.raises(UnknownInstanceTypeError, match="with a Linux architecture"):
                instance_type(row["instance_type"])


def test_every_row_has_sensible_values() -> None:
    """Names are distinct, numbers are numbers, and truth values are true, false or empty."""
    names = [row["instance_type"] for row in ROWS]

    assert len(names) >= 1391
    assert len(set(names)) == len(names)
    for row in ROWS:
        numbers = ("enis_default_card", "ipv4_per_eni", "eni_max_pods")
        assert all(int(row[column]) > 0 for column in numbers), row
        optional = ("branch_enis", "vcpus", "memory_mib")
        assert all(row[column] == "" or row[column].isdecimal() for column in optional), row
        flags = ("trunking", "bare_metal", "current_generation")
        assert all(row[column] in ("true", "false", "") for column in flags), row
        assert row["hypervisor"] in ("nitro", "xen", "unknown", ""), row


def test_the_table_of_pods_follows_the_formula() -> None:
    """ENIs x (addresses - 1) + 2, for every row, as README.md says."""
    for row in ROWS:
        interfaces, addresses = int(row["enis_default_card"]), int(row["ipv4_per_eni"])
        assert int(row["eni_max_pods"]) == interfaces * (addresses - 1) + 2, row


def test_the_data_has_one_kind_of_line_end() -> None:
    """LF or CRLF, never both, and the last line is complete: a change shows only its rows."""
    lines = DATA.read_bytes().splitlines(keepends=True)

    ends = {line[len(line.rstrip(b"\r\n")) :] for line in lines}

    assert ends in ({b"\n"}, {b"\r\n"})
