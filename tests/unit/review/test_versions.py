"""Kubernetes versions with the dates of their support."""

from __future__ import annotations

from datetime import date

import pytest

from assembly.environment import Environment
from review.acknowledgements import acknowledgements as acknowledged
from review.acknowledgements import is_told
from review.model import Risk, say
from review.versions import sentences
from tests.unit.review.templates import CLUSTER, acknowledging, sides, with_property

REMOVED = "`aws eks list-insights` shows what else uses APIs that it removes"
KUBELET = "Fargate pods keep the old kubelet"


@pytest.mark.parametrize(
    ("version", "details"),
    [
        (
            "1.36",
            (
                REMOVED,
                "within 7 days of the upgrade; nodes must go back first",
                KUBELET,
                "Standard support for 1.36 ends on 2027-08-02",
            ),
        ),
        (
            "1.37",
            (
                REMOVED,
                KUBELET,
                "1.37 ends on 2027-10-28 (estimated), extended support on 2028-10-28 (estimated).",
            ),
        ),
        ("1.38", (REMOVED, KUBELET, "how long AWS supports 1.38")),
        ("1.34", ("within 7 days of the upgrade;", KUBELET, "1.34 ended on 2026-12-02")),
    ],
)
def test_a_move_to_another_version(
    version: str, details: tuple[str, ...], prod: Environment
) -> None:
    """Each interrupts the API; EKS refuses two steps, and one back only works for a week."""
    after = with_property(prod, "Cluster", CLUSTER, "Version", version)

    (sentence,) = sentences(sides(prod, after, today=date(2026, 12, 3)))

    assert sentence.risk is Risk.INTERRUPTS
    for part, detail in zip(details, sentence.details, strict=True):
        assert part in detail


def test_acknowledgements_that_differ(prod: Environment) -> None:
    """New ones with their reason, gone ones, and those with another reason."""
    known = {("Prod/A", "X"): "as ever", ("Prod/B", "Y"): "old", ("Prod/C", "Z"): "gone"}
    now = {("Prod/A", "X"): "as ever", ("Prod/B", "Y"): "new", ("Prod/D", "W"): "added"}

    said = acknowledged(sides(acknowledging(prod, known), acknowledging(prod, now)))

    assert [sentence.text for sentence in said] == [
        "Guardrail finding `Y` is acknowledged for a different reason at `B`: “new”",
        "Guardrail finding `W` is acknowledged at `D`: “added”",
        "`Z` is no longer acknowledged at `C`.",
    ]
    assert not list(acknowledged(sides(acknowledging(prod, {}), prod)))


@pytest.mark.parametrize(
    ("text", "risk", "aside"),
    [
        ("The load balancer of Service `sample/web` is open.", Risk.EXPOSES, True),
        ("The load balancer of Service `sample/web` is open.", Risk.SAFE, False),
        ("The load balancer of Service `sample/web2` is open.", Risk.EXPOSES, False),
        ("Deployment `sample/web` stops.", Risk.INTERRUPTS, False),
    ],
)
def test_an_acknowledgement_of_what_is_told_is_folded(
    text: str, risk: Risk, *, aside: bool
) -> None:
    """The risk is what people decide on. Without it, the acknowledgement is."""
    said = say("acknowledged", rule="X[Service/web]", how="acknowledged", places="`A`", reason="x")
    loud = text if risk > Risk.SAFE else ""
    assert is_told(said, loud) is aside


def test_an_acknowledgement_of_a_renamed_construct_is_no_news(prod: Environment) -> None:
    """It is given for the same reason, elsewhere."""
    old, new = (acknowledging(prod, {(f"Prod/{name}", "X"): "as ever"}) for name in "AB")
    assert not list(acknowledged(sides(old, new)))
