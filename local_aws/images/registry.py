"""Tell the emulated Elastic Container Registry about an image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

import boto3

from local_aws.images.manifests import Manifest

ADDRESS = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
    r"/(?P<repository>[^:]+):(?P<tag>.+)"
)


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where an image goes, as its address says."""

    account: str
    region: str
    repository: str
    tag: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG`."""
        found = ADDRESS.fullmatch(text)
        if not found:
            raise ValueError(f"{text} is no address of an image in Elastic Container Registry.")
        return cls(**found.groupdict())


def put(address: Address, manifest: Manifest) -> None:
    """Put the manifest and its tag into the repository; the layers stay on this machine.

    Nothing pulls them: no container runs in the emulated account, and the emulator holds all it
    has in memory. Endpoint and credentials come from the environment, as for every AWS client.
    """
    boto3.client("ecr", region_name=address.region).put_image(
        registryId=address.account,
        repositoryName=address.repository,
        imageManifest=manifest.text,
        imageManifestMediaType=manifest.media_type,
        imageTag=address.tag,
        imageDigest=manifest.digest,
    )
