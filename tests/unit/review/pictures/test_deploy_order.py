"""What the picture of a first deploy shows, and its words."""

from __future__ import annotations

import json

import pytest

from review.environment import Environment
from review.pictures.deploy_order import deploy_order_of
from review.pictures.deploy_order_svg import deploy_order_svg, minutes
from review.pictures.durations import DATA, Duration
from review.pictures.marks import NONE
from tests.unit.review.templates import without


def test_what_takes_minutes_has_a_bar(prod: Environment) -> None:
    """By its name where there are few, by its number where there are many; the rest is counted."""
    order = deploy_order_of(prod)
    assert [stack.name for stack in order.stacks] == ["Network", "Cluster", "SampleService"]
    assert [bar.label for bar in order.stacks[0].bars] == ["3 NAT gateways"]
    assert [bar.label for bar in order.stacks[1].bars] == [
        "cluster",
        "add-ons eks-pod-identity-agent and kube-proxy",
        "add-on vpc-cni",
        "node group General",
        "Fargate profile SampleApi",
        "add-ons aws-ebs-csi-driver, coredns and metrics-server",
        "Helm release aws-load-balancer-controller",
    ]
    network = [each for each in prod.resources if each.stack == "Network"]
    assert order.stacks[0].others == len(network) - 3


def test_the_critical_path_leaves_out_what_runs_meanwhile(prod: Environment) -> None:
    """A Fargate profile is done before the nodes are."""
    order = deploy_order_of(prod)
    meanwhile = [bar.label for stack in order.stacks for bar in stack.bars if not bar.critical]
    assert meanwhile == ["Fargate profile SampleApi"]
    assert "Fargate profile SampleApi" not in order.critical


def test_the_total_is_a_range(prod: Environment) -> None:
    """From all at its quickest to all at its slowest, each with a critical path of its own."""
    order = deploy_order_of(prod)
    assert 10 < order.total.low < order.end < order.total.high < 40


def test_what_only_moves_in_time_is_no_change(prod: Environment) -> None:
    """Without NAT gateways all bars begin earlier; only those that go, and the total, differ."""
    gateways = [each.logical_id for each in prod.of_type("AWS::EC2::NatGateway")]
    less = without(prod, "Network", *gateways)
    old, new = deploy_order_of(prod).facts, deploy_order_of(less).facts
    assert {key for key in old if old[key] != new.get(key)} == {
        "total",
        "Network AWS::EC2::NatGateway 1",
    }


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.1, 0.5, "under 1 min"),
        (0.5, 0.75, "under 1 min"),
        (0.25, 1.0, "up to 1 min"),
        (1.4, 2.1, "1 to 2 min"),
        (8.3, 15, "8 to 15 min"),
        (2, 2, "2 min"),
    ],
)
def test_minutes_in_words(low: float, high: float, words: str) -> None:
    """Whole minutes, since the estimate is no better."""
    assert minutes(Duration(low=low, high=high)) == words


def test_the_picture_calls_an_estimate_an_estimate(prod: Environment) -> None:
    """Nobody is to plan a night by it."""
    text = deploy_order_svg(deploy_order_of(prod), marks=NONE)
    assert ", estimated<" in text
    assert "AWS promises no time" in text


def test_every_duration_names_its_source() -> None:
    """An address, or a string that finds the logs."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    for each in (data["other"], *data["types"].values()):
        assert 0 < each["low"] <= each["high"]
        assert "https://" in each["source"] or "Creation complete after" in each["source"]
