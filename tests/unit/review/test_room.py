"""Whether the nodes are enough, and what more of them cost."""

from __future__ import annotations

from assembly.environment import Environment
from review.model import Risk
from tests.unit.review.templates import replaced_text, reviewed

REPLICAS = '\\"replicas\\":3'


def asking(environment: Environment, replicas: int) -> Environment:
    """Return an environment whose Deployments run so many pods."""
    return replaced_text(environment, REPLICAS, f'\\"replicas\\":{replicas}')


def test_more_than_the_nodes_have_interrupts(prod: Environment) -> None:
    """Pods that no node has the CPUs for wait, and what a tool can't know is named."""
    sentences = [*reviewed(prod, asking(prod, 130)).environments[0].sentences]

    (room,) = (each for each in sentences if each.text.startswith("Workloads ask for"))
    assert room.text.startswith(
        "Workloads ask for 13 of 12 CPUs of the desired nodes (before: 0.3 of"
    )
    assert room.risk is Risk.INTERRUPTS


def test_fewer_pods_on_as_many_nodes_need_no_words(prod: Environment) -> None:
    """They fit as they did."""
    sentences = [*reviewed(prod, asking(prod, 2)).environments[0].sentences]

    assert not [each for each in sentences if "CPUs" in each.text]
