from __future__ import annotations

import pytest

from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.errors import ApiError
from tests.unit.kube.pod_specs import RESTRICTED
from tests.unit.local_aws.kubernetes.manifests import deployment, pod


def test_namespace_says_what_is_enforced(cluster: Cluster) -> None:
    """A pod is refused; of a Deployment's template the client is only warned."""
    prefix = "pod-security.kubernetes.io"
    labels = {f"{prefix}/enforce": "restricted", f"{prefix}/warn": "restricted"}
    namespaces = cluster.registry.get("", "namespaces")
    cluster.create(namespaces, "", {"metadata": {"name": "strict", "labels": labels}}, Write())
    wrong = pod()
    del wrong["metadata"]["namespace"]
    pods = cluster.registry.get("", "pods")
    with pytest.raises(ApiError, match='violates PodSecurity "restricted:latest": allowPriv'):
        cluster.create(pods, "strict", wrong, Write())
    right = {**wrong, "spec": RESTRICTED}
    assert cluster.create(pods, "strict", right, Write())["metadata"]["uid"]
    write = Write()
    cluster.create(cluster.registry.get("apps", "deployments"), "strict", deployment(), write)
    assert write.warnings[0].startswith('would violate PodSecurity "restricted:latest"')


@pytest.mark.parametrize(("version", "said"), [("latest", "latest"), ("v1.33", "v1.33")])
def test_namespace_says_which_version(cluster: Cluster, version: str, said: str) -> None:
    """Hosts of probes are forbidden from 1.34 on."""
    prefix = "pod-security.kubernetes.io"
    labels = {f"{prefix}/warn": "baseline", f"{prefix}/warn-version": version}
    namespaces = cluster.registry.get("", "namespaces")
    cluster.create(namespaces, "", {"metadata": {"name": "kind", "labels": labels}}, Write())
    probed = pod(hostNetwork=True)
    probed["metadata"].pop("namespace")
    probed["spec"]["containers"][0]["readinessProbe"] = {"tcpSocket": {"port": 80, "host": "a"}}
    write = Write()
    cluster.create(cluster.registry.get("", "pods"), "kind", probed, write)
    (warning,) = write.warnings
    assert warning.startswith(f'would violate PodSecurity "baseline:{said}": host namespaces')
    assert ("probe or lifecycle host" in warning) is (version == "latest")
