from __future__ import annotations

import pytest

from tests.unit.guardrails.rules.objects import (
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
        (f"${{Account}}.dkr.ecr.eu-west-1.${{Suffix}}/cdk-assets:{DIGEST}", True),
        (f"${{Account}}.dkr.ecr.eu-west-1.${{Suffix}}/cdk-assets:web-{DIGEST}", True),
        ("${Image}", True),
        ("${Image}:${Tag}", True),
        ("${Image}:latest", False),
        ("nginx", False),
        ("nginx:1.29.1", False),
        ("nginx@sha256:abc", False),
        ("", False),
    ],
)
def test_an_image_is_pinned_by_digest_or_asset(image: str, *, pinned: bool) -> None:
    """What is filled in at deploy reads as a plain word, and is not judged."""
    found = values("KUBE12", environment(workload(container={"image": image})))
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
    found = values("KUBE9", environment(workload(container={"resources": resources})))
    assert found == [f"Deployment/web main {name}" for name in missing]


def test_a_job_needs_no_probes() -> None:
    """It answers nobody."""
    job = item("Job", spec={"template": {"spec": {"containers": [{"name": "main"}]}}})
    assert values("KUBE8", environment(job)) == []
    assert values("KUBE8", environment(workload())) == [
        "Deployment/web main readinessProbe",
        "Deployment/web main livenessProbe",
    ]
