"""Which pods are pending, and why: CloudFormation only reports that a chart or object timed out."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from kube.values import dicts, text
from local_aws.kubernetes.client import PODS, ApiStatusError, Client

PATIENCE = 10.0
"""Seconds that a pod may wait before anybody hears of it."""

EVERY = 2.0


class Watch:
    """Watches the pods of a cluster, and reports once each that is pending for long.

    `waited` has why each of them waited, also of those that a rollback has removed since, and at
    the end why anybody still waits, however long.
    """

    def __init__(self, kubeconfig: Path, *, tell: Callable[[str], None]) -> None:
        self.waited: dict[str, str] = {}
        self._kubeconfig = kubeconfig
        self._tell = tell
        self._since: dict[str, float] = {}
        self._ended = threading.Event()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look while the block runs."""
        thread = threading.Thread(target=self._look, name="pods", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
        self.end(ask(self._kubeconfig))

    def note(self, found: Mapping[str, str], *, now: float) -> Iterator[str]:
        """Take why each pod waits, empty if it doesn't; yield a line for what nobody heard yet."""
        for name, reason in found.items():
            if not reason:
                self._since.pop(name, None)
                self.waited.pop(name, None)
            elif now - self._since.setdefault(name, now) >= PATIENCE:
                if self.waited.get(name) != reason:
                    yield f"Pod {name} is pending: {reason}"
                self.waited[name] = reason

    def end(self, found: Mapping[str, str]) -> None:
        """Take why pods still wait when all is over; who has started since waits no longer."""
        self.waited = {name: reason for name, reason in {**self.waited, **found}.items() if reason}

    def _look(self) -> None:
        while not self._ended.wait(EVERY):
            for line in self.note(ask(self._kubeconfig), now=time.monotonic()):
                self._tell(line)


def reasons(pods: object) -> dict[str, str]:
    """Return why each pod waits, by namespace and name; empty for one that doesn't."""
    return {
        f"{text(pod, 'metadata', 'namespace')}/{text(pod, 'metadata', 'name')}": (
            _reason(pod) if text(pod, "status", "phase") == "Pending" else ""
        )
        for pod in dicts(pods)
    }


def _reason(pod: object) -> str:
    """Return the scheduler's word; no container starts here that could have another one."""
    for condition in dicts(pod, "status", "conditions"):
        if (text(condition, "type"), text(condition, "status")) == ("PodScheduled", "False"):
            return text(condition, "message") or text(condition, "reason") or "not scheduled yet."
    return "no reason given."


def ask(kubeconfig: Path) -> dict[str, str]:
    """Return the reasons in the cluster of a kubeconfig; nothing while it can't be asked."""
    try:
        config = json.loads(kubeconfig.read_text(encoding="utf-8"))
        cluster, token = config["clusters"][0]["cluster"], config["users"][0]["user"]["token"]
        authority = Path(cluster["certificate-authority"])
        with Client(cluster["server"], certificate_authority=authority, token=token) as client:
            return reasons(client.list(PODS))
    except (OSError, ValueError, LookupError, httpx.HTTPError, ApiStatusError):
        return {}
