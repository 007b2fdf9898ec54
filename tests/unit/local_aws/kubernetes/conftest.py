"""One cluster for each server at hand, with the controllers behind it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws.kubernetes import tools
from tests.unit.local_aws.kubernetes.fake_aws import FakeAws
from tests.unit.local_aws.kubernetes.programs import Program
from tests.unit.local_aws.kubernetes.servers import SERVERS, Cluster, played, running


@pytest.fixture(scope="session", params=SERVERS)
def lasting(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_program: Callable[..., Program],
) -> Iterator[Cluster]:
    aws, folder = FakeAws(), tmp_path_factory.mktemp("kube")
    with (
        running(folder, kind=request.param) as (url, client),
        played(client, folder, aws) as wanted,
    ):
        kubectl = make_program("kubectl", "1.36", folder)
        yield Cluster(
            url=url, folder=folder, client=client, aws=aws, kubectl=kubectl, wanted=wanted
        )


@pytest.fixture
def cluster(lasting: Cluster) -> Iterator[Cluster]:
    """Return the cluster that all tests share; its controllers rest in between."""
    lasting.wanted.set()
    yield lasting
    lasting.wanted.clear()


@pytest.fixture(scope="session")
def make_program(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Program]:
    """Return what makes a program for a server: `make_program("helm", "1.35", cluster.folder)`."""
    programs = tmp_path_factory.mktemp("tools")

    def make(name: str, version: str, folder: Path) -> Program:
        path = tools.extract(version, programs / version)[name]
        return Program(path=path, kubeconfig=folder / "kubeconfig")

    return make


@pytest.fixture
def kubectl(cluster: Cluster) -> Program:
    return cluster.kubectl


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """Return a namespace of the test's own, from which Fargate takes pods of the tier api."""
    name = f"serverless-{uuid.uuid4().hex[:8]}"
    cluster.furnished(name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--timeout", "30s")
