"""What a person can ask for: deploy, diff, destroy, look, stop."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path

from botocore.exceptions import ClientError

from configuration.model import EnvironmentConfig
from local_aws import reins, report
from local_aws.cdk_cli import TOOLKIT, CdkCli, account_settings
from local_aws.clients import client
from local_aws.kubernetes.tools import Tools, extract
from local_aws.reins import Account, ServiceError
from local_aws.state import ServiceRecord, StateFolder

DEFAULT_ACCOUNT = "111122223333"
"""The account of AWS's own examples, for an environment that leaves its account open."""

KUBERNETES = ("stand-in", "envtest", "k3s")


@dataclass(frozen=True, kw_only=True)
class Local:
    """An environment of the project and the folder of its emulated account.

    `kubernetes` is one of `KUBERNETES`, or auto; `app` is another app than that of cdk.json.
    """

    config: EnvironmentConfig
    folder: StateFolder
    kubernetes: str = "auto"
    app: str | None = None

    @property
    def stacks(self) -> str:
        """Return the pattern that names every stack of the environment."""
        return f"{self.config.stage_id}/**"

    def deploy(self, arguments: Sequence[str] = ()) -> int:
        """Deploy every stack, into a new account if none runs; return the CLI's exit code."""
        started = time.monotonic()
        record, connection = self._service()
        with connection, reins.held(connection, "deploy"):
            cdk = CdkCli(folder=self.folder, record=record, app=self.app)
            if not _has_toolkit(record):
                _say("Bootstrapping the account, as once per account and region on AWS")
                if code := cdk.bootstrap():
                    return code
            code = cdk.run("deploy", self.stacks, "--require-approval", "never", *arguments)
            self._write_shell_settings(record)
        if code:
            _say(
                f"The deploy failed, as it would on AWS. The account still runs: mend and deploy "
                f"again, or look into {self.folder.logs}."
            )
            return code
        for line in report.render(
            record,
            self.folder,
            cluster_name=self.config.cluster.name,
            kubectl=self.folder.kubectl,
        ):
            print(line)
        seconds = time.monotonic() - started
        name = self.config.name
        _say(
            f"Deployed in {seconds:.0f} s. It runs until `make stop-local ENV={name}`. "
            f"Next: make diff-local ENV={name}, make destroy-local ENV={name}"
        )
        return 0

    def destroy(self, arguments: Sequence[str] = ()) -> int:
        """Delete every stack; what they leave behind stays in the account until it stops."""
        record = self._running()
        with reins.connect(record) as connection, reins.held(connection, "destroy"):
            return self._cdk(record).run("destroy", self.stacks, "--force", *arguments)

    def cdk(self, command: str, arguments: Sequence[str] = ()) -> int:
        """Run a command of the CDK CLI that only reads, such as diff or drift."""
        return self._cdk(self._running()).run(command, self.stacks, *arguments)

    def status(self) -> int:
        """Print what the account holds."""
        record = self._running()
        lines = report.render(
            record,
            self.folder,
            cluster_name=self.config.cluster.name,
            kubectl=self.folder.kubectl,
        )
        try:
            for line in lines:
                print(line)
        except ClientError:
            _say(f"The account runs at {record.aws_endpoint} and holds no cluster.")
        return 0

    def _cdk(self, record: ServiceRecord) -> CdkCli:
        return CdkCli(folder=self.folder, record=record, app=self.app)

    def _running(self) -> ServiceRecord:
        record = self.folder.running()
        if record is None:
            raise ServiceError(
                f"Nothing runs for {self.config.name}. Deploy first: "
                f"make deploy-local ENV={self.config.name}"
            )
        return record

    def _service(self) -> tuple[ServiceRecord, Connection]:
        """Return the running account or a new one, saying which, with a hold on it."""
        record = self.folder.running()
        if record is not None:
            if self.kubernetes not in {"auto", record.kubernetes}:
                raise ServiceError(
                    f"The account that runs for {self.config.name} plays Kubernetes with "
                    f"{record.kubernetes}. Stop it first: make stop-local ENV={self.config.name}"
                )
            _say(f"Found the running account of {self.config.name}: updating it.")
            return record, reins.connect(record)
        last = self.folder.read_record()
        _say(
            "Starting clean: nothing was left from before."
            if last is None
            else f"Starting clean: the last run was killed during {last.operation or 'its rest'}, "
            "and its state went with it."
        )
        account = Account(
            account=self.config.account or DEFAULT_ACCOUNT,
            region=self.config.region,
            kubernetes=choose_kubernetes(self.kubernetes),
            kubernetes_version=self.config.cluster.kubernetes_version,
            assets=_assets(),
        )
        record, connection = reins.start(self.folder, account)
        _say(
            f"Emulated AWS at {record.aws_endpoint}: account {record.account}, {record.region}. "
            f"Kubernetes: {report.KINDS[record.kubernetes]}."
        )
        return record, connection

    def _extract_tools(self) -> Tools:
        return extract(self.config.cluster.kubernetes_version, self.folder.tools)

    def _write_shell_settings(self, record: ServiceRecord) -> None:
        kubeconfig = self.folder.clusters / self.config.cluster.name / "kubeconfig"
        settings = {
            **account_settings(record),
            "CDK_HOME": str(self.folder.run / "cdk-home"),
            "KUBECONFIG": str(kubeconfig),
        }
        tools = self._extract_tools()
        programs = [tools.kubectl.parent, tools.helm.parent, Path(sys.executable).parent]
        path = ":".join(shlex.quote(str(place)) for place in programs)
        lines = [
            f"# Read this file in a shell: . {self.folder.shell_settings}",
            *(f"export {name}={shlex.quote(value)}" for name, value in settings.items()),
            f'export PATH={path}:"$PATH"',
            # A profile of the user's would win over the keys.
            "unset AWS_PROFILE AWS_SESSION_TOKEN",
        ]
        self.folder.shell_settings.touch(mode=0o600)
        self.folder.shell_settings.write_text("\n".join(lines) + "\n", encoding="utf-8")


