"""Deploy an environment to an emulated AWS on this machine: no account, no Docker, no internet."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from configuration.loading import load
from configuration.model import EnvironmentConfig
from constructs_lib.specs.base import ConfigurationError
from local_aws import reins
from local_aws.commands import KUBERNETES, Local
from local_aws.reins import ROOT, ServiceError
from local_aws.state import DEFAULT_ROOT, StateFolder

COMMANDS = {
    "deploy": "deploy or update every stack; starts the emulated account if none is running",
    "diff": "compare the code with what is deployed (cdk diff)",
    "drift": "show what was changed outside CloudFormation (cdk drift)",
    "destroy": "delete every stack",
    "status": "show what the account holds",
    "stop": "stop the account and discard its state; all accounts if no environment is given",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT / DEFAULT_ROOT, help=argparse.SUPPRESS)
    parser.add_argument("--environments", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("environment", nargs="?" if name == "stop" else None)
        command.add_argument("--kubernetes", choices=("auto", *KUBERNETES), default="auto")
        command.add_argument("--app", help="an app other than that of cdk.json, or its output")
        command.add_argument(
            "--allow-unknown-add-on-versions",
            action="store_true",
            help="accept versions that constructs_lib/specs/kubernetes_versions.json does not list",
        )
    # What follows goes to the CDK CLI.
    options, rest = parser.parse_known_args(arguments)
    if options.allow_unknown_add_on_versions:
        os.environ["LOCAL_AWS_ALLOW_UNKNOWN_ADD_ON_VERSIONS"] = "1"
    try:
        if options.command == "stop":
            return _stop(options.root, options.environment)
        local = Local(
            config=_config(options.environment, options.environments),
            folder=StateFolder(options.root.resolve() / options.environment),
            kubernetes=options.kubernetes,
            app=options.app,
        )
        code: int = getattr(local, options.command)(rest)
    except (ServiceError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. During a deploy or destroy, this also stops the emulated account.")
        return 130
    return code


def _config(name: str, package: str | None) -> EnvironmentConfig:
    configs = {config.name: config for config in load(package=package)}
    if name not in configs:
        raise ServiceError(f"No environment is named {name!r}. Available: {', '.join(configs)}.")
    return configs[name]


def _stop(root: Path, name: str | None) -> int:
    folders = [root / name] if name else sorted(path for path in root.glob("*") if path.is_dir())
    for folder in folders:
        found = reins.stop(StateFolder(folder))
        print(f"{folder.name}: {'stopped, state discarded' if found else 'not running'}")
    if not folders:
        print("Nothing is running.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
