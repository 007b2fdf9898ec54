from __future__ import annotations

import pytest
from aws_cdk import aws_logs as logs

from constructs_lib.retention import log_retention
from constructs_lib.specs.types import RETENTION_DAYS


def test_every_retention_has_its_name() -> None:
    """What an environment may say, the CDK knows; nothing else, and nothing for ever."""
    named = [log_retention(days) for days in RETENTION_DAYS]
    assert len(set(named)) == len(named)
    assert set(named) == set(logs.RetentionDays) - {logs.RetentionDays.INFINITE}


@pytest.mark.parametrize(
    ("days", "name"),
    [(1, "ONE_DAY"), (7, "ONE_WEEK"), (400, "THIRTEEN_MONTHS"), (731, "TWO_YEARS")],
)
def test_a_name_means_its_days(days: int, name: str) -> None:
    """The names are in the order of the days, so a few of them hold the others in place."""
    assert log_retention(days).name == name
