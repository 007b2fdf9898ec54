from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import leash
from local_aws.loopback import free_port, wait_for
from local_aws.state import ENVIRONMENTS
from tests.support import ROOT
from tests.unit.local_aws.emulator.cloud import ACCOUNT, REGION, Cloud, Stack, arn
from tests.unit.local_aws.emulator.templates import PEOPLE, ROLES, cluster, network


@pytest.fixture(scope="session")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that says which creations are to fail."""
    return tmp_path_factory.mktemp("failures") / "failures.json"


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory, failures: Path) -> Iterator[str]:
    """An emulated AWS, one for each process that runs tests."""
    folder = tmp_path_factory.mktemp("emulated-aws")
    port = free_port()
    environment = {
        **os.environ,
        **ENVIRONMENTS["service"],
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "STATE_DIR": str(folder),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LOCAL_AWS_LAMBDA_TIMEOUT_SECONDS": "2",
        "LOCAL_AWS_FAILURES": str(failures),
    }
    with (folder / "log").open("wb") as log:
        program = [sys.executable, "-m", "tests.unit.local_aws.emulator.emulated_aws"]
        process = leash.start(program, env=environment, output=log, cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/_ministack/ready", [process], folder / "log")
        yield url
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def cloud(endpoint: str) -> Cloud:
    """Clients of the emulated AWS, as its root user."""
    return Cloud(endpoint)


@pytest.fixture(scope="session")
def base(cloud: Cloud) -> Stack:
    """A network and the roles that EKS wants."""
    return cloud.create({**network(), **ROLES, **PEOPLE})


@pytest.fixture(scope="session")
def shared(cloud: Cloud, base: Stack) -> str:
    """A cluster that tests put things into, by name."""
    subnets = [base["Private0"], base["Private1"]]
    cloud.create({"Cluster": cluster("shared", arn(base["ClusterRole"]), subnets)})
    return "shared"
