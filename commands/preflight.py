"""Check, read-only, whether an account is ready for a deploy: `make preflight ENV=prod`.

Exits with 0 if nothing is known to block a deploy, 1 if something is, and 2 if the account can't
be queried.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from assembly.cloud_assembly import assembly_at
from commands import start
from preflight.account import Account
from preflight.checks import CannotAskError, run
from preflight.report import as_json, lines, policy, worst
from preflight.target import Target, target_of

SIGN_IN = (
    "Check the network and sign in, for example with `aws sso login` and AWS_PROFILE. "
    "`make plan` shows which quotas an environment needs, without an account."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one stage of an assembly; return the exit code."""
    parser = argparse.ArgumentParser(prog="make preflight", description=__doc__)
    parser.add_argument("stage", help="the stage of the environment, such as Prod")
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"), help="cdk.out")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--policy", action="store_true", help="print the IAM policy that this command needs"
    )
    options = parser.parse_args(arguments)
    try:
        target = _target(options.assembly, options.stage)
        if options.policy:
            print(json.dumps(policy(target), indent=2))
            return 0
        session = boto3.Session()
        account = Account(session, target.region or session.region_name)
        target, rows = run(account, target)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except (BotoCoreError, CannotAskError) as error:
        print(f"The account can't be queried: {error}. {SIGN_IN}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(as_json(target, rows), indent=2))
    else:
        print("\n".join(lines(target, rows)))
    return 1 if worst(rows) == "fails" else 0


def _target(assembly: Path, stage: str) -> Target:
    environments = assembly_at(assembly).environments()
    if stage not in environments:
        raise ValueError(f"{assembly} has no stage {stage}. Available: {', '.join(environments)}.")
    return target_of(environments[stage], name=stage)


if __name__ == "__main__":
    start(main)
