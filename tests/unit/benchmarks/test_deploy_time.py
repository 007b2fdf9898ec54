"""The rows of the deploy times, of orders whose answers are known."""

from __future__ import annotations

from benchmarks.deploy_time import row
from review.pictures.deploy_order import DeployOrder, Stage, Step

STEPS = (
    Step(key="a", title="NAT gateway A", start=0, end=90, critical=True),
    Step(key="b", title="role B", start=90, end=120, critical=True),
    Step(key="c", title="key C", start=0, end=100, critical=False),
    Step(key="d", title="cluster D", start=120, end=810, critical=True),
)


def test_a_row_has_the_long_steps_of_the_critical_path() -> None:
    """In minutes; what is short, or waits for nobody, is in the rest."""
    order = DeployOrder(
        name="Dev",
        stages=(Stage(stack="Dev-Cluster", seconds=840, steps=STEPS),),
        least=590,
        about=840,
        most=1_201,
    )

    assert row("Ours, dev", order) == [
        *("Ours, dev", "9", "14", "21"),
        "NAT gateway A 1.5; cluster D 11.5; all else on it 1.0",
    ]
