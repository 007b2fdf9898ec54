"""Environments as plain values, for the tests of the plan."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from capacity.cni import Cni
from capacity.inputs import Fargate, Group, Inputs, Subnet, Tier
from capacity.instance_types import instance_type

ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
LENGTHS: dict[Tier, int] = {"private": 19, "public": 24, "control_plane": 28}


def subnet(tier: Tier, zone: str, length: int | None) -> Subnet:
    """Return a subnet of one tier."""
    return Subnet(name=f"{tier} {zone}", zone=zone, tiers=frozenset({tier}), prefix_length=length)


def subnets(zones: tuple[str, ...] = ZONES, **lengths: int) -> tuple[Subnet, ...]:
    """Return the subnets of a network, some of the tiers with another length or added."""
    tiers: dict[Any, int] = {**LENGTHS, **lengths}
    return tuple(subnet(tier, zone, length) for tier, length in tiers.items() for zone in zones)


def group(**changes: Any) -> Group:  # noqa: ANN401  # the fields of a group
    """Return three m5.large at most, without anything special."""
    values: dict[str, Any] = {
        "name": "General",
        "kinds": (instance_type("m5.large"),),
        "zones": ZONES,
        "desired": 3,
        "maximum": 9,
        **changes,
    }
    return Group(**values)


def environment(**changes: Any) -> Inputs:  # noqa: ANN401  # the fields of the inputs
    """Return an environment of three zones with one group."""
    values: dict[str, Any] = {
        "cni": Cni(),
        "subnets": subnets(),
        "groups": (group(),),
        "nat_zones": ZONES,
        "interface_endpoints": 3,
        "load_balancers": 1,
        "handler_functions": 2,
        **changes,
    }
    return Inputs(**values)


@st.composite
def groups(draw: st.DrawFn, zones: tuple[str, ...]) -> Group:
    """Draw a node group."""
    maximum = draw(st.integers(1, 600))
    return group(
        kinds=tuple(
            draw(
                st.lists(
                    st.sampled_from(
                        [instance_type(n) for n in ("m5.large", "c6i.8xlarge", "t3.small")]
                    ),
                    min_size=1,
                    max_size=2,
                    unique=True,
                )
            )
        ),
        zones=tuple(draw(st.lists(st.sampled_from(zones), min_size=1, unique=True))),
        maximum=maximum,
        desired=draw(st.integers(0, maximum)),
        max_unavailable_percentage=draw(st.none() | st.integers(1, 100)),
        spot=draw(st.booleans()),
    )


@st.composite
def environments(draw: st.DrawFn) -> Inputs:
    """Draw any environment."""
    zones = ZONES[: draw(st.integers(2, 3))]
    custom = draw(st.booleans())
    lengths = {"private": draw(st.integers(17, 27))} | (
        {"pods": draw(st.integers(17, 24))} if custom else {}
    )
    return environment(
        cni=Cni(
            prefix_delegation=draw(st.booleans()),
            custom_networking=custom,
            warm_ip_target=draw(st.none() | st.integers(0, 20)),
        ),
        subnets=subnets(zones, **lengths),
        groups=tuple(draw(st.lists(groups(zones), max_size=3))),
        fargate=tuple(
            Fargate(name="Some", pods=pods)
            for pods in draw(st.lists(st.integers(1, 500), max_size=2))
        ),
        nat_zones=zones[:1],
        load_balancers=draw(st.integers(0, 3)),
    )
