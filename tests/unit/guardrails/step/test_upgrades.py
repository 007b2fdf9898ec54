from __future__ import annotations

from dataclasses import replace

import pytest

from assembly.environment import Environment
from guardrails.catalogue import STEP
from tests.unit.guardrails.environments import of_resources


def cluster(version: object) -> Environment:
    """Return an environment with a cluster."""
    return of_resources(Cluster={"Type": "AWS::EKS::Cluster", "Properties": {"Version": version}})


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        ("1.35", "1.35", []),
        ("1.35", "1.36", []),
        ("1.34", "1.36", ["VERSION7"]),
        ("1.36", "1.35", ["VERSION9"]),
        ("1.36", "1.34", ["VERSION8"]),
        ("1.36", {"Ref": "Version"}, []),
        (None, "1.36", []),
    ],
)
def test_a_control_plane_moves_by_one_minor(
    before: object, after: object, rules: list[str]
) -> None:
    """Up at any time, down within seven days."""
    step = replace(cluster(after), base=cluster(before))
    assert [rule.id for rule in STEP for _ in rule.check(step)] == rules


def test_a_new_cluster_takes_any_version() -> None:
    """There is nothing to upgrade from, and no base at all in a plain synth."""
    for base in (None, of_resources()):
        step = replace(cluster("1.36"), base=base)
        assert [finding for rule in STEP for finding in rule.check(step)] == []
