"""The step from the templates that were accepted last to these is one that AWS takes.

`make check BASE=origin/main` compares with that branch; assembly/base.py tells what happens without it.
"""

from __future__ import annotations

import datetime as dt

import pytest

import environments
from assembly.snapshots import since_base
from environments.model import EnvironmentConfig
from guardrails.comparison import problems
from tests.support import Assembly

CONFIGS = environments.load()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_the_step_from_the_base_is_possible_and_meant(
    config: EnvironmentConfig, assembly: Assembly
) -> None:
    """EKS goes one minor at a time; nothing that CloudFormation can't do, and no loss without consent."""
    environment = assembly.environments(today=dt.date(2026, 11, 25))[config.stage_id]

    found = list(problems(since_base(environment), config.accepted_replacements))

    assert not found, "\n\n" + "\n\n".join(found)
