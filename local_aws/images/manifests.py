"""Image manifests: of an image that was built, and of one that was not."""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import dataclass
from typing import IO, Any, Self

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "digest": "sha256:" + hashlib.sha256(b"{}").hexdigest(),
    "size": 2,
}

LARGEST_DOCUMENT = 1_000_000
"""Bytes. Layers are larger than manifests; a manifest is never larger than a few kilobytes."""


class NoManifestError(ValueError):
    """An archive has no manifest where one is expected."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The document that names an image's configuration and layers by their digests."""

    text: str
    media_type: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Take a manifest as it stands: one changed byte would be another image."""
        return cls(text=text, media_type=json.loads(text).get("mediaType", OCI_MANIFEST))

    @property
    def digest(self) -> str:
        """Return the name that a registry gives the image."""
        return _digest(self.text.encode())

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the digests of the layers, lowest first."""
        return tuple(layer["digest"] for layer in self._document["layers"])

    @property
    def size(self) -> int:
        """Return the bytes of all layers together."""
        return sum(layer["size"] for layer in self._document["layers"])

    @property
    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.text)
        return document


def of_nothing(*, name: str, reason: str) -> Manifest:
    """Return the smallest valid manifest, which says itself that nothing was built.

    The name makes it differ from others of its kind: one digest can't be two images.
    """
    annotations = {
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.description": f"Not built. {reason}",
    }
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": EMPTY,
        "layers": [EMPTY],
        "annotations": annotations,
    }
    return Manifest.read(json.dumps(document))


def in_archive(stream: IO[bytes]) -> Manifest:
    """Return the manifest in an archive of `docker save`, read once from front to back.

    Layers pass by unread: the manifest is among the small files.
    """
    documents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|*") as archive:
            for member in archive:
                if member.isfile() and member.size <= LARGEST_DOCUMENT:
                    content = archive.extractfile(member)
                    documents[member.name] = content.read() if content else b""
    except tarfile.TarError as error:
        raise NoManifestError(f"`docker save` wrote no archive: {error}.") from error
    if "index.json" not in documents:
        raise NoManifestError("`docker save` wrote no index.json: Docker 25 or newer is needed.")
    text = documents["index.json"]
    while "manifests" in (document := json.loads(text)):
        algorithm, _, digest = document["manifests"][0]["digest"].partition(":")
        blob = f"blobs/{algorithm}/{digest}"
        if blob not in documents:
            raise NoManifestError(f"`docker save` wrote no {blob}, which its index names.")
        text = documents[blob]
    return Manifest.read(text.decode())


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
