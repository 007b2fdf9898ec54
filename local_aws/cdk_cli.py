"""The unmodified CDK CLI, pointed at an emulated account and at nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_aws import leash
from local_aws.images.settings import cdk_environment
from local_aws.reins import ROOT
from local_aws.state import ROOT_SECRET, ServiceRecord, StateFolder

SECONDS = 1800
"""A custom resource whose handler can't answer blocks CloudFormation for an hour."""

TOOLKIT = "CDKToolkit"
EXECUTION_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True, kw_only=True)
class CdkCli:
    """Runs `cdk` for one emulated account.

    `app` is another app than that of cdk.json; tests deploy variants with it.
    """

    folder: StateFolder
    record: ServiceRecord
    app: str | None = None

    def bootstrap(self) -> int:
        """Prepare the account for the CDK, as everybody does once per account and region."""
        target = f"aws://{self.record.account}/{self.record.region}"
        # From a folder without cdk.json: bootstrapping needs no synthesis.
        return self._run(
            "bootstrap",
            target,
            "--cloudformation-execution-policies",
            EXECUTION_POLICY,
            cwd=self.folder.run,
        ).returncode

    def run(self, *arguments: str) -> int:
        """Run a command with the output of this process; return its exit code."""
        return self._run(*arguments, *self._synthesis()).returncode

    def capture(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return its output, standard error with it."""
        return self._run(*arguments, *self._synthesis(), capture=True)

    def _synthesis(self) -> Sequence[str]:
        output = str(self.folder.run / "cdk.out")
        return ("--output", output, *(("--app", self.app) if self.app else ()))

    def _run(
        self, *arguments: str, cwd: Path = ROOT, capture: bool = False
    ) -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "node_modules/.bin/cdk"), "--no-notices", *arguments]
        with tempfile.TemporaryFile() as output:
            environment = credentials_environment(self.record, self.folder)
            # Leaving the block, also by Ctrl-C or in time-out, ends the CLI with all it started.
            with leash.start(
                leash.wrap(command),
                env={**environment, "PYTHONPATH": str(ROOT)},
                cwd=cwd,
                output=output if capture else None,
            ) as process:
                return_code = process.wait(SECONDS)
            output.seek(0)
            text = output.read().decode()
        return subprocess.CompletedProcess(command, return_code, text)


def credentials_environment(record: ServiceRecord, folder: StateFolder) -> dict[str, str]:
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
        **cdk_environment(folder.images),
    }


def account_settings(record: ServiceRecord) -> Mapping[str, str]:
    """Return the variables that point an AWS SDK or CLI at the emulated account."""
    return {
        "AWS_ACCESS_KEY_ID": record.account,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_REGION": record.region,
        "AWS_DEFAULT_REGION": record.region,
        "AWS_ENDPOINT_URL": record.aws_endpoint,
        # By name too, so that the CLI addresses buckets by path.
        "AWS_ENDPOINT_URL_S3": record.aws_endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": f"{record.host},localhost",
        "no_proxy": f"{record.host},localhost",
    }
