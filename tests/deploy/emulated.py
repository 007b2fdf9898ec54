"""An environment in an emulated account, driven as a person drives it: as by `python -m local_aws`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.credentials import Credentials

from configuration.loading import load
from configuration.model import EnvironmentConfig
from local_aws.__main__ import main
from local_aws.aws_cli import token
from local_aws.emulator.failures import VARIABLE
from local_aws.emulator.iam import MORE_KNOWN
from local_aws.images import SWITCH
from local_aws.layer_programs import UNPACKED
from local_aws.state import ServiceRecord, StateFolder
from tests.support import COPIES, run_in_a_copy
from workloads.sample_service import SampleService

SECONDS = 600
KUBERNETES = os.environ.get("KUBERNETES", "stand-in")
"""Who plays Kubernetes: `make test-deploy KUBERNETES=envtest` has the real API server."""

WHOLE = os.environ.get("LOCAL_AWS_FIRST_DEPLOYS") == "all"
"""Whether the long deploys run, too."""

CLOSED = "closed-network"
"""The environment of examples/ that has no way to the internet."""
TOGETHER = "every-kind"
"""That with every kind of compute that one cluster can have."""
ALONE = (
    *("fargate-only", "self-managed", "auto-mode", "machines", "windows"),
    *("karpenter", "karpenter-on-fargate", "spot"),
)
"""Those with one kind each."""
EXAMPLES = {CLOSED, TOGETHER, *ALONE}
"""The environments of examples/ that are deployed, as they are."""

ON_CALL = "on-call"
"""A role that exists in the account before it gets an access entry; the tests create it."""

NEWER = "3.99.0"
"""A version of the load balancer controller's chart, which the stand-in chart then has."""

COPIES.set_forkserver_preload([__name__])


def sample_service(config: EnvironmentConfig) -> SampleService:
    """Return the sample service of an environment."""
    return next(each for each in config.workloads if isinstance(each, SampleService))


@dataclass(frozen=True)
class Emulated:
    """One environment of the project; every test process has its own folder."""

    environment: str
    root: Path
    assembly: Path
    """A folder with each variant of the environment, synthesized."""

    @property
    def config(self) -> EnvironmentConfig:
        """Return what the environment file says."""
        return next(one for one in load(package=self.package) if one.name == self.environment)

    @property
    def failures(self) -> Path:
        """Return the file that says what is to fail next."""
        return self.root / "failures.json"

    @property
    def package(self) -> str:
        """Return the folder with the environment file."""
        return "examples" if self.environment in EXAMPLES else "tests.reference"

    @property
    def folder(self) -> StateFolder:
        """Return the account's folder."""
        return StateFolder(self.root / self.environment)

    @property
    def record(self) -> ServiceRecord:
        """Return what the running account tells about itself."""
        record = self.folder.running()
        assert record is not None, "the account does not run"
        return record

    def command(self, command: str, *arguments: str, variant: str | None = None) -> list[str]:
        """Return the command line of a person; a variant is taken as it was synthesized."""
        return [
            *(sys.executable, "-m", "local_aws", "--root", str(self.root)),
            *("--environments", self.package),
            *(command, self.environment, "--kubernetes", KUBERNETES),
            *(("--app", str(self.assembly / variant)) if variant else ()),
            *arguments,
        ]

    def run(
        self, command: str, *arguments: str, variant: str | None = None, exit_code: int = 0
    ) -> str:
        """Run a command and return what it prints; it must end with the exit code."""
        variables = {k: v for k, v in os.environ.items() if k.startswith("LOCAL_AWS_")}
        variables |= {"CI": "true", SWITCH: "no", VARIABLE: str(self.failures)}
        # Who may become an administrator is there before the first deploy.
        variables[MORE_KNOWN] = "arn:aws:iam::111122223333:role/Platform"
        variables[UNPACKED] = f"{self.assembly.parent}/layers"
        variables["NODE_COMPILE_CACHE"] = f"{self.assembly.parent}/compiled"
        words = self.command(command, *arguments, variant=variant)[3:]
        code, output = run_in_a_copy(main, words, variables, SECONDS)
        assert code == exit_code, output[-8000:]
        return output

    def client(self, service: str) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
        """Return a boto3 client of the account's root."""
        return self.record.client(service)

    def token_of(self, role: str) -> str:
        """Return the token of a role of the environment, as a kubeconfig has it."""
        (arn,) = [
            one["Arn"]
            for one in self.client("iam").list_roles()["Roles"]
            if one.get("Description", "").startswith(f"{role} of the EKS cluster")
        ]
        keys = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        session = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return token(self.config.cluster.name, self.record.region, session)

    @property
    def kubeconfig(self) -> Path:
        """Return the kubeconfig that the run leaves for a person to go on with."""
        return self.folder.clusters / self.config.cluster.name / "kubeconfig"

    def kubectl(self, *arguments: str, exit_code: int = 0) -> str:
        """Run the real kubectl of the cluster's version; return what it prints."""
        result = subprocess.run(  # noqa: S603  # extracted from the layer
            [str(self.folder.kubectl), "--kubeconfig", str(self.kubeconfig), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        output = result.stdout + result.stderr
        assert result.returncode == exit_code, output
        return result.stdout if exit_code == 0 else output

    def objects(self, kind: str, namespace: str = "") -> list[dict[str, Any]]:
        """Return the objects of a kind, of one namespace or of all."""
        place = ("--namespace", namespace) if namespace else ("--all-namespaces",)
        items: list[dict[str, Any]] = json.loads(
            self.kubectl("get", kind, *place, "--output", "json")
        )["items"]
        return items
