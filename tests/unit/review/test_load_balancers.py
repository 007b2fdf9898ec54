"""Load balancers that objects ask for, and who reaches them."""

from __future__ import annotations

from typing import Any

import pytest

from review.load_balancers import sentences
from review.model import Risk
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import reviewed, sides, texts


def annotated(item: dict[str, Any], **annotations: str) -> dict[str, Any]:
    """Return an object with annotations of the controller, their dashes as underscores."""
    prefix = (
        "service.beta.kubernetes.io" if item["kind"] == "Service" else "alb.ingress.kubernetes.io"
    )
    named = {f"{prefix}/{name.replace('_', '-')}": value for name, value in annotations.items()}
    return {**item, "metadata": {**item["metadata"], "annotations": named}}


def said(before: object, after: object) -> list[str]:
    """Return what is said where one object takes the place of another."""
    one, other = (
        of_resources({"Objects": manifest(*([item] if item else []))}) for item in (before, after)
    )
    return [f"{each.risk.words}: {each.text}" for each in sentences(sides(one, other))]


SERVICE = kubernetes("Service", "web", spec={"type": "LoadBalancer", "ports": [{"port": 80}]})
INGRESS = kubernetes("Ingress", "web", spec={"ingressClassName": "alb"})
OFFICE = "203.0.113.0/24"


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (
            SERVICE,
            (
                "exposes: The load balancer of Service `team/web` is new. It is reachable from "
                "the internet (`0.0.0.0/0`) on port 80."
            ),
        ),
        (
            annotated(SERVICE, aws_load_balancer_scheme="internal"),
            (
                "safe: The load balancer of Service `team/web` is new. It is reachable from "
                "every network that reaches the VPC (`0.0.0.0/0`) on port 80."
            ),
        ),
        (
            annotated(SERVICE, load_balancer_source_ranges=f"{OFFICE}, 198.51.100.7/32"),
            (
                "exposes: The load balancer of Service `team/web` is new. It is reachable from "
                f"`198.51.100.7/32` and `{OFFICE}` on port 80."
            ),
        ),
        (
            annotated(INGRESS, scheme="internet-facing", inbound_cidrs=OFFICE),
            (
                f"exposes: The load balancer of Ingress `team/web` is new. It is reachable from `{OFFICE}`."
            ),
        ),
        (
            INGRESS,
            (
                "safe: The load balancer of Ingress `team/web` is new. It is reachable from "
                "every network that reaches the VPC (`0.0.0.0/0`)."
            ),
        ),
    ],
)
def test_a_new_one(item: dict[str, Any], text: str) -> None:
    """By the scheme that its controller chooses without a word of the object's."""
    assert said(None, item) == [text]


def test_of_a_wider_range_only_what_is_new_is_told() -> None:
    """Who reached it before is nobody new."""
    one, other = (
        annotated(SERVICE, load_balancer_source_ranges=x) for x in (OFFICE, "203.0.112.0/23")
    )
    assert said(one, other) == [
        "exposes: The load balancer of Service `team/web` is now reachable from **`203.0.112.0/24`**."
    ]


@pytest.mark.parametrize(
    ("had", "has", "risk", "says"),
    [
        ("10.20.0.0/17", "10.20.0.0/16", Risk.SAFE, "`10.20.128.0/17`"),
        ("10.21.0.0/16", "10.20.0.0/15", Risk.SAFE, "`10.20.0.0/16`"),
        ("10.20.0.0/16", "10.20.0.0/15", Risk.EXPOSES, "`10.21.0.0/16`"),
    ],
)
def test_of_a_wider_range_only_what_is_new_counts(
    had: str, has: str, risk: Risk, says: str
) -> None:
    """The VPC's own addresses are nobody new, whatever range names them."""
    vpc = resource("AWS::EC2::VPC", CidrBlock="10.20.0.0/16")
    one, other = (
        of_resources(
            {"V": vpc, "O": manifest(annotated(SERVICE, load_balancer_source_ranges=ranges))}
        )
        for ranges in (had, has)
    )
    (found,) = (x for x in sentences(sides(one, other)) if "is now reachable" in x.text)
    assert (found.risk, says in found.text) == (risk, True), found.text


def test_an_ingress_goes_with_its_load_balancer_unless_others_share_it() -> None:
    """One outage is one sentence, and what others use stays."""
    other = kubernetes("Ingress", "other", spec=INGRESS["spec"])
    some = [annotated(x, **{"group.name": "team"}) for x in (INGRESS, other)]
    for before, after, start in (
        ([INGRESS], [], "The load balancer of Ingress `team/web` is **removed**"),
        (some, some[1:], "Ingress `team/web` is **deleted**: its routes no longer work"),
    ):
        rest = {"S": resource("AWS::SSM::Parameter")}
        one, two = (
            of_resources({**rest, **({"O": manifest(*x)} if x else {})}) for x in (before, after)
        )
        found = [x for x in texts(reviewed(one, two)) if x.startswith("takes down")]
        assert [x.startswith(f"takes down: {start}") for x in found] == [True], found


@pytest.mark.parametrize("item", [kubernetes("Service", "web"), kubernetes("Ingress", "web")])
def test_none(item: dict[str, Any]) -> None:
    """A Service inside the cluster, and an Ingress of another controller."""
    assert said(None, item) == []


def test_whoever_loses_a_load_balancer_is_named() -> None:
    """Another scheme means another load balancer, and the first one goes before it comes."""
    internal = annotated(
        SERVICE, aws_load_balancer_scheme="internal", load_balancer_source_ranges="10.0.0.0/8"
    )
    public = annotated(SERVICE, load_balancer_source_ranges=OFFICE)
    one, other = (of_resources({"Objects": manifest(each)}) for each in (internal, public))

    down, first, lost = sentences(sides(one, other))

    assert "**is down** until the new one answers: the old one is deleted before" in down.text
    assert down.risk is Risk.TAKES_DOWN
    assert "becomes **internet-facing**: it is reachable from" in first.text
    assert "is no longer reachable from `10.0.0.0/8`." in lost.text
    assert lost.risk is Risk.INTERRUPTS


def test_a_successor_that_isn_t_there_yet() -> None:
    """The old one goes whether or not the new one answers already."""
    one, other = (
        of_resources({"Objects": manifest(kubernetes("Service", name, spec=SERVICE["spec"]))})
        for name in ("web", "shop")
    )
    (gone,) = (each for each in sentences(sides(one, other)) if "removed" in each.text)
    (detail,) = gone.details
    assert detail.startswith("The load balancer of Service `team/shop` is new and takes minutes")
