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

from local_aws import leash
from local_aws.kubernetes_hosts import ApiServer

TOKEN = "admin-token-of-a-test"  # noqa: S105  # of a server that only tests talk to
NAMESPACES = "/api/v1/namespaces"


class Objects(BaseHTTPRequestHandler):
    """Keeps what is put at a path, and lists what lies below a collection."""

    store: dict[str, dict[str, object]]

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def answer(self, status: int, body: object) -> None:
        """Send JSON."""
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self) -> dict[str, object]:
        """Read JSON."""
        read: dict[str, object] = json.loads(
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        )
        return read

    def trusted(self) -> bool:
        """Refuse any token but the administrator's."""
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self.answer(401, {})
        return False

    def do_GET(self) -> None:
        """Return an object, or the list of a collection."""
        path, _, query = self.path.partition("?")
        if not self.trusted():
            return
        if path in self.store:
            self.answer(200, self.store[path])
        elif path.rsplit("/", 1)[1] in {"namespaces", "clusterrolebindings", "rolebindings"}:
            self.answer(200, {"items": list(self.listed(path, labelled=bool(query)))})
        else:
            self.answer(404, {})

    def listed(self, path: str, *, labelled: bool) -> list[object]:
        """All objects of a kind, in whatever namespace."""
        kind = path.rsplit("/", 1)[1]
        return [
            item
            for name, item in list(self.store.items())
            if name.split("/")[-2] == kind and (not labelled or item["metadata"].get("labels"))  # type: ignore[attr-defined]
        ]

    def do_POST(self) -> None:
        """Add an object to a collection."""
        if self.trusted():
            item = self.body()
            self.store[f"{self.path}/{item['metadata']['name']}"] = item  # type: ignore[index]
            self.answer(201, item)

    def do_PUT(self) -> None:
        """Replace an object."""
        if self.trusted():
            self.store[self.path] = self.body()
            self.answer(200, {})

    def do_DELETE(self) -> None:
        """Remove an object."""
        if self.trusted():
            self.store.pop(self.path, None)
            self.answer(200, {})


class ObjectHost:
    """A Kubernetes host whose API servers are threads."""

    def __init__(self) -> None:
        """Start with no cluster."""
        self.servers: dict[str, ThreadingHTTPServer] = {}

    def start(self, cluster_name: str, *, kubernetes_version: str, token_webhook: str) -> ApiServer:
        """Serve; a cluster named after a failure fails, and a slow one takes its time."""
        if "unlucky" in cluster_name:
            raise RuntimeError("The Kubernetes API server does not answer.")
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
