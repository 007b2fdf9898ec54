"""The computed costs are those of the table in docs/cost.md."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from assembly.environment import Environment
from review.cost import lines, sentences, total
from review.model import Risk
from review.prices import prices
from tests.support import ROOT
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import NODE_GROUP, TODAY, sides, with_property, with_resource

PAGE = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
ROWS = {
    "Control plane, standard support": ("control plane",),
    "NAT gateways, each with a public address": ("NAT gateways, each with a public address",),
    "Interface endpoints": ("interface endpoints, in each zone",),
    "Nodes": ("nodes of General",),
    "Node volumes, gp3": ("node volumes of General",),
    "Network Load Balancer": ("Network Load Balancer", "public addresses of load balancers"),
    "Fargate pods, .25 vCPU and .5 GB": ("Fargate pods of api",),
    "KMS key": ("KMS key",),
}
"""The lines that make up each row of docs/cost.md's table."""


def table() -> dict[str, tuple[int, int]]:
    """Return docs/cost.md's costs of dev and prod, row by row."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]* \| ([^|]*) \| ([^|]*) \|$", PAGE, re.MULTILINE)
    return {name: (_number(dev), _number(prod)) for name, dev, prod in rows if name in ROWS}


def _number(cell: str) -> int:
    found = re.match(r"\d+", cell)
    return int(found[0]) if found else 0


@pytest.mark.parametrize("row", ROWS)
def test_the_readme_has_the_computed_costs(row: str, dev: Environment, prod: Environment) -> None:
    """A price that changes in one place changes in the other, or this is red."""
    computed = tuple(
        round(
            sum(line.month or 0 for line in lines(each, prices(), TODAY) if line.what in ROWS[row])
        )
        for each in (dev, prod)
    )
    assert table()[row] == computed


def test_the_readme_has_every_computed_line(dev: Environment, prod: Environment) -> None:
    """A kind of cost that the table lacks would be a wrong sum."""
    named = {what for whats in ROWS.values() for what in whats}
    assert {line.what for each in (dev, prod) for line in lines(each, prices(), TODAY)} == named


def test_the_readme_has_the_sums_the_date_and_what_is_left_out(
    dev: Environment, prod: Environment
) -> None:
    """Rounded to tens, for they are estimates."""
    sums = [round(total(lines(each, prices(), TODAY)), -1) for each in (dev, prod)]
    text = " ".join(PAGE.split())
    day = f"{prices().date:%-d %B %Y}"

    assert f"| **about {sums[0]:.0f}** | **about {sums[1]:.0f}** |" in text
    assert f"for {prices().region}, as of {day}" in text
    assert f"Left out: {prices().left_out}." in text
    assert f"costs ${prices().control_plane_hour['extended']:.2f} instead of" in text


def test_extended_support_costs_more(prod: Environment) -> None:
    """From the day after the standard support has ended."""
    last, after = date(2027, 3, 27), date(2027, 3, 28)
    assert lines(prod, prices(), last)[0].of == "in standard support"
    assert total(lines(prod, prices(), after)) - total(
        lines(prod, prices(), last)
    ) == pytest.approx(365)


def test_an_unknown_price_is_said(prod: Environment) -> None:
    """A sum without it would look complete."""
    after = with_property(prod, "Cluster", NODE_GROUP, "InstanceTypes", ["c9x.large"])

    (sentence,) = sentences(sides(prod, after))

    assert sentence.risk is Risk.COSTS
    assert sentence.text == (
        "The cost of nodes of General **changes by an amount that is not known here**. All else "
        "stays at about $332 per month."
    )
    assert sentence.details == (
        "Nodes of General: $394 (3 m7g.xlarge) → no price known (3 c9x.large).",
    )


def test_the_same_cost_is_no_sentence(prod: Environment) -> None:
    """Nothing to say is nothing said."""
    assert not list(sentences(sides(prod, prod)))


def test_a_difference_without_a_price_is_not_computed(prod: Environment) -> None:
    """What has no price would count as nothing, and a loss would look like a gain."""
    unknown = with_property(prod, "Cluster", NODE_GROUP, "InstanceTypes", ["c9x.large"])

    (sentence,) = sentences(sides(unknown, prod))

    assert "not known here**. All else stays at about $332" in sentence.text


def test_what_has_no_price_leaves_both_sides(prod: Environment) -> None:
    """The rest has a difference that is true, and the sentence says what it lacks."""
    unknown, dearer = (
        with_property(prod, "Cluster", NODE_GROUP, "InstanceTypes", [kind])
        for kind in ("c9x.large", "c8x.large")
    )
    after = with_resource(dearer, "Network", "Second", "AWS::EC2::NatGateway", {})

    (sentence,) = sentences(sides(unknown, after))

    assert sentence.text == (
        "The estimated cost per month rises: about **$370** instead of $332 (+$38), without nodes "
        "of General, whose price isn't known here."
    )


def what(resources: dict[str, Any]) -> dict[str, tuple[int | None, float | None]]:
    """Return the number and the cost of each line."""
    found = lines(of_resources(resources), prices(), TODAY)
    return {line.what: (line.count, line.month and round(line.month)) for line in found}


def test_what_others_build_has_its_cost() -> None:
    """Auto Mode, node groups of the plain L2, load balancers of an Ingress, and two clusters."""
    cluster = resource("AWS::EKS::Cluster", ComputeConfig={"Enabled": True})
    second = resource("AWS::EKS::Cluster", Name="second", Version="1.33")
    nodes = resource("AWS::EKS::Nodegroup", ClusterName={"Ref": "Cluster"})
    ingress = kubernetes("Ingress", "web", spec={"ingressClassName": "alb"})
    objects = manifest(ingress, cluster={"Ref": "Cluster"})

    assert what({"Cluster": cluster, "Nodes": nodes, "Objects": objects}) == {
        "control plane": (1, 73),
        "nodes of Auto Mode": (None, None),
        "nodes of Nodes": (None, None),
        "node volumes of Nodes": (None, None),
        "Application Load Balancer": (1, None),
    }
    assert what({"First": resource("AWS::EKS::Cluster"), "Second": second}) == {
        "control plane of cluster `First`": (1, 73),
        "control plane of cluster `second`": (1, 438),
    }


@pytest.mark.parametrize(
    ("resources", "cost"),
    [
        ({"limits": {"cpu": "4", "memory": "8Gi"}}, (1, 147)),
        ({"requests": {"cpu": "4", "memory": "8Gi"}}, (1, 147)),
        ({}, (1, 9)),
        ({"requests": {"cpu": "200"}}, (1, None)),
    ],
)
def test_pods_on_fargate(resources: object, cost: tuple[int, float | None]) -> None:
    """A limit without a request is a request, and what fits nowhere has no price."""
    spec = {"containers": [{"resources": resources}]}
    pods = [kubernetes("Deployment", "web", spec={"template": {"spec": spec}})]
    pods.append({**pods[0], "metadata": {"name": "web", "namespace": "team-b"}})
    profile = resource(
        "AWS::EKS::FargateProfile", ClusterName="c", Selectors=[{"Namespace": "team*"}]
    )
    assert what({"Profile": profile, "Objects": manifest(*pods, cluster="c")}) == {
        "Fargate pods of team/web": cost,
        "Fargate pods of team-b/web": cost,
    }


@pytest.mark.parametrize(
    ("name", "capacity", "price"),
    [
        ("m7g.xlarge", "ON_DEMAND", 0.18),
        ("m7g.2xlarge", "ON_DEMAND", 0.36),
        ("m7g.16xlarge", "ON_DEMAND", 2.88),
        ("m7g.medium", "ON_DEMAND", 0.045),
        ("m7g.metal", "ON_DEMAND", None),
        ("m7g.xlarge", "SPOT", None),
        ("r7g.xlarge", "ON_DEMAND", None),
        ("m7g.xlarge", "CAPACITY_BLOCK", None),
    ],
)
def test_prices_of_a_family_go_by_its_size(name: str, capacity: str, price: float | None) -> None:
    """AWS charges them so; another family's price is not guessed."""
    assert prices().instance(name, capacity) == pytest.approx(price)
