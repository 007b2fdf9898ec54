"""The way to MiniStack's k3s, with a pretended docker: no daemon is needed."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local_aws import k3s
from local_aws.images.ledger import Build, ledger_in
from local_aws.images.manifests import Manifest
from local_aws.state import ServiceRecord, StateFolder

RECORD = ServiceRecord(
    pid=1,
    control_port=2,
    control_key="00",
    aws_port=9,
    account="111122223333",
    region="eu-west-1",
    kubernetes="k3s",
)
CONTAINER = "ministack-eks-111122223333-eu-west-1-blue"
DOCKER = """#!{python}
import json, pathlib, sys
words = sys.argv[1:]
with open({calls!r}, "a") as calls:
    calls.write(json.dumps(words) + "\\n")
if "token" in words:
    print("a-token")
elif "cat" in words:
    print("a certificate")
elif words[0] == "network":
    print("172.17.0.1")
elif "import" in words:
    sys.stdin.buffer.read()
"""


class Eks:
    """EKS with one cluster, until it is gone."""

    def __init__(self) -> None:
        self.clusters = {"blue": {"status": "CREATING", "endpoint": "https://localhost:16443"}}

    def list_clusters(self) -> dict[str, Any]:
        """Return the names."""
        return {"clusters": list(self.clusters)}

    def describe_cluster(self, *, name: str) -> dict[str, Any]:
        """Return a cluster."""
        return {"cluster": self.clusters[name]}


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a docker on the PATH that notes what it is asked for; return its notes."""
    notes = tmp_path / "calls"
    program = tmp_path / "bin/docker"
    program.parent.mkdir()
    program.write_text(DOCKER.format(python=sys.executable, calls=str(notes)), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return notes


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands of processes that would be started."""
    commands: list[list[str]] = []
    monkeypatch.setattr(
        k3s, "start_process", lambda _stack, _log, command: commands.append(command)
    )
    return commands


def asked(calls: Path) -> list[list[str]]:
    return [json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines()]


def test_a_cluster_is_joined_once_it_is_there(
    tmp_path: Path, calls: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets an administrator, the controller that MiniStack lacks, and the images of Docker."""
    eks = Eks()
    monkeypatch.setattr(k3s, "client", lambda *_: eks)
    folder = StateFolder(tmp_path / "dev")
    build = Build(
        name="cdkasset-1",
        names=("repository:1",),
        builder="docker",
        base="",
        reason="",
        platform_wanted="linux/amd64",
        platform="linux/amd64",
        seconds=1,
        manifest=Manifest.read('{"schemaVersion": 2, "layers": []}'),
    )
    ledger = ledger_in(folder.images)
    ledger.add(build)
    ledger.add(replace(build, name="cdkasset-2", names=("repository:2",), builder="buildah"))
    companion = k3s.Companion(folder, RECORD)

    companion.look()
    assert not calls.exists()

    eks.clusters["blue"]["status"] = "ACTIVE"
    companion.look()
    companion.look()
    (command,) = started
    assert command[-2:] == ["--only", "LoadBalancerController"]
    assert command[command.index("--server") + 1] == "https://localhost:16443"
    kubeconfig = json.loads((folder.clusters / "blue/kubeconfig").read_text(encoding="utf-8"))
    assert kubeconfig["users"][0]["user"] == {"token": "a-token"}
    assert (folder.clusters / "blue/tls.crt").read_text(encoding="utf-8") == "a certificate\n"
    assert asked(calls).count(["save", "repository:1"]) == 1
    assert ["exec", "-i", CONTAINER, "ctr", "images", "import", "-"] in asked(calls)
    assert ["save", "repository:2"] not in asked(calls)

    eks.clusters.clear()
    companion.look()
    eks.clusters["blue"] = {"status": "ACTIVE", "endpoint": "https://localhost:16444"}
    companion.look()
    assert len(started) == 2


def test_containers_reach_the_account_and_nobody_from_outside(
    calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Docker's bridge where there is one, else on loopback."""
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert k3s.reachable_address() == "172.17.0.1"
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert k3s.reachable_address() == "127.0.0.1"
    assert len(asked(calls)) == 1


def test_the_image_is_of_the_cluster_s_minor_version() -> None:
    """Docker Hub's tags write a hyphen where k3s' releases have a plus."""
    assert k3s.image("1.36") == "rancher/k3s:v1.36.0-k3s1"
