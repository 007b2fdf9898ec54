from __future__ import annotations

import hashlib
import io
import json
import tarfile

import pytest

from local_aws.images import manifests
from local_aws.images.manifests import OCI_MANIFEST, Manifest, NoManifestError

LAYERS = [
    {"mediaType": "layer", "digest": "sha256:base", "size": 100},
    {"mediaType": "layer", "digest": "sha256:code", "size": 5},
]
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "docker/manifest", "layers": LAYERS})


def blob(text: str) -> tuple[str, str]:
    """Return the digest and the path of a document in an archive."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"sha256:{digest}", f"blobs/sha256/{digest}"


def index(text: str) -> str:
    """Return an index that names one document."""
    return json.dumps({"manifests": [{"digest": blob(text)[0]}]})


def archive(documents: dict[str, str]) -> io.BytesIO:
    """Return an archive such as `docker save` writes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("blobs"))
        for name, text in documents.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    stream.seek(0)
    return stream


def test_manifest_is_taken_as_it_stands() -> None:
    """Its digest is that of its bytes: a registry would compute the same."""
    manifest = Manifest.read(MANIFEST)
    assert manifest.digest == f"sha256:{hashlib.sha256(MANIFEST.encode()).hexdigest()}"
    assert manifest.layers == ("sha256:base", "sha256:code")
    assert manifest.size == 105
    assert manifest.media_type == "docker/manifest"


def test_manifest_without_a_type_is_an_oci_one() -> None:
    """Early OCI manifests did not say what they are."""
    assert Manifest.read('{"layers": []}').media_type == OCI_MANIFEST


@pytest.mark.parametrize("nested", [False, True], ids=["one index", "an index of indexes"])
def test_archive_of_docker_save_holds_the_manifest(*, nested: bool) -> None:
    """Docker's two image stores write an index, or an index of indexes."""
    inner = index(MANIFEST)
    documents = {
        "blobs/sha256/layer": "x" * (manifests.LARGEST_DOCUMENT + 1),
        blob(MANIFEST)[1]: MANIFEST,
        blob(inner)[1]: inner,
        "index.json": index(inner) if nested else inner,
    }
    assert manifests.in_archive(archive(documents)).text == MANIFEST


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (archive({"manifest.json": "[]"}), "Docker 25 or newer"),
        (archive({"index.json": index(MANIFEST)}), "which its index names"),
        (io.BytesIO(b""), "no archive"),
    ],
    ids=["old docker", "blob missing", "docker failed"],
)
def test_archive_without_a_manifest_is_refused(stream: io.BytesIO, words: str) -> None:
    """The message says what is missing."""
    with pytest.raises(NoManifestError, match=words):
        manifests.in_archive(stream)


def test_image_that_was_not_built_says_so() -> None:
    """Two such images differ, and each tells anybody who looks at the repository."""
    one, other = (manifests.of_nothing(name=name, reason="No builder.") for name in ("a", "b"))
    assert one.digest != other.digest
    assert one.media_type == OCI_MANIFEST
    document = json.loads(one.text)
    assert document["annotations"]["org.opencontainers.image.description"] == (
        "Not built. No builder."
    )
    assert document["config"]["digest"] == f"sha256:{hashlib.sha256(b'{}').hexdigest()}"
