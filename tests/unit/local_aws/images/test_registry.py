from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from local_aws.images import manifests, registry
from local_aws.images.registry import Address


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Return what an AWS endpoint on loopback is asked, as it comes in."""
    received: list[tuple[str, dict[str, Any]]] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signature = self.headers["Authorization"]
            received.append((f"{self.headers['X-Amz-Target']} {signature}", json.loads(body)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111122223333")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield received
        server.shutdown()
        thread.join()


def test_manifest_goes_where_the_address_says(calls: list[tuple[str, dict[str, Any]]]) -> None:
    """Account, region, repository and tag come from the address, the rest from the environment."""
    manifest = manifests.of_nothing(name="web", reason="A test.")
    address = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/cdk-assets/all:abc"
    registry.put(Address.read(address), manifest)

    ((head, body),) = calls
    assert head.startswith("AmazonEC2ContainerRegistry_V20150921.PutImage ")
    assert "Credential=111122223333/" in head
    assert "/eu-west-1/ecr/" in head
    assert body == {
        "registryId": "444455556666",
        "repositoryName": "cdk-assets/all",
        "imageTag": "abc",
        "imageManifest": manifest.text,
        "imageManifestMediaType": manifest.media_type,
        "imageDigest": manifest.digest,
    }


@pytest.mark.parametrize("text", ["web:1", "docker.io/library/python:3.13", ""])
def test_other_registries_are_refused(text: str) -> None:
    """The CDK CLI pushes to Elastic Container Registry only."""
    with pytest.raises(ValueError, match="is no address of an image in Elastic"):
        Address.read(text)
