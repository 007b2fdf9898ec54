from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from local_aws.kubernetes import tools
from local_aws.kubernetes.client import Client
from tests.unit.local_aws.kubernetes.fake_aws import FakeAws, fargate_profile, node_group
from tests.unit.local_aws.kubernetes.programs import Program
from tests.unit.local_aws.kubernetes.servers import RunningServer, played, running


@pytest.fixture(scope="session")
def kube_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The stand-in, which most tests are of."""
    with running(tmp_path_factory.mktemp("kube")) as server:
        yield server


@pytest.fixture(scope="session")
def kube_client(kube_server: RunningServer) -> Iterator[Client]:
    with kube_server.client() as client:
        yield client


@pytest.fixture(scope="session")
def fake_aws() -> FakeAws:
    return FakeAws(groups={"general": node_group()}, profiles={"serverless": fargate_profile()})


@pytest.fixture(scope="session")
def controllers(kube_server: RunningServer, fake_aws: FakeAws) -> Iterator[None]:
    """Controllers run behind the server."""
    with played(kube_server, fake_aws):
        yield


@pytest.fixture(scope="session")
def make_program(
    kube_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Program]:
    """Return what makes a program of a version: `make_program("helm", "1.35")`."""
    folder = tmp_path_factory.mktemp("tools")

    def make(name: str, version: str) -> Program:
        found = tools.extract(version, folder / version)
        path = {"kubectl": found.kubectl, "helm": found.helm}[name]
        return Program(path=path, kubeconfig=kube_server.folder / "kubeconfig")

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
