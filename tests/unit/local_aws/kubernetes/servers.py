"""API servers for tests, the stand-in or the real one, and the controllers behind them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from local_aws.kubernetes.client import NAMESPACES, SERVICE_ACCOUNTS, Client, Kind
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.loop import RECONCILERS, Loop
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes_hosts import KUBECONFIG, kubeconfig, serve
from local_aws.load_balancers.controller import LoadBalancerController
from local_aws.loopback import CERTIFICATE
from tests.unit.local_aws.kubernetes.fake_aws import FakeAws
from tests.unit.local_aws.kubernetes.programs import Program

ASSETS = os.environ.get("KUBEBUILDER_ASSETS")
SERVERS = (
    "stand-in",
    pytest.param("envtest", marks=pytest.mark.skipif(not ASSETS, reason="no KUBEBUILDER_ASSETS")),
)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A server with controllers behind it, its administrator, and what AWS says to it."""

    url: str
    folder: Path
    client: Client
    aws: FakeAws
    kubectl: Program
    wanted: threading.Event
    """Set while the controllers are to work."""

    def furnished(self, namespace: str) -> None:
        """Make a namespace, and wait for the account that its pods run as."""
        self.client.create(NAMESPACES, {"metadata": {"name": namespace}})
        eventually(lambda: self.client.get(SERVICE_ACCOUNTS, namespace, "default"))

    def create(self, kind: Kind, namespace: str, obj: Json) -> Json:
        """Create an object in a namespace."""
        metadata = {**obj["metadata"], "namespace": namespace}
        return self.client.create(kind, {**obj, "metadata": metadata})

    def get(self, kind: Kind, namespace: str, name: str) -> Json:
        """Return an object, or one without a status or a spec."""
        return self.client.get(kind, namespace, name) or {"spec": {}, "status": {}}


def eventually(check: Callable[[], object], seconds: float = 30) -> None:
    """Wait until a check holds."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


@contextmanager
def running(folder: Path, *, kind: str) -> Iterator[tuple[str, Client]]:
    """Run an API server for a while: its URL, and a client of its administrator."""
    assets = Path(ASSETS) if kind == "envtest" and ASSETS else None
    with ExitStack() as stack:
        made = serve(stack, folder, kubernetes_version="1.36", assets=assets)
        authority = folder / CERTIFICATE
        config = kubeconfig("test", made, authority)
        (folder / KUBECONFIG).write_text(config, encoding="utf-8")
        token = made.admin_token
        with Client(made.endpoint, certificate_authority=authority, token=token) as client:
            yield made.endpoint, client
    if assets is None:
        assert "Traceback" not in (folder / "api-server.log").read_text(encoding="utf-8")


@contextmanager
def played(api: Client, folder: Path, aws: FakeAws) -> Iterator[threading.Event]:
    """Run the controllers behind a server for a while, whenever the event is set that this yields.

    They ask the server ten times a second, which costs both of them something.
    """
    stop, wanted = threading.Event(), threading.Event()
    authority = (folder / CERTIFICATE).read_text(encoding="utf-8")
    of_test = {"cluster": "test", "region": "eu-west-1", "certificate_authority": authority}
    context = Context(api=api, aws=aws.client, **of_test)
    # The load balancer controller has its own tests, with an AWS that knows load balancers.
    makers = [one for one in RECONCILERS if one is not LoadBalancerController]
    loop = Loop([make(context) for make in makers])

    def run() -> None:
        while wanted.wait() and not stop.is_set():
            stop.wait(0.02 if loop.round() else 0.1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield wanted
    finally:
        stop.set()
        wanted.set()
        thread.join()
