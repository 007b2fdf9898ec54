"""Where an emulated account lives: one folder per environment, and who is at work in it."""

from __future__ import annotations

import fcntl
import functools
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kube.values import table

DEFAULT_ROOT = Path(".local-aws")
"""Relative to the checkout; ignored by git."""

ENVIRONMENTS = table(__file__, "environments.json")
"""`isolation` keeps a program from the user's AWS and proxies; `service` is how MiniStack is to be: it
checks permissions, listens where somebody needs it, and runs functions as processes."""

SETTINGS = "LOCAL_AWS_SETTINGS"
"""Names the file that a service reads its other LOCAL_AWS_ variables from."""

ROOT_SECRET = "test"  # noqa: S105  # MiniStack's own
"""The secret key of every account's root; its access key is the account's number."""


@dataclass(frozen=True, kw_only=True)
class ServiceRecord:
    """A service that runs, or is about to."""

    aws_port: int
    account: str
    region: str
    kubernetes: str
    """Who plays it: stand-in or envtest."""
    assets: str = ""
    """The folder with etcd and kube-apiserver, for envtest."""
    pid: int = 0

    @property
    def aws_endpoint(self) -> str:
        """Return the address of the emulated AWS: a number, so that no name could lead elsewhere."""
        return f"http://127.0.0.1:{self.aws_port}"

    @functools.cache  # noqa: B019  # there are few, and they live as long as the process
    def client(self, service: str) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
        """Return boto3's client of a service, with the credentials of the account's root."""
        # Half a second, which only a command that asks should pay.
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            service,
            aws_access_key_id=self.account,
            aws_secret_access_key=ROOT_SECRET,
            region_name=self.region,
            endpoint_url=self.aws_endpoint,
            # A service that is gone is an answer, not something to wait for.
            config=Config(retries={"total_max_attempts": 2}, proxies={}, connect_timeout=5),
        )


class StateFolder:
    """The files of one emulated account."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "logs"
        # What lives as long as the service; the clusters have a folder each, with their kubeconfig.
        self.run = path / "run"
        self.clusters = path / "clusters"
        self.assembly = self.run / "cdk.out"
        self.tools = path / "tools"
        self.kubectl = self.tools / "kubectl" / "kubectl"
        # What a shell reads to work with the account.
        self.shell_settings = path / "env"
        # A service locks the one as long as it lives, whoever answers for it the other.
        self.service_lock = path / "service.lock"
        self.holder_lock = path / "holder.lock"
        # A killed service leaves the one behind, a killed holder the other.
        self.record_file = path / "service.json"
        self.operation_file = path / "operation"
        self.settings = path / "settings.json"

    def read_record(self) -> ServiceRecord | None:
        """Return the last record written here, or None."""
        with suppress(FileNotFoundError):
            return ServiceRecord(**json.loads(self.record_file.read_text(encoding="utf-8")))
        return None

    def write_record(self, record: ServiceRecord) -> None:
        """Write the record of a service."""
        _write(self.record_file, asdict(record))

    def write_settings(self) -> None:
        """Write what this process has in LOCAL_AWS_ variables, for a service that may run already."""
        _write(self.settings, {k: v for k, v in os.environ.items() if k.startswith("LOCAL_AWS_")})

    def running(self) -> ServiceRecord | None:
        """Return the record of the service that lives here now, or None."""
        if not self.service_lock.exists():
            return None
        if (descriptor := lock(self.service_lock)) is None:
            return self.read_record()
        os.close(descriptor)
        return None


def setting(name: str, default: str = "") -> str:
    """Return what the last deploy or destroy set a variable to; without a folder, its own value."""
    file = os.environ.get(SETTINGS)
    found = json.loads(Path(file).read_text(encoding="utf-8")) if file else os.environ
    return str(found.get(name) or default)


def _write(file: Path, content: Mapping[str, object]) -> None:
    """Write a file in one piece."""
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=2), encoding="utf-8")
    draft.replace(file)


def lock(file: Path, *, wait: bool = False) -> int | None:
    """Lock a file for this process, and return the descriptor; None if another one has it.

    The operating system frees it with the process, however that ends.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
