"""An API server accepts every Kubernetes object.

It sees what schemas can't: selectors that miss their labels, limits below requests, and Pod
Security. The server is the real one where KUBEBUILDER_ASSETS names a folder with etcd and
kube-apiserver (the convention of envtest, kubernetes-sigs/controller-runtime), else the stand-in of
local_aws.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_aws.kubernetes.tools import extract
from local_aws.kubernetes_hosts import kubeconfig, serve
from local_aws.loopback import CERTIFICATE
from tests.support import Assembly, kubernetes_objects, reference

ASSETS = os.environ.get("KUBEBUILDER_ASSETS")
STAGES = {config.stage_id: config.cluster.kubernetes_version for config in reference()}


@dataclass(frozen=True)
class Kubectl:
    """The kubectl of a Kubernetes version, and a server of its own in a folder."""

    program: Path
    folder: Path

    def __call__(
        self, *arguments: str, objects: Sequence[dict[str, Any]]
    ) -> subprocess.CompletedProcess[str]:
        """Run it with objects on its standard input."""
        return subprocess.run(  # noqa: S603  # extracted from the layer
            [str(self.program), f"--cache-dir={self.folder / 'cache'}", *arguments],
            input="\n---\n".join(json.dumps(item) for item in objects),
            env={"KUBECONFIG": str(self.folder / "kubeconfig"), "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    """Return the stage of an environment."""
    return str(request.param)


@pytest.fixture
def kubectl(stage: str, tmp_path: Path) -> Iterator[Kubectl]:
    """Start a server of the environment's Kubernetes version, and stop it."""
    version = STAGES[stage]
    with ExitStack() as stack:
        server = serve(
            stack,
            tmp_path,
            kubernetes_version=version,
            assets=Path(ASSETS) if ASSETS else None,
        )
        config = kubeconfig("dry-run", server, tmp_path / CERTIFICATE)
        (tmp_path / "kubeconfig").write_text(config, encoding="utf-8")
        yield Kubectl(extract(version, tmp_path / "tools")["kubectl"], tmp_path)


def needed_by_pods(objects: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what must be there before a pod is admitted, namespaces first."""
    kinds = ("Namespace", "ServiceAccount")
    return [item for kind in kinds for item in objects if item["kind"] == kind]


def pods_of(objects: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each Deployment's pod as a Pod: Pod Security only warns about a Deployment."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": item["metadata"]["name"],
                "namespace": item["metadata"]["namespace"],
                "labels": item["spec"]["template"]["metadata"]["labels"],
            },
            "spec": item["spec"]["template"]["spec"],
        }
        for item in objects
        if item["kind"] == "Deployment"
    ]


def test_server_accepts_every_object(stage: str, assembly: Assembly, kubectl: Kubectl) -> None:
    """Server-side dry run of the cluster's and the sample service's objects."""
    objects = [
        item
        for stack in (f"{stage}/Cluster", f"{stage}/SampleService")
        for _, item in kubernetes_objects(assembly.templates[stack])
    ]
    made = kubectl("apply", "--server-side", "-f", "-", objects=needed_by_pods(objects))
    assert made.returncode == 0, made.stderr
    tried = kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "-f",
        "-",
        objects=[*objects, *pods_of(objects)],
    )
    assert tried.returncode == 0, tried.stderr
    assert "Warning" not in tried.stderr, tried.stderr


def test_server_refuses_what_pod_security_forbids(assembly: Assembly, kubectl: Kubectl) -> None:
    """A pod of the sample service that runs as root is not taken."""
    objects = [item for _, item in kubernetes_objects(assembly.templates["Dev/SampleService"])]
    kubectl("apply", "-f", "-", objects=needed_by_pods(objects))
    (pod, *_) = pods_of(objects)
    pod["spec"]["securityContext"]["runAsNonRoot"] = False
    refused = kubectl("apply", "--dry-run=server", "-f", "-", objects=[pod])
    assert refused.returncode != 0
    assert "violates PodSecurity" in refused.stderr
