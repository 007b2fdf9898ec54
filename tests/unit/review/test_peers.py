"""What others build, reviewed as new and as it is, with what a reviewer must be told of each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from assembly.environment import Environment
from review.model import Risk
from review.pictures.gallery import pictures
from tests.unit.guardrails.peers import by_hand
from tests.unit.review.templates import reviewed, texts

EVERYBODY = "exposes: The API server is now reachable from **the internet (`0.0.0.0/0`)**"
EXPECTED: Mapping[str, tuple[str, ...]] = {
    "QuickStart": (EVERYBODY, "New in the cluster: Pod `mypod`"),
    "PrivateCluster": ("Role `Operators` may now do everything in the whole cluster.",),
    "FargateOnly": (EVERYBODY, "Fargate profile"),
    "AutoMode": (EVERYBODY,),
    "Nested": (
        EVERYBODY,
        "Node group `Eks/Cluster/NodegroupDefaultCapacity` is added with 2 nodes",
    ),
    "Blueprint": (EVERYBODY, "Namespace `team-burnham`"),
    "ByHand": ("If `{Stage}` is `prod`.",),
}
"""Parts of sentences; a picture shows the same environments."""


@pytest.fixture(scope="module")
def built(others: Mapping[str, Environment]) -> Mapping[str, Environment]:
    return {**others, "ByHand": by_hand()}


@pytest.mark.parametrize("peer", EXPECTED)
def test_a_new_environment_of_others_is_reviewed(
    peer: str, built: Mapping[str, Environment]
) -> None:
    """Whole, and with what matters about it."""
    review = reviewed(None, built[peer])
    said = "\n".join(
        (*texts(review), *(d for e in review.environments for s in e.sentences for d in s.details))
    )
    assert review.risk is not Risk.UNKNOWN
    assert [part for part in EXPECTED[peer] if part not in said] == []


@pytest.mark.parametrize("peer", EXPECTED)
def test_an_environment_of_others_is_drawn(peer: str, built: Mapping[str, Environment]) -> None:
    """Every picture, and none that says that it can't be."""
    for picture in pictures(None, built[peer]):
        assert "can't be drawn" not in (picture.after or "")
        assert built[peer].name in (picture.after or "")


def test_every_peer_is_expected(built: Mapping[str, Environment]) -> None:
    assert set(built) == set(EXPECTED)
