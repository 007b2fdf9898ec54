from __future__ import annotations

import pytest

from local_aws.kubernetes.api_server.cluster import Cluster


@pytest.fixture
def state() -> Cluster:
    """Return a new cluster of the stand-in, in this process."""
    return Cluster("1.36")
