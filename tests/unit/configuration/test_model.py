from __future__ import annotations

import pytest

from configuration.model import EnvironmentConfig
from examples import auto_mode, every_kind, fargate_only, karpenter
from tests.unit.configuration.mistakes import DEV, with_changes


@pytest.mark.parametrize(
    ("name", "stage"), [("dev", "Dev"), ("prod-eu", "ProdEu"), ("a-b2-c", "AB2C")]
)
def test_a_stage_is_named_after_its_environment(name: str, stage: str) -> None:
    """The name in PascalCase is the first part of every stack's path."""
    assert with_changes(DEV, {"name": name}).stage_id == stage


@pytest.mark.parametrize(
    ("config", "own"),
    [
        (auto_mode.ENVIRONMENT, True),
        (with_changes(auto_mode.ENVIRONMENT, {"node_groups": DEV.node_groups}), False),
        (fargate_only.ENVIRONMENT, False),
        (every_kind.ENVIRONMENT, False),
    ],
    ids=["Auto Mode", "node groups beside it", "Fargate", "every other kind"],
)
def test_only_nodes_of_auto_mode_bring_their_network(
    config: EnvironmentConfig, *, own: bool
) -> None:
    """Pods on Fargate have one, too, but nothing of the platform's own runs there alone."""
    assert config.own_network is own


def test_the_charts_of_karpenter_come_from_a_registry() -> None:
    """Without the load balancer controller as well."""
    alone = with_changes(karpenter.ENVIRONMENT, {"add_ons.load_balancer_controller": None})
    assert alone.pulls_oci_charts
    assert not with_changes(alone, {"karpenter": None}).pulls_oci_charts
