from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local_aws.certificates import loopback_certificate
from local_aws.kubernetes import tools
from local_aws.kubernetes.client import Client
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.loop import RECONCILERS, Loop
from local_aws.load_balancers.controller import LoadBalancerController
from local_aws.ports import free_port
from tests.unit.local_aws.kubernetes.fake_aws import FakeAws, fargate_profile, node_group
from tests.unit.local_aws.kubernetes.programs import Program

TOKEN = "test-token"  # noqa: S105 - known to this server only
ROOT = Path(__file__).parents[4]
START_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """An API server that answers, as a process of its own."""

    url: str
    folder: Path

    @property
    def certificate(self) -> Path:
        """Return the server's certificate, which signs itself."""
        return self.folder / "tls.crt"


@pytest.fixture(scope="session")
def kube_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("kube")
    certificate = loopback_certificate(folder)
    (folder / "token").write_text(TOKEN)
    port = free_port()
    command = [
        *(sys.executable, "-m", "local_aws.kubernetes.api_server"),
        *("--port", str(port)),
        *("--certificate", str(certificate.certificate)),
        *("--private-key", str(certificate.private_key)),
        *("--kubernetes-version", "1.36"),
        *("--admin-token-file", str(folder / "token")),
    ]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(  # noqa: S603 - a program of ours
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT
        ) as process,
    ):
        server = RunningServer(url=f"https://127.0.0.1:{port}", folder=folder)
        _wait_until_ready(server)
        yield server
        process.terminate()
    assert "Traceback" not in (folder / "log").read_text()


def _wait_until_ready(server: RunningServer) -> None:
    context = ssl.create_default_context(cafile=server.certificate)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", context=context):  # noqa: S310 - loopback
                return
        except urllib.error.URLError:
            assert time.monotonic() < deadline, (server.folder / "log").read_text()
            time.sleep(0.05)


@pytest.fixture(scope="session")
def kube_client(kube_server: RunningServer) -> Iterator[Client]:
    with Client(
        kube_server.url, certificate_authority=kube_server.certificate, token=TOKEN
    ) as client:
        yield client


@pytest.fixture(scope="session")
def fake_aws() -> FakeAws:
    return FakeAws(groups={"general": node_group()}, profiles={"serverless": fargate_profile()})


@pytest.fixture(scope="session")
def controllers(kube_server: RunningServer, fake_aws: FakeAws) -> Iterator[None]:
    """Controllers run behind the server."""
    stop = threading.Event()
    with Client(kube_server.url, certificate_authority=kube_server.certificate, token=TOKEN) as api:
        context = Context(
            api=api, aws=fake_aws.client, cluster="test", region="eu-west-1", account="1" * 12
        )
        # The load balancer controller has its own tests, with an AWS that knows load balancers.
        makers = [one for one in RECONCILERS if one is not LoadBalancerController]
        loop = Loop([make(context) for make in makers])

        def run() -> None:
            while not stop.is_set():
                stop.wait(0.02 if loop.round() else 0.1)

        thread = threading.Thread(target=run)
        thread.start()
        yield
        stop.set()
        thread.join()


@pytest.fixture(scope="session")
def make_program(
    kube_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Program]:
    """Return what makes a program of a version: `make_program("helm", "1.35")`."""
    kubeconfig = kube_server.folder / "kubeconfig"
    cluster = {"server": kube_server.url, "certificate-authority": str(kube_server.certificate)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": {"token": TOKEN}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }
    kubeconfig.write_text(json.dumps(config))
    folder = tmp_path_factory.mktemp("tools")

    def make(name: str, version: str) -> Program:
        found = tools.extract(version, folder / version)
        path = {"kubectl": found.kubectl, "helm": found.helm}[name]
        return Program(path=path, kubeconfig=kubeconfig)

    return make


@pytest.fixture(scope="session")
def kubectl(make_program: Callable[[str, str], Program]) -> Program:
    return make_program("kubectl", "1.36")


@pytest.fixture
def namespace(kubectl: Program) -> Iterator[str]:
    """Return a namespace of the test's own."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false", "--ignore-not-found")
