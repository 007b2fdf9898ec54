"""Sizes of node groups, whatever of them a template says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assembly.environment import Environment
from review.capacity import sentences
from review.model import Risk
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import sides, with_resource

SIZES = {"MinSize": 1, "DesiredSize": 2, "MaxSize": 3}


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (None, SIZES, "safe: Node group `Nodes` is added with 2 nodes (1 to 3) of t3.medium."),
        (
            None,
            {"DesiredSize": 2, "MaxSize": 2},
            "safe: Node group `Nodes` is added with 2 nodes of t3.medium.",
        ),
        (
            None,
            {**SIZES, "MinSize": 0, "DesiredSize": 1},
            "safe: Node group `Nodes` is added with 1 node (0 to 3) of t3.medium.",
        ),
        (None, "x", "safe: Node group `Nodes` is added."),
        (
            SIZES,
            {**SIZES, "MaxSize": 2},
            "weakens: Node group `Nodes`: maximum 3 → 2 nodes.",
        ),
        (
            {**SIZES, "MinSize": 2},
            SIZES,
            "weakens: Node group `Nodes`: minimum 2 → 1 node.",
        ),
        (
            SIZES,
            {**SIZES, "MaxSize": {"Ref": "Most"}},
            "interrupts: Node group `Nodes`: maximum 3 → {Most} nodes.",
        ),
        (SIZES, SIZES, None),
        (None, None, "safe: Node group `Nodes` is added."),
    ],
)
def test_the_sizes_of_a_group(before: object, after: object, text: str | None) -> None:
    """Fewer nodes are a loss, the most that may be as well as those that are."""
    one, other = (
        of_resources({"Nodes": resource("AWS::EKS::Nodegroup", ScalingConfig=each)})
        for each in (before, after)
    )
    if before is None:
        one = of_resources({})
    found = [f"{each.risk.words}: {each.text}" for each in sentences(sides(one, other))]
    assert found == ([text] if text else [])


@pytest.mark.parametrize(
    ("kind", "details"),
    [("ON_DEMAND", ["If `Nodes` has", "`Nodes` loses "]), ("SPOT", [])],
)
def test_a_group_that_is_replaced_is_not_set_back(kind: str, details: list[str]) -> None:
    """The old one goes with all its nodes, which is told there."""
    one, other = (
        of_resources({"Nodes": resource("AWS::EKS::Nodegroup", ScalingConfig=x, CapacityType=y)})
        for x, y in ((SIZES | {"DesiredSize": 2}, "ON_DEMAND"), (SIZES | {"DesiredSize": 1}, kind))
    )
    more = of_resources(
        {
            "Nodes": resource(
                "AWS::EKS::Nodegroup", ScalingConfig=SIZES | {"MaxSize": 4}, CapacityType=kind
            )
        }
    )
    found = [
        x[:14]
        for after in (more, other)
        for each in sentences(sides(one, after))
        for x in each.details
    ]
    assert [x for x in found if "Nodes" in x] == details


def test_a_plan_that_counts_otherwise_weakens_nothing(prod: Environment) -> None:
    """Where the templates are the same there is nothing to deploy."""
    assert prod.inputs is not None
    groups = tuple(replace(x, desired=1, maximum=1) for x in prod.inputs.groups)
    fewer = replace(prod)
    vars(fewer)["inputs"] = replace(prod.inputs, groups=groups)
    (said,) = sentences(sides(prod, fewer))
    assert "instead of" in said.text
    assert said.risk is Risk.SAFE
    other = with_resource(prod, "Network", "Any", "AWS::Any::Thing", {})
    vars(other)["inputs"] = fewer.inputs
    (deployed,) = sentences(sides(prod, other))
    assert deployed.risk is Risk.WEAKENS


def test_a_limit_that_stays_is_no_news(prod: Environment) -> None:
    """However near it is: nothing else differs."""
    assert prod.inputs is not None
    sizes = []
    for desired in (3, 2):
        groups = tuple(replace(x, desired=desired, maximum=60) for x in prod.inputs.groups)
        sizes.append(replace(prod))
        vars(sizes[-1])["inputs"] = replace(prod.inputs, groups=groups)
    assert not [x for x in sentences(sides(*sizes)) if "have room for" in x.text]


def test_fewer_nodes_that_take_more_pods_are_no_loss(prod: Environment) -> None:
    """They take more addresses each."""
    assert prod.inputs is not None
    before, after = replace(prod), with_resource(prod, "Network", "Any", "AWS::Any::Thing", {})
    groups = tuple(replace(x, pinned_pods=30) for x in prod.inputs.groups)
    vars(before)["inputs"] = replace(prod.inputs, groups=groups)
    (said,) = sentences(sides(before, after))
    assert "room for 81 nodes instead of" in said.text
    assert said.risk is Risk.SAFE
