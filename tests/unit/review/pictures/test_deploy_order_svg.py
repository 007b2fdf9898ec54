from __future__ import annotations

from typing import Any

import pytest

from assembly.environment import Environment
from review.pictures.deploy_order import deploy_order_of, estimate, minutes, paint_deploy_order
from tests.unit.review.pictures.svg_checks import checked, tags, texts
from tests.unit.review.templates import of_templates


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_picture(name: str, request: pytest.FixtureRequest) -> None:
    """It is well-formed, nothing is outside of its frame, and it is the same each time."""
    environment: Environment = request.getfixturevalue(name)
    picture = paint_deploy_order(deploy_order_of(environment)).svg()

    checked(picture)
    assert picture == paint_deploy_order(deploy_order_of(environment)).svg()
    assert tags(picture) == []


def test_it_says_that_it_estimates(prod: Environment) -> None:
    """A reader must not take it for a promise; the sources are named."""
    lines = texts(paint_deploy_order(deploy_order_of(prod)).svg())

    assert "Estimate of a first deploy: about 22 minutes, between 14 and 32." in lines
    said = " ".join(lines)
    assert "AWS guarantees none of these times" in said
    assert "durations.json" in said


def test_every_step_has_its_minutes(prod: Environment) -> None:
    """The critical ones are stronger."""
    order = deploy_order_of(prod)
    picture = checked(paint_deploy_order(order).svg())

    styles = [each.attrib.get("class") for each in picture.iter()]
    critical = sum(each.critical for each in order.steps)
    assert styles.count("steady") == critical + 1, "a bar each, and one in the legend"
    assert styles.count("worst") == len(order.steps) - critical + 1
    assert styles.count("critical") == styles.count("arrow") == critical - 1
    assert texts(paint_deploy_order(order).svg()).count("37 s") == 3


@pytest.mark.parametrize(
    "templates",
    [
        pytest.param({}, id="no stack"),
        pytest.param({"Stack": {}}, id="an empty stack"),
        pytest.param({"Stack": {"Resources": {"Vpc": {"Type": "AWS::EC2::VPC"}}}}, id="seconds"),
    ],
)
def test_a_tiny_environment_has_a_picture(templates: dict[str, Any]) -> None:
    """Nothing is divided by nothing."""
    checked(paint_deploy_order(deploy_order_of(of_templates("Tiny", **templates))).svg())


def test_what_takes_seconds_is_left_out() -> None:
    """But for the one that the end waits for; the picture says so."""
    resources = {each: {"Type": "AWS::EC2::VPC"} for each in "ABC"}
    order = deploy_order_of(of_templates("X", S={"Resources": resources}))

    shown = " ".join(texts(paint_deploy_order(order).svg()))
    assert shown.count("VPC ") == 1
    assert "Not shown: what takes seconds and delays nothing." in shown


def test_the_same_in_words(prod: Environment) -> None:
    """Who doesn't see the picture reads the path, and what has time."""
    said = paint_deploy_order(deploy_order_of(prod)).description

    assert said.startswith("Estimate of a first deploy: about 22 minutes, between 14 and 32.")
    assert "cluster groundwork-prod, 11.5 min; then add-ons eks-pod-identity-agent" in said
    assert "Not on the critical path: NAT gateways PublicA, PublicB and PublicC, 1.8 min" in said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (690, "11.5 min"), (600, "10 min")],
)
def test_times_in_words(seconds: int, said: str) -> None:
    """Seconds matter only below a minute."""
    assert minutes(seconds) == said


def test_the_estimate_is_rounded_outwards(prod: Environment) -> None:
    """Between 12.6 and 29.8 is between 12 and 30."""
    order = deploy_order_of(prod)
    least, most = (int(each) for each in estimate(order).split("between ")[1].split(" and "))
    assert least * 60 <= order.least < (least + 1) * 60
    assert (most - 1) * 60 < order.most <= most * 60
