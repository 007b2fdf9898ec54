from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assembly.cloud_assembly import Assembly
from assembly.environment import Environment
from review.markdown import plain
from tests.unit.guardrails.environments import TODAY, changed
from tests.unit.guardrails.mutations import found
from tests.unit.review.templates import reviewed

PATH = "NodeGroups/General/"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def before(synthesized: Assembly) -> Environment:
    """Return the example of self-managed nodes."""
    return synthesized.environments(today=TODAY)["SelfManaged"]


def _larger_disk(template: Json) -> None:
    _, body = found(template, PATH + "LaunchTemplate/Resource")
    body["Properties"]["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] = 60


def _fewer(template: Json) -> None:
    found(template, PATH + "NodeGroup")[1]["Properties"]["DesiredCapacity"] = "2"


def _spot(template: Json) -> None:
    policy = found(template, PATH + "NodeGroup")[1]["Properties"]["MixedInstancesPolicy"]
    policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] = 50


def _fewer_subnets(template: Json) -> None:
    found(template, PATH + "NodeGroup")[1]["Properties"]["VPCZoneIdentifier"].pop()


def _gone(template: Json) -> None:
    resources = template["Resources"]
    gone = {name for name in resources if "NodeGroupsBatch" in name}
    for name in gone:
        del resources[name]
    for each in resources.values():
        waits = each.get("DependsOn", [])
        each["DependsOn"] = [x for x in waits if x not in gone] if waits else waits


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            _larger_disk,
            [
                "interrupts: Auto Scaling group `General`: instances are replaced batch by batch",
                "batch by batch and nothing drains them",
                "1 at a time, with at least 3 in service, and 3 minutes after each batch: at least 9 minutes for 3 nodes.",
                "because launch template `General` has a new version (volumes of 60 GiB instead of 40)",
                "Node volumes of General: $11 (3 volumes) → $16 (3 volumes)",
            ],
        ),
        (
            _fewer,
            [
                "weakens: Node group `General`: desired 3 → 2 nodes",
                "Nothing drains a node that EKS doesn't manage: its pods are killed",
                "At least 1 of its 3 zones has no node of this group then",
                "Nodes of General: $199 (3 m7g.large) → $133 (2 m7g.large)",
            ],
        ),
        (
            _spot,
            [
                "interrupts: Auto Scaling group `General`: instances are replaced batch by batch",
                "weakens: Nodes of node group `General` become Spot instances",
                "On-Demand nodes are 2 of 3 desired (before: 3) and 2 of 4 at the maximum (before: 4).",
                "On-Demand nodes of General: none → $133 (2 m7g.large)",
                "Spot nodes of General: none → $15 to $40 (1 m7g.large Spot)",
            ],
        ),
        (
            _fewer_subnets,
            [
                "interrupts: Auto Scaling group `General`: instances are replaced batch by batch",
                "weakens: Fewer subnets for node group `General`",
            ],
        ),
        (
            _gone,
            [
                "Auto Scaling group `Batch`",
                "its instances are terminated; nothing drains them",
                "On-Demand nodes of Batch: $156 (1 m6i.xlarge) → none",
            ],
        ),
    ],
)
def test_a_review_tells_what_becomes_of_self_managed_nodes(
    change: Callable[[Json], None], told: list[str], before: Environment
) -> None:
    """As of managed ones, and that nothing drains them."""
    said = plain(reviewed(before, changed(before, "Cluster", change)))
    assert [each for each in told if each not in said] == []


def test_sizes_that_an_autoscaler_has_set_stay(before: Environment) -> None:
    """CloudFormation leaves them alone, so a review doesn't warn as for managed groups."""

    def more(template: Json) -> None:
        found(template, PATH + "NodeGroup")[1]["Properties"]["MaxSize"] = "9"

    said = plain(reviewed(before, changed(before, "Cluster", more)))
    assert "maximum 4 → 9 nodes" in said
    assert "sets it back" not in said
