"""Who answers for the Kubernetes API of an emulated cluster: the stand-in, or a real API server."""

from __future__ import annotations

import json
import os
import secrets
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from local_aws import envtest, leash
from local_aws.certificates import Certificate, loopback_certificate
from local_aws.ports import free_port

START_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """A Kubernetes API server that answers, and the token of its administrator."""

    endpoint: str
    certificate_authority: bytes
    admin_token: str


class KubernetesHost(Protocol):
    """Runs the API servers of the emulated clusters."""

    def start(self, cluster_name: str, *, kubernetes_version: str, token_webhook: str) -> ApiServer:
        """Return the API server of a new cluster once it answers.

        `token_webhook` reviews the tokens that it doesn't know itself.
        """

    def stop(self, cluster_name: str) -> None:
        """End the API server of a cluster, and forget all that it held."""


@dataclass
class ProcessHost:
    """API servers as processes on loopback, each with its controllers beside it.

    With `assets`, a folder with etcd and kube-apiserver (the convention of envtest,
    kubernetes-sigs/controller-runtime), the API server is the real one; without, the stand-in.
    """

    folder: Path
    aws_endpoint: str
    account: str
    region: str
    assets: Path | None = None
    _running: dict[str, ExitStack] = field(default_factory=dict)

    def start(self, cluster_name: str, *, kubernetes_version: str, token_webhook: str) -> ApiServer:
        """Start the API server and the controllers of a cluster.

        Raises `RuntimeError` with the end of its log if the API server does not answer.
        """
        place = self.folder / cluster_name
        place.mkdir(parents=True, exist_ok=True)
        port = free_port()
        token = secrets.token_urlsafe(24)
        token_file = place / "admin-token"
        token_file.touch(mode=0o600)
        token_file.write_text(token, encoding="utf-8")
        certificate = loopback_certificate(place)
        server = ApiServer(
            endpoint=f"https://127.0.0.1:{port}",
            certificate_authority=certificate.certificate.read_bytes(),
            admin_token=token,
        )
        with ExitStack() as stack:
            commands = (
                _stand_in(place, port, certificate, kubernetes_version, token_webhook)
                if self.assets is None
                else envtest.commands(
                    self.assets,
                    place=place,
                    port=port,
                    certificate=certificate,
                    token=token,
                    token_webhook=token_webhook,
                )
            )
            processes = [
                _start(stack, place / f"{name}.log", command) for name, command in commands.items()
            ]
            _wait_until_ready(server, processes, place)
            _start(stack, place / "controllers.log", self._controllers(place, server, cluster_name))
            self._running[cluster_name] = stack.pop_all()
        (place / "kubeconfig").write_text(
            kubeconfig(cluster_name, server, certificate.certificate), encoding="utf-8"
        )
        return server

    def stop(self, cluster_name: str) -> None:
        """End the processes of a cluster, controllers first."""
        stack = self._running.pop(cluster_name, None)
        if stack is not None:
            stack.close()
            (self.folder / cluster_name / "kubeconfig").unlink(missing_ok=True)

    def _controllers(self, place: Path, server: ApiServer, cluster_name: str) -> list[str]:
        return [
            *(sys.executable, "-m", "local_aws.kubernetes.controllers"),
            *("--server", server.endpoint),
            *("--certificate-authority", str(place / "tls.crt")),
            *("--token-file", str(place / "admin-token")),
            *("--cluster", cluster_name),
            *("--aws-endpoint", self.aws_endpoint),
            *("--region", self.region),
            *("--account", self.account),
        ]


def _stand_in(
    place: Path, port: int, certificate: Certificate, kubernetes_version: str, token_webhook: str
) -> Mapping[str, list[str]]:
    return {
        "api-server": [
            *(sys.executable, "-m", "local_aws.kubernetes.api_server"),
            *("--port", str(port)),
            *("--certificate", str(certificate.certificate)),
            *("--private-key", str(certificate.private_key)),
            *("--kubernetes-version", kubernetes_version),
            *("--admin-token-file", str(place / "admin-token")),
            *("--token-webhook", token_webhook),
        ]
    }


def kubeconfig(cluster_name: str, server: ApiServer, certificate_authority: Path) -> str:
    """Return a kubeconfig for the administrator of an API server (JSON is YAML)."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": cluster_name,
            "clusters": [
                {
                    "name": cluster_name,
                    "cluster": {
                        "server": server.endpoint,
                        "certificate-authority": str(certificate_authority),
                    },
                }
            ],
            "users": [{"name": "local-admin", "user": {"token": server.admin_token}}],
            "contexts": [
                {
                    "name": cluster_name,
                    "context": {"cluster": cluster_name, "user": "local-admin"},
                }
            ],
        },
        indent=2,
    )


def _start(stack: ExitStack, log: Path, command: list[str]) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        process = leash.start(command, env=os.environ, output=output)
    stack.callback(leash.stop, process)
    return process


def _wait_until_ready(
    server: ApiServer, processes: list[subprocess.Popen[bytes]], place: Path
) -> None:
    context = ssl.create_default_context(cadata=server.certificate_authority.decode())
    request = urllib.request.Request(  # noqa: S310  # our own server on loopback
        f"{server.endpoint}/readyz", headers={"Authorization": f"Bearer {server.admin_token}"}
    )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(request, context=context, timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    lines = (place / "api-server.log").read_text(encoding="utf-8", errors="replace").splitlines()
    end = "\n".join(lines[-20:])
    raise RuntimeError(f"The Kubernetes API server does not answer. The end of its log:\n{end}")
