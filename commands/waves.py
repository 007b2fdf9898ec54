"""`python -m commands.waves`: print the waves of environments, as outputs of a workflow step."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Mapping, Sequence

from commands import start
from configuration import files, loading
from configuration.model import EnvironmentConfig
from constructs_lib.specs.base import ConfigurationError, Problem
from constructs_lib.specs.regions import partition

MOST_WAVES = 5
"""The jobs in .github/workflows/deploy.yml; jobs of one matrix can't wait for each other."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print `waves` and `environments`; return 2 if an environment can't be delivered."""
    parser = argparse.ArgumentParser(prog="python -m commands.waves", description=__doc__)
    parser.parse_args(arguments)
    try:
        waves = _waves()
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    rest: list[list[dict[str, str]]] = [[]] * (MOST_WAVES - len(waves))
    print(f"waves={json.dumps([*waves, *rest])}")
    print(f"environments={json.dumps([row for wave in waves for row in wave])}")
    return 0


def _waves() -> list[list[dict[str, str]]]:
    configs = loading.load()
    waves = files.waves(importlib.import_module(loading.PACKAGE))
    # In the order of the list, as they are loaded.
    by_module = dict(zip([str(name) for wave in waves for name in wave], configs, strict=True))
    if problems := _problems(by_module, len(waves)):
        raise ConfigurationError(problems, outcome="Nothing was deployed.")
    return [[_row(by_module[str(name)]) for name in wave] for wave in waves]


def _row(config: EnvironmentConfig) -> dict[str, str]:
    """Return the input of a job, with the roles of docs/delivery.md."""
    roles = f"arn:{partition(config.region)}:iam::{config.account}:role/eks-groundwork"
    return {
        "environment": config.name,
        "stage": config.stage_id,
        "region": config.region,
        "deploy_role": f"{roles}-deploy",
        "drift_role": f"{roles}-drift",
    }


def _problems(environments: Mapping[str, EnvironmentConfig], waves: int) -> list[Problem]:
    problems = [
        Problem(
            at=f"{module}.account",
            got=None,
            allowed="an AWS account, 12 digits: the workflow assumes a role there",
            fix='write account="111122223333", with your account id',
        )
        for module, config in environments.items()
        if config.account is None
    ]
    if waves > MOST_WAVES:
        problems.append(
            Problem(
                at=f"{loading.PACKAGE}/__init__.py ENVIRONMENTS",
                got=f"{waves} waves",
                allowed=f"at most {MOST_WAVES}",
                fix="put names that can be deployed together in nested parentheses",
            )
        )
    return problems


if __name__ == "__main__":
    start(main)
