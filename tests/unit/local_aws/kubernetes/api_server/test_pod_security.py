from __future__ import annotations

from typing import Any

import pytest

from local_aws.kubernetes.api_server import pod_security
from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, deployment, pod

RESTRICTED: Json = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "web",
            "image": "web:1",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
}
CONTAINER = "containers.0.securityContext"


def test_restricted_pod_breaks_nothing() -> None:
    assert pod_security.violations(RESTRICTED, "restricted") == []


@pytest.mark.parametrize(
    ("path", "value", "level", "words"),
    [
        ("hostNetwork", True, "baseline", "host namespaces (hostNetwork=true)"),
        (f"{CONTAINER}.privileged", True, "baseline", 'privileged (container "web" must not'),
        (f"{CONTAINER}.capabilities.add", ["NET_ADMIN"], "baseline", "non-default capabilities"),
        ("volumes", [{"name": "v", "hostPath": {"path": "/"}}], "baseline", "hostPath volumes"),
        ("containers.0.ports", [{"containerPort": 1, "hostPort": 1}], "baseline", "hostPort (1)"),
        (f"{CONTAINER}.allowPrivilegeEscalation", None, "restricted", "allowPrivilegeEscalation"),
        (f"{CONTAINER}.capabilities.drop", [], "restricted", "unrestricted capabilities"),
        ("securityContext.runAsNonRoot", None, "restricted", "runAsNonRoot != true"),
        (f"{CONTAINER}.runAsNonRoot", False, "restricted", "runAsNonRoot != true"),
        (f"{CONTAINER}.runAsUser", 0, "restricted", "runAsUser=0"),
        ("securityContext.seccompProfile", None, "restricted", "seccompProfile"),
        ("volumes", [{"name": "v", "nfs": {}}], "restricted", "restricted volume types"),
    ],
)
def test_rule_is_held(path: str, value: Any, level: str, words: str) -> None:  # noqa: ANN401 - any field
    broken = pod_security.violations(changed(RESTRICTED, path, value), level)
    assert [text for text in broken if text.startswith(words)]
    if level == "restricted":
        assert pod_security.violations(changed(RESTRICTED, path, value), "baseline") == []


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
