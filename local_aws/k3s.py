"""MiniStack's own Kubernetes, k3s in Docker: what it needs besides.

MiniStack starts one container for each EKS cluster and joins it to IAM. Here it gets the played load
balancer controller, the images that Docker built, and a kubeconfig for a person.
"""

from __future__ import annotations

import logging
import platform
import subprocess
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from local_aws.clients import client
from local_aws.images.ledger import ledger_in
from local_aws.kubernetes_hosts import (
    CERTIFICATE,
    KUBECONFIG,
    TOKEN,
    ApiServer,
    controllers_command,
    kubeconfig,
    start_process,
)
from local_aws.state import ServiceRecord, StateFolder

SECONDS = 2.0
ADMIN = "local-admin"

logger = logging.getLogger("local_aws")


def image(kubernetes_version: str) -> str:
    """Return the first k3s image of a Kubernetes minor version, as Docker Hub names it."""
    return f"rancher/k3s:v{kubernetes_version}.0-k3s1"


def reachable_address() -> str:
    """Return the address on which containers reach this machine, and nobody from outside.

    On Linux it is the bridge's own; Docker Desktop leads containers to loopback.
    """
    if platform.system() != "Linux":
        return "127.0.0.1"
    template = "{{(index .IPAM.Config 0).Gateway}}"
    return _docker("network", "inspect", "bridge", "--format", template).strip()


@dataclass
class Companion:
    """Looks after the k3s containers of one account."""

    folder: StateFolder
    record: ServiceRecord
    _joined: dict[str, ExitStack] = field(default_factory=dict)
    _imported: set[tuple[str, str]] = field(default_factory=set)

    def watch(self) -> None:
        """Look again and again, in a thread of its own."""
        threading.Thread(target=self._watch, name="k3s", daemon=True).start()

    def look(self) -> None:
        """Join every cluster that has come, and leave those that are gone."""
        eks = client(self.record, "eks")
        clusters = {
            name: eks.describe_cluster(name=name)["cluster"]
            for name in eks.list_clusters()["clusters"]
        }
        ready = {name: one for name, one in clusters.items() if one["status"] == "ACTIVE"}
        for name in set(self._joined) - set(ready):
            self._joined.pop(name).close()
        for name, cluster in ready.items():
            container = self.container(name)
            if name not in self._joined:
                self._joined[name] = self._join(name, cluster["endpoint"], container)
            self._import_images(container)

    def container(self, cluster_name: str) -> str:
        """Return the name that MiniStack gives a cluster's container."""
        return f"ministack-eks-{self.record.account}-{self.record.region}-{cluster_name}"

    def _watch(self) -> None:
        while True:
            try:
                self.look()
            except Exception as error:  # noqa: BLE001  # a cluster on its way is no reason to end
                logger.warning("k3s: %s", error)
            time.sleep(SECONDS)

    def _join(self, name: str, endpoint: str, container: str) -> ExitStack:
        """Make an administrator in the cluster, and start the controller that MiniStack lacks."""
        place = self.folder.clusters / name
        place.mkdir(parents=True, exist_ok=True)
        kubectl = ("exec", container, "kubectl")
        account = f"kube-system:{ADMIN}"
        for command in (
            ("create", "serviceaccount", ADMIN, "--namespace", "kube-system"),
            (
                *("create", "clusterrolebinding", ADMIN),
                *("--clusterrole", "cluster-admin", "--serviceaccount", account),
            ),
        ):
            # A second time they exist.
            _docker(*kubectl, *command, check=False)
        token = _docker(
            *kubectl,
            *("create", "token", ADMIN, "--namespace", "kube-system", "--duration", "24h"),
        ).strip()
        authority = _docker(
            "exec", container, "cat", "/var/lib/rancher/k3s/server/tls/server-ca.crt"
        )
        (place / CERTIFICATE).write_text(authority, encoding="utf-8")
        (place / TOKEN).touch(mode=0o600)
        (place / TOKEN).write_text(token, encoding="utf-8")
        server = ApiServer(
            endpoint=endpoint, certificate_authority=authority.encode(), admin_token=token
        )
        (place / KUBECONFIG).write_text(
            kubeconfig(name, server, place / CERTIFICATE), encoding="utf-8"
        )
        stack = ExitStack()
        controllers = controllers_command(
            place,
            endpoint=endpoint,
            cluster_name=name,
            aws_endpoint=self.record.aws_endpoint,
            region=self.record.region,
            account=self.record.account,
        )
        start_process(
            stack, place / "controllers.log", [*controllers, "--only", "LoadBalancerController"]
        )
        return stack

    def _import_images(self, container: str) -> None:
        """Hand over what Docker built: the emulated repository keeps no layers."""
        for build in ledger_in(self.folder.images).builds():
            for name in build.names if build.builder == "docker" else ():
                if (container, name) in self._imported:
                    continue
                saved = subprocess.Popen(  # noqa: S603
                    ["docker", "save", name],  # noqa: S607  # the user's own
                    stdout=subprocess.PIPE,
                )
                with saved:
                    subprocess.run(  # noqa: S603
                        ["docker", "exec", "-i", container, "ctr", "images", "import", "-"],  # noqa: S607
                        stdin=saved.stdout,
                        capture_output=True,
                        check=True,
                    )
                self._imported.add((container, name))


def _docker(*arguments: str, check: bool = True) -> str:
    return subprocess.run(  # noqa: S603
        ["docker", *arguments],  # noqa: S607  # the user's own
        capture_output=True,
        text=True,
        check=check,
        timeout=60,
    ).stdout
