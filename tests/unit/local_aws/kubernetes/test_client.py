from __future__ import annotations

import pytest

from local_aws.kubernetes.client import SECRETS, ApiStatusError
from tests.unit.local_aws.kubernetes.manifests import changed
from tests.unit.local_aws.kubernetes.servers import Cluster


def test_a_client_goes_through_an_object_s_life(cluster: Cluster, namespace: str) -> None:
    """Created, found, listed, patched, replaced and deleted; another of the name is spared."""
    client = cluster.client
    secret = {"metadata": {"name": "a", "namespace": namespace}, "data": {"k": "djE="}}
    created = client.create(SECRETS, secret)
    assert client.get(SECRETS, namespace, "a") == created
    assert [one["kind"] for one in client.list(SECRETS, namespace)] == ["Secret"]
    assert client.list(SECRETS, namespace, label_selector="x=y") == []
    patched = client.patch(SECRETS, created, {"metadata": {"labels": {"x": "y"}}})
    with pytest.raises(ApiStatusError) as conflict:
        client.replace(SECRETS, changed(created, "data.k", "djI="))
    assert (conflict.value.code, conflict.value.reason) == (409, "Conflict")
    client.replace(SECRETS, changed(patched, "data.k", "djI="))
    for _ in range(2):
        client.delete(SECRETS, created)
        assert client.get(SECRETS, namespace, "a") is None
    client.create(SECRETS, secret)
    with pytest.raises(ApiStatusError, match=r"(?i)precondition"):
        client.delete(SECRETS, created)