def choose_kubernetes(wanted: str) -> str:
    """Return who plays Kubernetes: the one that is wanted, or the most real one at hand.

    Raises `ServiceError` if the wanted one is not at hand.
    """
    if wanted == "envtest" and _assets() is None:
        raise ServiceError(
            "KUBERNETES=envtest needs KUBEBUILDER_ASSETS: a folder with etcd and kube-apiserver."
        )
    if wanted == "k3s" and not _docker_is_at_hand():
        raise ServiceError(
            "KUBERNETES=k3s needs a Docker daemon and its Python package: "
            ".venv/bin/python -m pip install docker"
        )
    if wanted != "auto":
        return wanted
    if _assets() is not None:
        return "envtest"
    return "k3s" if _docker_is_at_hand() else "stand-in"


def _assets() -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    return Path(folder) if folder and (Path(folder) / "kube-apiserver").is_file() else None


def _docker_is_at_hand() -> bool:
    # MiniStack speaks to the daemon through this package, which it does not bring.
    if find_spec("docker") is None or shutil.which("docker") is None:
        return False
    try:
        command = ["docker", "version", "--format", "{{.Server.Version}}"]
        return (
            subprocess.run(command, capture_output=True, timeout=5, check=False).returncode == 0  # noqa: S603
        )
    except subprocess.TimeoutExpired:
        return False


def _has_toolkit(record: ServiceRecord) -> bool:
    try:
        client(record, "cloudformation").describe_stacks(StackName=TOOLKIT)
    except ClientError:
        return False
    return True


def _say(message: str) -> None:
    # The CLI writes to the same terminal: what is said before it must come before it.
    print(f"\n{message}", flush=True)
