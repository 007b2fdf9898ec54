"""The API server of an emulated cluster: the stand-in, or the real one with etcd.

For the real one the convention is envtest's (kubernetes-sigs/controller-runtime): KUBEBUILDER_ASSETS names a
folder with both.
"""

from __future__ import annotations

import json
import os
import secrets
import ssl
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kube.values import table
from local_aws import leash
from local_aws.aws_cli import config_file
from local_aws.loopback import CERTIFICATE, PRIVATE_KEY, free_port, wait_for, write_certificate
from local_aws.state import ServiceRecord

TOKEN, KUBECONFIG = "admin-token", "kubeconfig"
"""What lies in a cluster's folder, besides its certificate and logs."""
_ENVTEST: Mapping[str, list[str]] = table(__file__, "envtest.yaml")


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """A Kubernetes API server that answers, and the token of its administrator."""

    endpoint: str
    certificate_authority: bytes
    admin_token: str


@dataclass
class ProcessHost:
    """API servers as processes on loopback, each with its controllers beside it.

    If the record has assets, a folder with etcd and kube-apiserver, the API server is the real one.
    """

    folder: Path
    record: ServiceRecord
    _running: dict[str, ExitStack] = field(default_factory=dict)

    def start(self, cluster_name: str, *, kubernetes_version: str, token_webhook: str) -> ApiServer:
        """Start the API server and the controllers of a cluster.

        Raises `RuntimeError` with the end of its log if the API server does not answer.
        """
        place = self.folder / cluster_name
        with ExitStack() as stack:
            asked = {"kubernetes_version": kubernetes_version, "token_webhook": token_webhook}
            assets = Path(self.record.assets) if self.record.assets else None
            server = serve(stack, place, **asked, assets=assets)
            files = {"certificate": place / CERTIFICATE, "token": place / TOKEN}
            own = {"server": server.endpoint, "cluster": cluster_name, **files}
            command = command_of("controllers", **own, record=asdict(self.record))
            start_process(stack, place / "controllers.log", command)
            config = kubeconfig(cluster_name, server, place / CERTIFICATE)
            (place / KUBECONFIG).write_text(config, encoding="utf-8")
            self._running[cluster_name] = stack.pop_all()
        return server

    def stop(self, cluster_name: str) -> None:
        """End the processes of a cluster, controllers first."""
        stack = self._running.pop(cluster_name, None)
        if stack is not None:
            stack.close()
            (self.folder / cluster_name / KUBECONFIG).unlink(missing_ok=True)


def command_of(program: str, **given: object) -> list[str]:
    """Return the command of a program in local_aws/kubernetes."""
    name = f"local_aws.kubernetes.{program}"
    return [sys.executable, "-m", name, json.dumps(given, default=str)]


def serve(
    stack: ExitStack,
    place: Path,
    *,
    kubernetes_version: str,
    token_webhook: str = "",
    assets: Path | None = None,
) -> ApiServer:
    """Start an API server that ends with `stack`, and return it once it answers.

    `place` takes its files and logs. Without a webhook only the administrator's token is known.
    Raises `RuntimeError` with the end of its log if it does not answer in time.
    """
    place.mkdir(parents=True, exist_ok=True)
    token, token_file, port = secrets.token_urlsafe(24), place / TOKEN, free_port()
    token_file.touch(mode=0o600)
    token_file.write_text(token, encoding="utf-8")
    write_certificate(place)
    server = ApiServer(
        endpoint=f"https://127.0.0.1:{port}",
        certificate_authority=(place / CERTIFICATE).read_bytes(),
        admin_token=token,
    )
    commands: Mapping[str, list[str]]
    if assets is None:
        files = {"certificate": place / CERTIFICATE, "private_key": place / PRIVATE_KEY}
        own = {"port": port, "token": token_file, "webhook": token_webhook, **files}
        commands = {"api-server": command_of("api_server", version=kubernetes_version, **own)}
    else:
        reviewed = {"token": token, "webhook": token_webhook}
        commands = envtest_commands(assets, place, port=port, **reviewed)
    logs = {place / f"{name}.log": command for name, command in commands.items()}
    processes = [start_process(stack, log, command) for log, command in logs.items()]
    context = ssl.create_default_context(cadata=server.certificate_authority.decode())
    asked = {"verify": context, "headers": {"Authorization": f"Bearer {token}"}}
    wait_for(f"{server.endpoint}/readyz", processes, [*logs][-1], **asked)
    return server


def envtest_commands(
    assets: Path, place: Path, *, port: int, token: str, webhook: str
) -> Mapping[str, list[str]]:
    """Return the commands of etcd and of the real API server, which share a new database.

    `place` has the server's certificate. Without a webhook the administrator's token is the only
    one that the server knows.
    """
    tokens, reviews = place / "tokens.csv", place / "token-webhook.json"
    tokens.touch(mode=0o600)
    tokens.write_text(f'{token},local-admin,local-admin,"system:masters"\n', encoding="utf-8")
    reviews.write_text(config_file("webhook", {"server": webhook}, {}), encoding="utf-8")
    values = {
        "assets": assets,
        "place": place,
        "port": port,
        "tokens": tokens,
        "reviews": reviews,
        "certificate": place / CERTIFICATE,
        "private_key": place / PRIVATE_KEY,
        **{name: f"http://127.0.0.1:{free_port()}" for name in ("client", "peer")},
    }
    words = {"etcd": _ENVTEST["etcd"], "api-server": _ENVTEST["api-server"]}
    if webhook:
        words["api-server"] = [*words["api-server"], *_ENVTEST["token-review"]]
    return {name: leash.wrap([one.format(**values) for one in of]) for name, of in words.items()}


def kubeconfig(cluster_name: str, server: ApiServer, certificate_authority: Path) -> str:
    """Return a kubeconfig for the administrator of an API server."""
    cluster = {"server": server.endpoint, "certificate-authority": str(certificate_authority)}
    return config_file(cluster_name, cluster, {"token": server.admin_token})


def start_process(stack: ExitStack, log: Path, command: list[str]) -> subprocess.Popen[bytes]:
    """Start a program on a leash, in the folder of this process, until `stack` ends."""
    with log.open("ab") as output:
        process = leash.start(command, env=os.environ, output=output)
    stack.callback(_let_go, process)
    return process


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started. What it holds in memory goes with the cluster."""
    if process.stdin is not None:
        process.stdin.close()
    process.wait()
