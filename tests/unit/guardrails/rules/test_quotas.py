from __future__ import annotations

import pytest

from guardrails.rules.quotas import let_in
from tests.unit.guardrails.rules.objects import environment, item, workload


@pytest.mark.parametrize(
    ("hard", "expected"),
    [
        ({"requests.cpu": "2500m"}, {"web": 2}),
        ({"cpu": "2500m"}, {"web": 2}),
        # The scarcer of two decides.
        ({"requests.cpu": "2500m", "pods": "1"}, {"web": 1}),
        ({"pods": "1", "requests.cpu": "2500m"}, {"web": 1}),
        ({"requests.cpu": "3"}, {}),
        ({"requests.memory": "1Gi"}, {}),
        ({"services": "0"}, {}),
    ],
)
def test_how_many_pods_a_quota_lets_in(hard: dict[str, str], expected: dict[str, int]) -> None:
    """What it has no room for never asks a node for anything."""
    quota = item("ResourceQuota", "quota", spec={"hard": hard})
    web = workload(container={"resources": {"requests": {"cpu": "1"}}}, replicas=3)
    found = let_in(environment(web, quota))
    assert {owner.name: count for owner, count in found.items()} == expected
