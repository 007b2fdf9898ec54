"""An emulated AWS in a process of its own, with a Kubernetes API server that only keeps objects.

A program: `python -m tests.unit.local_aws.emulator.emulated_aws PORT`. The environment names the
account, the region and where MiniStack keeps its files.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local_aws import leash
from local_aws.kubernetes_hosts import ApiServer, ProcessHost

TOKEN = "admin-token-of-a-test"  # noqa: S105  # of a server that only tests talk to
NAMESPACES = "/api/v1/namespaces"


class Objects(BaseHTTPRequestHandler):
    """Keeps what is put at a path, and lists what lies below a collection."""

    store: dict[str, dict[str, Any]]

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def answer(self) -> None:
        """Serve the administrator: read, list, add, replace, remove."""
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.send(401, {})
            return
        path, kind = self.path, self.path.rsplit("/", 1)[1]
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        if self.command == "POST":
            path = f"{path}/{body['metadata']['name']}"
        if body:
            self.store[path] = body
        found = self.store.get(path)
        if self.command == "DELETE":
            self.store.pop(path, None)
        items = [one for name, one in list(self.store.items()) if name.split("/")[-2] == kind]
        self.send(200, found or {"items": items})

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # as the server calls them

    def send(self, status: int, body: object) -> None:
        """Send JSON."""
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class ObjectHost(ProcessHost):
    """A Kubernetes host whose API servers are threads."""

    def __init__(self) -> None:
        """Start with no cluster."""
        self.servers: dict[str, ThreadingHTTPServer] = {}

    def start(self, cluster_name: str, *, kubernetes_version: str, token_webhook: str) -> ApiServer:
        """Serve; a cluster named after a failure fails, and a slow one takes its time."""
        if "unlucky" in cluster_name:
            raise RuntimeError("The Kubernetes API server does not respond.")
        if "slow" in cluster_name:
            time.sleep(1)
        store = {
            f"{NAMESPACES}/kube-system": {"metadata": {"name": "kube-system"}},
            "/started-with": {"version": kubernetes_version, "webhook": token_webhook},
        }
        handler = type("Store", (Objects,), {"store": store})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers[cluster_name] = server
        return ApiServer(
            endpoint=f"http://127.0.0.1:{server.server_address[1]}",
            certificate_authority=b"no certificate",
            admin_token=TOKEN,
        )

    def stop(self, cluster_name: str) -> None:
        """Stop serving."""
        server = self.servers.pop(cluster_name, None)
        if server is not None:
            server.shutdown()
            server.server_close()


def main() -> None:
    """Serve until the one that started this goes away."""
    leash.exit_with_parent()
    from local_aws.emulator.extensions import install  # noqa: PLC0415  # reads the environment

    install(ObjectHost())
    from local_aws import pod_identity  # noqa: PLC0415

    pod_identity.install(
        account=os.environ["MINISTACK_ACCOUNT_ID"], region=os.environ["MINISTACK_REGION"]
    )
    from ministack.app import main as serve  # noqa: PLC0415

    sys.argv[1:] = []
    serve()


if __name__ == "__main__":
    main()
