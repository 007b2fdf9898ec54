from __future__ import annotations

import pytest

from guardrails.kubernetes_objects.containers import RULES
from tests.unit.guardrails.kubernetes_objects.objects import (
    Json,
    environment,
    item,
    values,
    workload,
)

DIGEST = "a" * 64


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        (f"public.ecr.aws/nginx/nginx@sha256:{DIGEST}", True),
        (f"public.ecr.aws/nginx/nginx:1.29@sha256:{DIGEST}", True),
        (f"value.dkr.ecr.eu-west-1.value/cdk-assets:{DIGEST}", True),
        (f"value.dkr.ecr.eu-west-1.value/cdk-assets:web-{DIGEST}", True),
        ("value", True),
        ("value:value", True),
        ("value:latest", False),
        ("nginx", False),
        ("nginx:1.29.1", False),
        ("nginx@sha256:abc", False),
        ("", False),
    ],
)
def test_an_image_is_pinned_by_digest_or_asset(image: str, *, pinned: bool) -> None:
    """What is filled in at deploy reads as a plain word, and is not judged."""
    found = values(RULES, "KUBE12", environment(workload(container={"image": image})))
    assert (found == []) is pinned


@pytest.mark.parametrize(
    ("resources", "missing"),
    [
        ({}, ["cpu", "memory"]),
        ({"requests": {"cpu": "1"}}, ["memory"]),
        ({"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}, []),
    ],
)
def test_a_container_asks_for_cpu_and_memory(resources: Json, missing: list[str]) -> None:
    """A limit without a request is a request as well."""
    found = values(RULES, "KUBE9", environment(workload(container={"resources": resources})))
    assert found == [f"Deployment/web main {name}" for name in missing]


FENCED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
OF_POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


@pytest.mark.parametrize(
    ("of_pod", "of_container", "open_doors"),
    [
        (OF_POD, FENCED, []),
        ({}, {**OF_POD, **FENCED}, []),
        (OF_POD, {**FENCED, "runAsNonRoot": False}, ["runAsNonRoot"]),
        (OF_POD, {**FENCED, "runAsUser": 0}, ["runAsNonRoot"]),
        (OF_POD, {**FENCED, "seccompProfile": {"type": "Unconfined"}}, ["seccompProfile"]),
        (
            OF_POD,
            {**FENCED, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}},
            [],
        ),
        (
            {**OF_POD, **FENCED},
            {},
            # These two count for a container alone.
            ["allowPrivilegeEscalation", "capabilities"],
        ),
    ],
)
def test_a_container_is_fenced_in(of_pod: Json, of_container: Json, open_doors: list[str]) -> None:
    """What the container says goes before what the pod says."""
    found = environment(
        workload(pod={"securityContext": of_pod}, container={"securityContext": of_container})
    )
    assert values(RULES, "KUBE11", found) == [f"Deployment/web main {door}" for door in open_doors]


def test_a_container_that_prepares_is_fenced_in_too() -> None:
    """It runs on the same node."""
    prepared = workload(pod={"initContainers": [{"name": "prepare", "image": "nginx"}]})
    found = values(RULES, "KUBE11", environment(prepared))
    assert "Deployment/web prepare runAsNonRoot" in found


def test_a_job_needs_no_probes() -> None:
    """It answers nobody."""
    job = item("Job", spec={"template": {"spec": {"containers": [{"name": "main"}]}}})
    assert values(RULES, "KUBE8", environment(job)) == []
    assert values(RULES, "KUBE8", environment(workload())) == [
        "Deployment/web main readinessProbe",
        "Deployment/web main livenessProbe",
    ]
