from __future__ import annotations

import pytest

from local_aws.kubernetes.api_server.cluster import Cluster


@pytest.fixture
def cluster() -> Cluster:
    """Return a new cluster in this process."""
    return Cluster("1.36")
