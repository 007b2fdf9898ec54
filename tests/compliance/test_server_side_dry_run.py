"""A real API server accepts every Kubernetes object.

Runs where KUBEBUILDER_ASSETS names a folder with etcd, kube-apiserver and kubectl (the convention
of envtest, kubernetes-sigs/controller-runtime); skipped elsewhere. It sees what schemas can't:
selectors that miss their labels, limits below requests, and Pod Security.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support import Assembly, kubernetes_objects

ASSETS = os.environ.get("KUBEBUILDER_ASSETS")
TOKEN = "dry-run"  # noqa: S105  # of a server on loopback that lives for one test session
START_SECONDS = 60

pytestmark = pytest.mark.skipif(not ASSETS, reason="KUBEBUILDER_ASSETS is not set")


class ApiServer:
    """A kube-apiserver and its etcd on free loopback ports, everything in one folder."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._binaries = Path(ASSETS or "")
        etcd, peer, self._port = (free_port() for _ in range(3))
        key = folder / "service-account.key"
        subprocess.run(  # noqa: S603
            ["openssl", "genrsa", "-out", str(key), "2048"],  # noqa: S607
            check=True,
            capture_output=True,
        )
        (folder / "tokens.csv").write_text(f"{TOKEN},admin,admin,system:masters\n", "utf-8")
        self._start(
            stack,
            "etcd",
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{etcd}",
            f"--advertise-client-urls=http://127.0.0.1:{etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
        )
        self._start(
            stack,
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={folder / 'certificates'}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.100.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            # No controller makes the default service account here.
            "--disable-admission-plugins=ServiceAccount",
        )
        self._wait()

    def kubectl(
        self, *arguments: str, objects: Sequence[dict[str, Any]]
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl with objects on its standard input."""
        return subprocess.run(  # noqa: S603
            [
                str(self._binaries / "kubectl"),
                f"--server=https://127.0.0.1:{self._port}",
                "--insecure-skip-tls-verify",
                f"--token={TOKEN}",
                f"--cache-dir={self._folder / 'cache'}",
                *arguments,
            ],
            input="\n---\n".join(json.dumps(item) for item in objects),
            env={"KUBECONFIG": os.devnull, "HOME": str(self._folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def _start(self, stack: ExitStack, program: str, *arguments: str) -> None:
        log = stack.enter_context((self._folder / f"{program}.log").open("wb"))
        process = subprocess.Popen(  # noqa: S603
            [str(self._binaries / program), *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
        )
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)

    def _wait(self) -> None:
        request = urllib.request.Request(  # https on loopback
            f"https://127.0.0.1:{self._port}/readyz", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        # The server makes its own certificate when it starts.
        context = ssl._create_unverified_context()  # noqa: S323
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                urllib.request.urlopen(request, context=context, timeout=5).close()  # noqa: S310
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() > end:
                    log = (self._folder / "kube-apiserver.log").read_text("utf-8")[-2000:]
                    raise TimeoutError(log) from error
                time.sleep(0.2)
            else:
                return


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Start one server for all tests here, and stop it."""
    with ExitStack() as stack:
        yield ApiServer(tmp_path_factory.mktemp("kube"), stack)


def pods_of(objects: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each Deployment's pod as a Pod: Pod Security only warns about a Deployment."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": item["metadata"]["name"],
                "namespace": item["metadata"]["namespace"],
                "labels": item["spec"]["template"]["metadata"]["labels"],
            },
            "spec": item["spec"]["template"]["spec"],
        }
        for item in objects
        if item["kind"] == "Deployment"
    ]


@pytest.mark.parametrize("stage", ["Dev", "Prod"])
def test_server_accepts_every_object(stage: str, assembly: Assembly, api_server: ApiServer) -> None:
    """Server-side dry run of the cluster's and the sample service's objects."""
    objects = [
        item
        for stack in (f"{stage}/Cluster", f"{stage}/SampleService")
        for _, item in kubernetes_objects(assembly.templates[stack])
    ]
    namespaces = [item for item in objects if item["kind"] == "Namespace"]
    made = api_server.kubectl("apply", "--server-side", "-f", "-", objects=namespaces)
    assert made.returncode == 0, made.stderr
    tried = api_server.kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "-f",
        "-",
        objects=[*objects, *pods_of(objects)],
    )
    assert tried.returncode == 0, tried.stderr
    assert "Warning" not in tried.stderr, tried.stderr
