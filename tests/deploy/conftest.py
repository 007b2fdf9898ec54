"""Emulated accounts that end with the tests that use them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws import reins
from tests.support import ROOT, made_once

# Helpers assert, too, and are to say what they saw.
pytest.register_assert_rewrite("tests.deploy.emulated", "tests.deploy.life_cycle")

from tests.deploy.emulated import Emulated  # noqa: E402  # after what makes its assertions speak


@pytest.fixture(scope="module")
def emulate(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Callable[[str], Emulated]]:
    """Return a function that gives an environment a folder of its own, for one file of tests."""
    made: list[Emulated] = []

    def make(environment: str) -> Emulated:
        place = tmp_path_factory.getbasetemp() / f"variants-{environment}"
        assembly = made_once(place, worker_id, lambda folder: _synthesize(environment, folder))
        made.append(Emulated(environment, tmp_path_factory.mktemp("local-aws"), assembly))
        return made[-1]

    yield make
    for account in made:
        reins.stop(account.folder)


def _synthesize(environment: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Synthesize every variant once for all commands and all processes: it is half of a command."""
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "tests.deploy.variants", environment, str(folder)],
        cwd=ROOT,
        env={**os.environ, "AWS_EC2_METADATA_DISABLED": "true", "CDK_VALIDATION": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
