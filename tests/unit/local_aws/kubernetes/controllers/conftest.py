"""In this folder the server is each of those at hand, and the controllers run behind it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from local_aws.kubernetes import tools
from tests.unit.local_aws.kubernetes.fake_aws import FakeAws, fargate_profile, node_group
from tests.unit.local_aws.kubernetes.programs import Program
from tests.unit.local_aws.kubernetes.servers import SERVERS, Cluster, played, running


@pytest.fixture(scope="session", params=SERVERS)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    aws = FakeAws(groups={"general": node_group()}, profiles={"serverless": fargate_profile()})
    kubectl = tools.extract("1.36", tmp_path_factory.mktemp("tools")).kubectl
    with (
        running(tmp_path_factory.mktemp("kube"), kind=request.param) as server,
        played(server, aws),
        server.client() as client,
    ):
        program = Program(path=kubectl, kubeconfig=server.folder / "kubeconfig")
        yield Cluster(client=client, aws=aws, kubectl=program)


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """Return a namespace of the test's own, from which Fargate takes pods of the tier api."""
    name = f"serverless-{uuid.uuid4().hex[:8]}"
    cluster.furnished(name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--timeout", "30s")
