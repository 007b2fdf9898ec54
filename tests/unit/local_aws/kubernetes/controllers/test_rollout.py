from __future__ import annotations

import pytest

from local_aws.kubernetes.controllers import rollout
from local_aws.kubernetes.controllers.rollout import Limits, Pods


@pytest.mark.parametrize(
    ("replicas", "max_surge", "max_unavailable", "surge", "unavailable"),
    [
        (10, "25%", "25%", 3, 2),
        (2, "25%", "25%", 1, 0),
        (4, 1, 0, 1, 0),
        (4, 0, 1, 0, 1),
        (4, 0, "10%", 0, 1),
        (1, "25%", "25%", 1, 0),
        (3, "100%", 9, 3, 3),
        (0, "25%", "25%", 0, 1),
    ],
)
def test_limits_in_pods(
    replicas: int, max_surge: int | str, max_unavailable: int | str, surge: int, unavailable: int
) -> None:
    found = rollout.limits(replicas=replicas, max_surge=max_surge, max_unavailable=max_unavailable)
    assert found == Limits(surge=surge, unavailable=unavailable)


def pods(wanted: int, available: int | None = None) -> Pods:
    return Pods(wanted=wanted, present=wanted, available=wanted if available is None else available)


@pytest.mark.parametrize(
    ("replicas", "new", "old", "surge", "expected"),
    [
        pytest.param(3, pods(0), [], 1, 3, id="the first revision gets all at once"),
        pytest.param(3, pods(0), [pods(3)], 1, 1, id="one pod of surge"),
        pytest.param(3, pods(1), [pods(3)], 1, 1, id="no room"),
        pytest.param(3, pods(1), [pods(2)], 1, 2, id="room after an old one went"),
        pytest.param(3, pods(3), [], 1, 3, id="complete"),
        pytest.param(2, pods(3), [pods(1)], 1, 2, id="scaled down"),
        pytest.param(4, pods(0), [pods(2), pods(2)], 0, 0, id="no surge"),
        pytest.param(4, pods(0), [pods(1), pods(2)], 0, 1, id="no surge, but room"),
    ],
)
def test_new_replicas(replicas: int, new: Pods, old: list[Pods], surge: int, expected: int) -> None:
    limits = Limits(surge=surge, unavailable=0)
    assert rollout.new_replicas(replicas=replicas, new=new, old=old, limits=limits) == expected


@pytest.mark.parametrize(
    ("replicas", "new", "old", "unavailable", "expected"),
    [
        pytest.param(3, pods(1, 0), [pods(3)], 0, [3], id="the new pod isn't there yet"),
        pytest.param(3, pods(1), [pods(3)], 0, [2], id="one for one"),
        pytest.param(3, pods(0), [pods(3)], 1, [2], id="one may be missing"),
        pytest.param(3, pods(3), [pods(1)], 0, [0], id="the last one"),
        pytest.param(3, pods(1, 0), [pods(3, 1)], 2, [1], id="broken ones go first"),
        pytest.param(4, pods(2), [pods(1), pods(2)], 0, [0, 2], id="the oldest goes first"),
        pytest.param(3, pods(0), [pods(3)], 0, [3], id="nothing may be missing"),
    ],
)
def test_old_replicas(
    replicas: int, new: Pods, old: list[Pods], unavailable: int, expected: list[int]
) -> None:
    limits = Limits(surge=1, unavailable=unavailable)
    assert rollout.old_replicas(replicas=replicas, new=new, old=old, limits=limits) == expected


@pytest.mark.parametrize("replicas", range(1, 8))
@pytest.mark.parametrize(
    ("max_surge", "max_unavailable"), [("25%", "25%"), (1, 0), (0, 1), ("50%", "50%")]
)
def test_roll_out_ends_within_its_limits(
    replicas: int, max_surge: int | str, max_unavailable: int | str
) -> None:
    """Step by step, never too many pods and never too few, until all are new."""
    limits = rollout.limits(replicas=replicas, max_surge=max_surge, max_unavailable=max_unavailable)
    new, old = pods(0), pods(replicas)
    for _ in range(4 * replicas + 4):
        wanted = rollout.new_replicas(replicas=replicas, new=new, old=[old], limits=limits)
        new = pods(wanted, new.available)
        assert new.wanted + old.wanted <= replicas + limits.surge
        (kept,) = rollout.old_replicas(replicas=replicas, new=new, old=[old], limits=limits)
        old = pods(kept)
        assert new.available + old.available >= replicas - limits.unavailable
        new = pods(new.wanted)
    assert (new.wanted, old.wanted) == (replicas, 0)
