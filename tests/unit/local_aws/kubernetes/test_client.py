from __future__ import annotations

import pytest

from local_aws.kubernetes.client import (
    DEPLOYMENTS,
    NODES,
    PODS,
    SECRETS,
    ApiStatusError,
    Client,
    Kind,
)
from tests.unit.local_aws.kubernetes import manifests


@pytest.mark.parametrize(
    ("kind", "arguments", "path"),
    [
        (PODS, (), "/api/v1/pods"),
        (PODS, ("web",), "/api/v1/namespaces/web/pods"),
        (PODS, ("web", "a", "binding"), "/api/v1/namespaces/web/pods/a/binding"),
        (NODES, ("", "n", "status"), "/api/v1/nodes/n/status"),
        (DEPLOYMENTS, ("web", "a"), "/apis/apps/v1/namespaces/web/deployments/a"),
    ],
)
def test_kind_knows_its_paths(kind: Kind, arguments: tuple[str, ...], path: str) -> None:
    assert kind.path(*arguments) == path


def test_a_client_goes_through_an_object_s_life(kube_client: Client, namespace: str) -> None:
    """Created, found, listed, patched, replaced and deleted; another of the name is spared."""
    secret = {"metadata": {"name": "a", "namespace": namespace}, "data": {"k": "djE="}}
    created = kube_client.create(SECRETS, secret)
    assert kube_client.get(SECRETS, namespace, "a") == created
    assert [one["kind"] for one in kube_client.list(SECRETS, namespace)] == ["Secret"]
    assert kube_client.list(SECRETS, namespace, label_selector="x=y") == []
    patched = kube_client.patch(SECRETS, created, {"metadata": {"labels": {"x": "y"}}})
    with pytest.raises(ApiStatusError) as conflict:
        kube_client.replace(SECRETS, manifests.changed(created, "data.k", "djI="))
    assert (conflict.value.code, conflict.value.reason) == (409, "Conflict")
    kube_client.replace(SECRETS, manifests.changed(patched, "data.k", "djI="))
    for _ in range(2):
        kube_client.delete(SECRETS, created)
        assert kube_client.get(SECRETS, namespace, "a") is None
    kube_client.create(SECRETS, secret)
    with pytest.raises(ApiStatusError, match="Precondition failed: UID"):
        kube_client.delete(SECRETS, created)
