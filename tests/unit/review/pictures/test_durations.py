from __future__ import annotations

import re

import pytest

from review.environment import Resource
from review.pictures.durations import Duration, durations


def resource(kind: str, **properties: object) -> Resource:
    """Return a resource of a type."""
    return Resource(
        stack="Stack", logical_id="It", template={"Type": kind, "Properties": properties}
    )


@pytest.mark.parametrize("entry", durations().durations, ids=lambda entry: str(entry.type))
def test_every_duration_has_a_public_source(entry: Duration) -> None:
    """A number without one would be invented; some are those of a type that has one."""
    like = re.match(r"As (\S+):", entry.source)
    known = {each.type: each.source for each in durations().durations}
    assert "https://" in (known[like[1]] if like else entry.source)
    assert entry.least <= entry.most


def test_no_duration_is_for_nothing() -> None:
    """The first one that fits counts, so a second one of the same kind would never be used."""
    kinds = [(each.type, *each.where.items()) for each in durations().durations]
    assert len(kinds) == len(set(kinds))


def test_a_type_that_is_not_listed_takes_the_default() -> None:
    """It is named as what it is: a guess."""
    known = durations()
    assert known.of(resource("AWS::EC2::Subnet")) is known.default
    assert "guess" in known.default.source


def test_only_endpoints_with_interfaces_take_minutes() -> None:
    """A gateway endpoint is an entry of a route table."""
    known = durations()
    interface = known.of(resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface"))
    assert interface.least == 2
    assert known.of(resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")) is known.default
    assert known.of(resource("AWS::EC2::VPCEndpoint")) is known.default


def test_seconds_are_whole() -> None:
    """Sums of floats would depend on their order."""
    assert Duration(least=0.1, most=0.3, source="").seconds == (6, 12, 18)
