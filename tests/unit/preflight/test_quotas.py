"""Quotas against what an environment needs, beside what others have taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from capacity.needs import needs
from preflight.quotas import quota
from preflight.row import Row
from tests.unit.preflight.support import REGION, Answer, rows, target

BY_OUR_CLUSTER = [{"Key": "eks:cluster-name", "Value": "blue"}]
CASES = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""A need, what EC2 and others answer, and how much of it is not the environment's."""


def instance(kind: str, cores: int, *, spot: bool = True, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an instance as EC2 tells of it."""
    cpu = {"CoreCount": cores, "ThreadsPerCore": 1}
    bought = {"InstanceLifecycle": "spot"} if spot else {}
    return {"InstanceType": kind, "CpuOptions": cpu, **bought, **more}


def instances(*found: dict[str, Any]) -> Answer:
    """Return what runs."""
    return "ec2", "describe_instances", {"Reservations": [{"Instances": list(found)}]}


def quotas(code: str, value: float) -> Answer:
    """Return what Service Quotas tells."""
    told = {"QuotaCode": code, "Value": value}
    return "service-quotas", "list_service_quotas", {"Quotas": [told]}


def row(need: str, folder: Path, *answers: Answer) -> Row:
    """Return the row of a need of dev: 4 Spot vCPUs steady, 14 in an update, 18 at most."""
    about = target(folder)
    assert about.inputs
    wanted = next(each for each in needs(about.inputs) if each.quota.need == need)
    (found,) = rows(partial(quota, need=wanted), about, *answers)
    return found


SPOT, ADDRESS, NAT = "L-34B43A08", "L-0263D0A3", "L-FE5A380F"


@pytest.mark.parametrize(
    ("value", "running", "result", "found"),
    [
        (32, [], "passes", "32; needs 4, 14 in an update, 18 at most; others use 0"),
        (17, [], "warns", "17; needs 4"),
        (3, [], "fails", "3; needs 4"),
        (32, [instance("m7g.4xlarge", 16)], "warns", "others use 16"),
        (32, [instance("m7g.8xlarge", 32)], "fails", "others use 32"),
        (32, [instance("m7g.8xlarge", 32, spot=False)], "passes", "others use 0"),
        (32, [instance("m7g.8xlarge", 32, Tags=BY_OUR_CLUSTER)], "passes", "others use 0"),
    ],
)
def test_vcpus(
    value: float, running: list[dict[str, Any]], result: str, found: str, tmp_path: Path
) -> None:
    """Instances of others count by their type; those of the environment are in its need."""
    told = row("spot standard", tmp_path, quotas(SPOT, value), instances(*running))

    assert told.result == result
    assert found in told.found


def test_the_request_for_a_raise(tmp_path: Path) -> None:
    """It asks for what the environment takes at most, and what others have."""
    told = row("spot standard", tmp_path, quotas(SPOT, 5), instances(instance("m7g.large", 2)))

    assert told.run == (
        "aws service-quotas request-service-quota-increase --service-code ec2 "
        f"--quota-code {SPOT} --desired-value 20 --region {REGION}"
    )


def test_a_quota_that_nobody_ever_raised(tmp_path: Path) -> None:
    """Service Quotas lists applied values only; the default is ours to know."""
    told = row("spot standard", tmp_path, quotas("L-OTHER", 5), instances())

    assert told.result == "warns"
    assert told.found.startswith("5 by default; needs 4")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["need"])
def test_what_others_take(case: Mapping[str, Any], tmp_path: Path) -> None:
    """What has a tag of the environment's stacks or cluster is not of others."""
    told = row(case["need"], tmp_path, quotas("L-OTHER", 1), *case["answers"])

    assert f"others use {case['others']}" in told.found


def test_nothing_tells_what_runs_on_fargate(tmp_path: Path) -> None:
    """The row says so."""
    told = row("fargate", tmp_path, quotas("L-3032A538", 6))

    assert told.result == "passes"
    assert told.found.endswith("current usage is unknown")


@pytest.mark.parametrize(("left", "result"), [(1000, "passes"), (9, "warns")])
def test_lambda_tells_its_own_limit(left: int, result: str, tmp_path: Path) -> None:
    """A new account has less than Service Quotas tells; functions that wait are tried again."""
    limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": left}
    told = row("functions", tmp_path, ("lambda", "get_account_settings", {"AccountLimit": limit}))

    assert told.result == result
