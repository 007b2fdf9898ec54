"""What a ResourceQuota counts of pods."""

from __future__ import annotations

from typing import Any

import pytest

from kube.quotas import exceeded, taken

POD: dict[str, Any] = {
    "containers": [
        {"resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": 1, "memory": "1Gi"}}},
        {"resources": {"requests": {"cpu": "500m"}}},
    ]
}


def quota(**more: object) -> dict[str, Any]:
    """Return a quota."""
    return {"metadata": {"name": "quota", "namespace": "shop"}, "spec": more}


@pytest.mark.parametrize(
    ("hard", "said"),
    [
        ({"pods": 4}, []),
        ({"pods": "3"}, ["allows 3 of pods, and they ask for 4"]),
        ({"count/pods": "3"}, ["allows 3 of count/pods, and they ask for 4"]),
        ({"cpu": "3900m"}, ["allows 3900m of cpu, and they ask for 4"]),
        ({"requests.cpu": "4", "limits.cpu": "3"}, ["allows 3 of limits.cpu, and they ask for 4"]),
        ({"limits.memory": "4Gi"}, []),
        ({"limits.memory": "1Gi"}, ["allows 1Gi of limits.memory, and they ask for 4Gi"]),
        ({"limits.memory": "4Gi", "services": "0", "requests.storage": "0"}, []),
        ({"pods": "odd"}, []),
    ],
)
def test_limits_are_told_that_pods_exceed(hard: dict[str, object], said: list[str]) -> None:
    """By the name that the quota has; a request is stated by a limit where it isn't itself."""
    assert [*exceeded(quota(hard=hard), [(POD, 4)])] == [
        f"ResourceQuota shop/quota {each}" for each in said
    ]


ONE, TWO = ({"resources": {"limits": {"cpu": each}}} for each in (1, 2))


@pytest.mark.parametrize(
    ("spec", "most"),
    [
        ({"containers": [ONE, ONE]}, 2),
        ({"containers": [ONE], "initContainers": [TWO]}, 2),
        ({"containers": [ONE], "initContainers": [{**TWO, "restartPolicy": "Always"}]}, 3),
        ({"containers": [ONE], "resources": {"limits": {"cpu": 4}}}, 4),
        ({"containers": [ONE], "overhead": {"cpu": 1, "memory": 1}}, 2),
        ({"containers": [], "overhead": {"cpu": 1}}, None),
    ],
)
def test_limits_are_those_of_all_containers(spec: dict[str, Any], most: int | None) -> None:
    """Those of init containers are for a while, and overhead counts beside a limit."""
    found = taken(spec, 1)
    assert found.get("limits.cpu") == most
    assert "limits.memory" not in found


@pytest.mark.parametrize("scope", [{"scopes": ["BestEffort"]}, {"scopeSelector": {"a": "b"}}])
def test_a_quota_of_some_pods_says_nothing(scope: dict[str, object]) -> None:
    """Which they are isn't looked at."""
    assert [*exceeded(quota(hard={"pods": 1}, **scope), [(POD, 4)])] == []
