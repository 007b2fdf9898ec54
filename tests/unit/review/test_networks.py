"""Networks, compared and in words."""

from __future__ import annotations

import pytest

from assembly.environment import Environment
from assembly.references import Reference
from kube.values import Unknown
from review.labels import listed
from review.networks import beyond, cut_off, from_outside, gained, lost, rest, sources
from tests.unit.review.templates import of_templates


@pytest.mark.parametrize(
    ("network", "outside"),
    [
        ("0.0.0.0/0", True),
        ("::/0", True),
        ("203.0.113.0/24", True),
        ("10.1.0.0/16", False),
        ("10.0.0.0/7", True),
        ("100.64.0.0/16", False),
        ("172.32.0.0/16", True),
        ("fd00::/8", False),
        (Unknown("${Office}"), True),
        (Reference("${Vpc.CidrBlock}"), False),
        ("pl-1234", False),
        ("", False),
    ],
)
def test_what_lies_outside(network: str, *, outside: bool) -> None:
    """A parameter may be any network; the range of a VPC is one of ours."""
    assert from_outside(of_templates("Other"), network) is outside


def test_only_what_no_other_network_covers_is_beyond() -> None:
    """Networks of different versions, and what is no network, cover only themselves."""
    assert beyond(["10.0.1.0/24", "::/0", "x"], ["10.0.0.0/16", "x"]) == ["::/0"]
    assert beyond(["10.0.0.0/8"], ["10.0.0.0/9", "10.128.0.0/9"]) == []
    assert beyond(["10.0.0.0/8"], ["10.0.0.0/9"]) == ["10.0.0.0/8"]


def test_the_ranges_of_the_vpc_are_nobody_new(prod: Environment) -> None:
    """Another private network is: it may be peered."""
    assert not from_outside(prod, "10.20.7.0/24")
    assert from_outside(prod, "10.21.0.0/16")


def test_everybody_has_a_name() -> None:
    """By either version of IP."""
    assert sources(["::/0", "10.0.0.0/8"]) == "the internet (`::/0`)"
    assert sources([Unknown("${Office}")]) == "`{Office}`"


@pytest.mark.parametrize(
    ("closed", "left", "says"),
    [
        (["10.20.0.0/16"], ["10.20.0.0/17"], "`10.20.128.0/17`"),
        (["10.20.0.0/16"], ["10.20.0.0/24"], "`10.20.0.0/16`, except `10.20.0.0/24`"),
        (["fd00::/8"], ["fd00::/9"], "`fd80::/9`"),
        (["0.0.0.0/0"], ["10.20.0.0/16"], "the internet (`0.0.0.0/0`)"),
        (["0.0.0.0/0"], ["8.8.8.8/32"], "the internet (`0.0.0.0/0`), except `8.8.8.8/32`"),
        (
            ["10.0.0.0/8", "192.0.2.0/24"],
            ["10.0.0.0/9"],
            "`10.0.0.0/8` and `192.0.2.0/24`, except `10.0.0.0/9`",
        ),
    ],
)
def test_what_is_closed_is_told_without_what_is_left(
    closed: list[str], left: list[str], says: str
) -> None:
    """As few ranges as possible: nobody subtracts them while reading."""
    assert lost(closed, left) == says


@pytest.mark.parametrize(
    ("opened", "had", "says", "new"),
    [
        (
            ["10.0.0.0/8"],
            ["10.0.0.0/9", "10.200.0.0/16"],
            "`10.0.0.0/8` instead of only `10.0.0.0/9` and `10.200.0.0/16`",
            7,
        ),
        (["10.20.0.0/15"], ["10.21.0.0/17", "10.21.0.0/16", "192.0.2.0/24"], "`10.20.0.0/16`", 1),
        (
            ["0.0.0.0/0"],
            ["192.0.2.0/24"],
            "the internet (`0.0.0.0/0`) instead of only `192.0.2.0/24`",
            24,
        ),
        (["::/0"], ["0.0.0.0/0"], "the internet (`::/0`)", 1),
        (["pl-1"], ["pl-2"], "`pl-1`", 1),
    ],
)
def test_what_is_opened_is_told_without_what_was_open(
    opened: list[str], had: list[str], says: str, new: int
) -> None:
    """Who had access already is nobody new."""
    assert gained(opened, had) == says
    assert len(rest(opened, had)) == new


@pytest.mark.parametrize(
    ("closed", "left", "subnets"),
    [
        (["10.20.128.0/17"], ["10.20.0.0/17"], ["PrivateC", "PublicC", "ControlPlaneC"]),
        (["10.20.128.0/17"], ["10.20.160.0/19"], ["PrivateC"]),
        (["10.20.0.0/16"], ["10.20.0.0/16"], []),
        (["10.21.0.0/16", "pl-1"], [], []),
        (["10.0.0.0/8"], [], ["VPC"]),
        ([], [], []),
    ],
)
def test_the_subnets_that_are_cut_off(
    closed: list[str], left: list[str], subnets: list[str], prod: Environment
) -> None:
    """A reader knows them by their names."""
    names = listed(f"subnet `{each}`" for each in subnets)
    names = "the VPC" if subnets == ["VPC"] else names
    told = [f"What runs in {names} no longer reaches it."] if subnets else []
    assert cut_off(prod, closed, left) == told
