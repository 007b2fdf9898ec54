"""A pod pays for the smallest size that holds its requests and Fargate's own 256 MB."""

from __future__ import annotations

import pytest

from review.fargate_sizes import fargate_size


@pytest.mark.parametrize(
    ("cpu", "memory", "size"),
    [
        ("250m", "256Mi", (0.25, 0.5)),
        ("250m", "257Mi", (0.25, 1)),
        ("251m", "256Mi", (0.5, 1)),
        ("1", "1Gi", (1, 2)),
        ("250m", "2Gi", (0.5, 3)),
        ("250m", "500M", (0.25, 1)),
        ("0.25", "268435456", (0.25, 0.5)),
        ("16", "100Gi", (16, 104)),
    ],
)
def test_the_smallest_size_that_fits(cpu: str, memory: str, size: tuple[float, float]) -> None:
    """The table of the EKS user guide."""
    pod = {"containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}]}
    found = fargate_size(pod)
    assert (found.vcpus, found.gb) == size


def test_a_pod_without_requests_gets_the_smallest() -> None:
    """So does Fargate it."""
    found = fargate_size({"containers": [{}]})
    assert (found.vcpus, found.gb) == (0.25, 0.5)


def test_a_pod_that_fits_nowhere_is_refused() -> None:
    """The message says what is allowed."""
    pod = {"containers": [{"resources": {"requests": {"cpu": "17"}}}]}
    with pytest.raises(ValueError, match="at most 16 vCPU"):
        fargate_size(pod)
