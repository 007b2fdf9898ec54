from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from assembly.resource import Resource
from review.pictures.deploy_order import DURATIONS, duration_of, seconds
from tests.unit.review.templates import of_templates, resource_of


def resource(kind: str, **properties: object) -> Resource:
    """Return a resource of a type."""
    template = {"Resources": {"It": {"Type": kind, "Properties": properties}}}
    return resource_of(of_templates("Any", Stack=template), "Stack", "It")


@pytest.mark.parametrize("entry", DURATIONS["durations"], ids=lambda entry: str(entry["type"]))
def test_every_duration_has_a_public_source(entry: Mapping[str, Any]) -> None:
    """A number without one would be invented; some are those of a type that has one."""
    like = re.match(r"As (\S+):", entry["source"])
    known = {each["type"]: each["source"] for each in DURATIONS["durations"]}
    assert "https://" in (known[like[1]] if like else entry["source"])
    assert 0 < entry["least"] <= entry["most"]
    assert entry.keys() <= {"type", "where", "least", "most", "source"}


def test_no_duration_is_for_nothing() -> None:
    """The first one that fits counts, so a second one of the same kind would never be used."""
    kinds = [(each["type"], *each.get("where", {}).items()) for each in DURATIONS["durations"]]
    assert len(kinds) == len(set(kinds))


def test_a_type_that_is_not_listed_takes_the_default() -> None:
    """It is named as what it is: a guess."""
    assert duration_of(resource("AWS::EC2::Subnet")) is DURATIONS["default"]
    assert "guess" in DURATIONS["default"]["source"]


def test_a_cluster_of_the_first_generation_takes_as_long() -> None:
    """It is a custom resource that makes the same."""
    old, new = (resource(kind) for kind in ("Custom::AWSCDK-EKS-Cluster", "AWS::EKS::Cluster"))
    assert duration_of(old) is duration_of(new) is not DURATIONS["default"]


@pytest.mark.parametrize(
    ("kind", "least"), [("Interface", 2), ("Gateway", 0.1), (None, 0.1), (["Interface"], 0.1)]
)
def test_only_endpoints_with_interfaces_take_minutes(kind: object, least: float) -> None:
    """A gateway endpoint is an entry of a route table."""
    endpoint = resource("AWS::EC2::VPCEndpoint", VpcEndpointType=kind)
    assert duration_of(endpoint)["least"] == least


def test_seconds_are_whole() -> None:
    """Sums of floats would depend on their order."""
    assert seconds({"least": 0.1, "most": 0.3}) == (6, 12, 18)
