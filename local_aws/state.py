"""Where an emulated account lives: one folder per environment, and who is at work in it."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

DEFAULT_ROOT = Path(".local-aws")
"""Relative to the checkout; ignored by git."""

ROOT_SECRET = "test"  # noqa: S105  # MiniStack's own
"""The secret key of every account's root; its access key is the account's number."""


@dataclass(frozen=True, kw_only=True)
class ServiceRecord:
    """What a running service tells about itself."""

    pid: int
    control_port: int
    control_key: str
    """Hexadecimal; whoever can read the folder may command the service."""
    aws_port: int
    account: str
    region: str
    kubernetes: str
    """How it runs Kubernetes: stand-in, envtest or k3s."""
    host: str = "127.0.0.1"
    """Where it listens; an IP address, so that no name could lead elsewhere."""
    operation: str = ""
    """What was under way when this was written: deploy, destroy or nothing."""

    @property
    def aws_endpoint(self) -> str:
        """Return the address of the emulated AWS."""
        return f"http://{self.host}:{self.aws_port}"


@dataclass(frozen=True)
class StateFolder:
    """The files of one emulated account."""

    path: Path

    @property
    def logs(self) -> Path:
        """Return the folder of the service's log."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Return the folder of what lives as long as the service."""
        return self.path / "run"

    @property
    def clusters(self) -> Path:
        """Return the folder with a folder per cluster: logs, kubeconfig, certificate."""
        return self.path / "clusters"

    @property
    def tools(self) -> Path:
        """Return the folder of the real kubectl and helm."""
        return self.path / "tools"

    @property
    def kubectl(self) -> Path:
        """Return kubectl, of the version of the cluster's layer."""
        return self.tools / "kubectl" / "kubectl"

    @property
    def shell_settings(self) -> Path:
        """Return the file that a shell reads to work with this account."""
        return self.path / "env"

    @property
    def images(self) -> Path:
        """Return the folder of image builds."""
        return self.path / "images"

    @property
    def record_file(self) -> Path:
        """Return the file of the service's record; a killed service leaves it behind."""
        return self.path / "service.json"

    @property
    def lock_file(self) -> Path:
        """Return the file that a service locks as long as it lives."""
        return self.path / "service.lock"

    def read_record(self) -> ServiceRecord | None:
        """Return the last record written here, or None."""
        with suppress(FileNotFoundError):
            return ServiceRecord(**json.loads(self.record_file.read_text(encoding="utf-8")))
        return None

    def write_record(self, record: ServiceRecord) -> None:
        """Write the record in one piece."""
        draft = self.record_file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(record), indent=2), encoding="utf-8")
        draft.replace(self.record_file)

    def lock(self) -> int | None:
        """Take the lock for the life of this process; None if a service has it.

        The operating system frees it with the process, however that ends.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def running(self) -> ServiceRecord | None:
        """Return the record of the service that lives here now, or None."""
        if not self.lock_file.exists():
            return None
        descriptor = self.lock()
        if descriptor is not None:
            os.close(descriptor)
            return None
        return self.read_record()
