"""The unmodified CDK CLI, pointed at an emulated account and at nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local_aws import images, leash
from local_aws.reins import ROOT
from local_aws.state import ENVIRONMENTS, ROOT_SECRET, ServiceRecord, StateFolder

SECONDS = 1800
"""A custom resource whose handler can't answer blocks CloudFormation for an hour."""

TOOLKIT = "CDKToolkit"
EXECUTION_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True, kw_only=True)
class CdkCli:
    """Runs `cdk` for one emulated account."""

    folder: StateFolder
    record: ServiceRecord
    app: str | None = None
    """Another app than that of cdk.json, or a folder that one has synthesized."""

    def bootstrap(self) -> int:
        """Prepare the account for the CDK, as everybody does once per account and region."""
        target = f"aws://{self.record.account}/{self.record.region}"
        policies = ("--cloudformation-execution-policies", EXECUTION_POLICY)
        # From a folder without cdk.json: bootstrapping needs no synthesis.
        return self._run("bootstrap", target, *policies, cwd=self.folder.run)

    def run(self, *arguments: str) -> int:
        """Synthesize and run a command with the output of this process; return its exit code."""
        app = ("--app", self.app) if self.app else ()
        return self._run(*arguments, "--output", str(self.folder.assembly), *app)

    def run_on_the_last_synthesis(self, *arguments: str) -> int:
        """Run a command that only needs to know which stacks there are."""
        if self.app is None and (self.folder.assembly / "manifest.json").exists():
            return self._run(*arguments, "--app", str(self.folder.assembly))
        return self.run(*arguments)

    def _run(self, *arguments: str, cwd: Path = ROOT) -> int:
        # Leaving the block, also by Ctrl-C or in time-out, ends the CLI with all it started.
        with leash.start(
            leash.wrap([str(ROOT / "node_modules/.bin/cdk"), "--no-notices", *arguments]),
            env={**_environment(self.record, self.folder), "PYTHONPATH": str(ROOT)},
            cwd=cwd,
        ) as process:
            for _ in range(SECONDS):
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(1)
                if self.folder.running() is None:
                    # The CLI would go on trying for minutes.
                    break
        return 1


def account_settings(record: ServiceRecord) -> Mapping[str, str]:
    """Return the variables that point an AWS SDK or CLI at the emulated account."""
    return {
        **ENVIRONMENTS["isolation"],
        "AWS_ACCESS_KEY_ID": record.account,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_REGION": record.region,
        "AWS_DEFAULT_REGION": record.region,
        "AWS_ENDPOINT_URL": record.aws_endpoint,
        # By name too, so that the CLI addresses buckets by path.
        "AWS_ENDPOINT_URL_S3": record.aws_endpoint,
    }


def _environment(record: ServiceRecord, folder: StateFolder) -> dict[str, str]:
    """Return a process environment that reaches the emulated account only.

    Whatever the user's environment says about AWS is left out: no profile, no region, no endpoint
    of a real account can slip through.
    """
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AWS_", "CDK_DEFAULT_"))
    }
    return {
        **inherited,
        **account_settings(record),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        # The CLI remembers which access key belongs to which account.
        "CDK_HOME": str(folder.run / "cdk-home"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DOCKER": str(images.PROGRAM),
    }
