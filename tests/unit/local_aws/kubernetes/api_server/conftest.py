from __future__ import annotations

import pytest

from local_aws.kubernetes.api_server import bootstrap
from local_aws.kubernetes.api_server.cluster import Cluster


@pytest.fixture
def cluster() -> Cluster:
    """Return a new cluster in this process."""
    made = Cluster("1.36", certificate_authority="-----BEGIN CERTIFICATE-----")
    bootstrap.furnish(made)
    return made
