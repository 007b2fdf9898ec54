from __future__ import annotations

import pytest

from constructs_lib.specs.tags import owner_of


@pytest.mark.parametrize(
    ("key", "owner"),
    [
        ("eks.amazonaws.com/nodeclass", "EKS"),
        ("ingress.k8s.aws/resource", "the AWS Load Balancer Controller"),
        ("topology.kubernetes.io/zone", "Kubernetes"),
        ("cost-center", None),
        ("a.example.com/eks", None),
        ("notkubernetes.io/a", None),
        ("team:eks", None),
    ],
)
def test_a_key_belongs_to_who_finds_by_it(key: str, owner: str | None) -> None:
    """By its prefix, or that of a subdomain; a name that only ends or begins like it is free."""
    assert owner_of(key) == owner
