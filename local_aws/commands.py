"""The commands: deploy, diff, destroy, status, stop."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from configuration.model import EnvironmentConfig
from local_aws import reins, report
from local_aws.cdk_cli import TOOLKIT, CdkCli, account_settings
from local_aws.kubernetes.tools import extract
from local_aws.loopback import free_port
from local_aws.reins import ServiceError
from local_aws.state import ServiceRecord, StateFolder
from local_aws.waiting import Watch

DEFAULT_ACCOUNT = "111122223333"
"""The account of AWS's own examples, for an environment that leaves its account open."""

KUBERNETES = ("stand-in", "envtest")


@dataclass(frozen=True, kw_only=True)
class Local:
    """An environment of the project and the folder of its emulated account.

    `kubernetes` is one of `KUBERNETES`, or auto; `app` is another app than that of cdk.json, or a
    folder that one has synthesized.
    """

    config: EnvironmentConfig
    folder: StateFolder
    kubernetes: str = "auto"
    app: str | None = None

    @property
    def stacks(self) -> str:
        """Return the pattern that names every stack of the environment."""
        return f"{self.config.stage_id}/**"

    @property
    def kubeconfig(self) -> Path:
        """Return where the administrator's kubeconfig of the cluster is."""
        return self.folder.clusters / self.config.cluster.name / "kubeconfig"

    def deploy(self, arguments: Sequence[str] = ()) -> int:
        """Deploy every stack, into a new account if none runs; return the CLI's exit code."""
        with reins.held(self.folder, "deploy") as killed:
            started = time.monotonic()
            record = self._running_or_new(killed)
            cdk = self._cdk(record)
            stacks = record.client("cloudformation").describe_stacks
            if TOOLKIT not in (each["StackName"] for each in stacks()["Stacks"]):
                _say("Bootstrapping the account (on AWS: once per account and region)")
                if code := cdk.bootstrap():
                    return code
            self._tell_of_synthesis()
            before = stacks()["Stacks"]
            approved = ("--require-approval", "never", "--yes")
            code = self._watched(cdk.run, "deploy", self.stacks, *approved, *arguments)
            self._write_shell_settings(record)
        if code:
            if self.folder.running():
                how = "before it changed a stack"
                if stacks()["Stacks"] != before:
                    how = "as it would on AWS unless a chart couldn't be downloaded here"
                _say(
                    f"The deploy failed, {how}. The account is still running: fix the problem and "
                    f"deploy again. Logs: {self.folder.logs}"
                )
            return code
        self._print_report(record)
        name = self.config.name
        _say(
            f"Deployed in {time.monotonic() - started:.0f} s. It runs until "
            f"`make stop-local ENV={name}`. Next: make diff-local ENV={name}, "
            f"make destroy-local ENV={name}"
        )
        return 0

    def destroy(self, arguments: Sequence[str] = ()) -> int:
        """Delete every stack; what they leave behind stays in the account until it stops."""
        cdk = self._cdk(self._running())
        words = ("destroy", self.stacks, "--force", *arguments)
        with reins.held(self.folder, "destroy"):
            return self._watched(cdk.run_on_the_last_synthesis, *words)

    def diff(self, arguments: Sequence[str] = ()) -> int:
        """Compare the code with what is deployed."""
        cdk = self._cdk(self._running())
        self._tell_of_synthesis()
        return cdk.run("diff", self.stacks, *arguments)

    def drift(self, arguments: Sequence[str] = ()) -> int:
        """Show what was changed outside CloudFormation."""
        cdk = self._cdk(self._running())
        return cdk.run_on_the_last_synthesis("drift", self.stacks, *arguments)

    def status(self, _arguments: Sequence[str] = ()) -> int:
        """Print what the account holds."""
        record = self._running()
        # `| head` ends this without a traceback.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        try:
            self._print_report(record)
        except ClientError:
            _say(f"The account is running at {record.aws_endpoint} and has no cluster.")
        return 0

    def _watched(self, run: Callable[..., int], *arguments: str) -> int:
        """Run the CLI; tell which pods wait for long, and which still did when it failed."""
        watch = Watch(self.kubeconfig, tell=_say)
        with watch.looking():
            code = run(*arguments)
        if self.folder.running() is None:
            lost = "its state is lost, and this says nothing about AWS"
            _say(
                f"The emulated account ended during this command: {lost}. Logs: {self.folder.logs}"
            )
        for name, reason in watch.waited.items() if code else ():
            _say(f"Pod {name} was still pending: {reason}")
        return code

    def _tell_of_synthesis(self) -> None:
        if self.app is None or not Path(self.app).is_dir():
            _say("Synthesizing: no output from the CDK CLI for about ten seconds")

    def _print_report(self, record: ServiceRecord) -> None:
        for line in report.render(record, self.folder, cluster_name=self.config.cluster.name):
            print(line)

    def _cdk(self, record: ServiceRecord) -> CdkCli:
        return CdkCli(folder=self.folder, record=record, app=self.app)

    def _running(self) -> ServiceRecord:
        if record := self.folder.running():
            return record
        name = self.config.name
        raise ServiceError(
            f"Nothing is running for {name}. Deploy first: make deploy-local ENV={name}"
        )

    def _running_or_new(self, killed: str) -> ServiceRecord:
        """Return the running account or a new one, saying which."""
        if record := self.folder.running():
            name, kind = self.config.name, record.kubernetes
            if self.kubernetes not in {"auto", kind}:
                raise ServiceError(
                    f"The account that is running for {name} uses KUBERNETES={kind}. "
                    f"Stop it first: make stop-local ENV={name}"
                )
            _say(f"Updating the running account of {name}.")
            return record
        what = killed or ("idle time" if self.folder.read_record() else "")
        lost = f"the last run was killed during {what}, and its state is lost."
        _say(f"Starting clean: {lost if what else 'there is no earlier state.'}")
        chosen = choose_kubernetes(self.kubernetes)
        wanted = ServiceRecord(
            aws_port=free_port(),
            account=self.config.account or DEFAULT_ACCOUNT,
            region=self.config.region,
            kubernetes=chosen,
            assets=str(_assets()) if chosen == "envtest" else "",
        )
        record = reins.start(self.folder, wanted)
        _say(
            f"Emulated AWS at {record.aws_endpoint}: account {record.account}, {record.region}. "
            f"Kubernetes: {report.KINDS[record.kubernetes]}."
        )
        return record

    def _write_shell_settings(self, record: ServiceRecord) -> None:
        settings = {
            **account_settings(record),
            "CDK_HOME": str(self.folder.run / "cdk-home"),
            "KUBECONFIG": str(self.kubeconfig),
        }
        tools = extract(self.config.cluster.kubernetes_version, self.folder.tools)
        programs = [*tools.values(), Path(sys.executable)]
        path = ":".join(shlex.quote(str(program.parent)) for program in programs)
        lines = [
            f"# Source this file in a shell: . {self.folder.shell_settings}",
            *(f"export {name}={shlex.quote(value)}" for name, value in settings.items()),
            f'export PATH={path}:"$PATH"',
            # A profile of the user's would win over the keys.
            "unset AWS_PROFILE AWS_SESSION_TOKEN",
        ]
        self.folder.shell_settings.write_text("\n".join(lines) + "\n", encoding="utf-8")


def choose_kubernetes(wanted: str) -> str:
    """Return which API server to use: the requested one, or the real one if it is available.

    Raises `ServiceError` if the requested one is not available.
    """
    if wanted == "envtest" and _assets() is None:
        raise ServiceError(
            "KUBERNETES=envtest needs KUBEBUILDER_ASSETS: a folder with etcd and kube-apiserver."
        )
    return ("envtest" if _assets() else "stand-in") if wanted == "auto" else wanted


def _assets() -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    return Path(folder) if folder and (Path(folder) / "kube-apiserver").is_file() else None


def _say(message: str) -> None:
    # The CLI writes to the same terminal: what is said before it must come before it.
    print(f"\n{message}", flush=True)
