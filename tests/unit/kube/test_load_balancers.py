"""Which load balancers face the internet, by kind, annotations and class."""

from __future__ import annotations

import pytest

from kube.load_balancers import internet_facing

NAME = "service.beta.kubernetes.io/aws-load-balancer"


@pytest.mark.parametrize(
    ("annotations", "spec", "facing"),
    [
        ({}, {"type": "ClusterIP"}, False),
        ({}, {"type": "LoadBalancer"}, True),
        ({}, {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb"}, False),
        ({f"{NAME}-type": "external"}, {"type": "LoadBalancer"}, False),
        ({f"{NAME}-internal": "true"}, {"type": "LoadBalancer"}, False),
        ({f"{NAME}-scheme": "internal"}, {"type": "LoadBalancer"}, False),
        (
            {f"{NAME}-scheme": "internet-facing", f"{NAME}-type": "external"},
            {"type": "LoadBalancer"},
            True,
        ),
        (None, None, False),
        ([], "LoadBalancer", False),
    ],
)
def test_a_service(annotations: object, spec: object, *, facing: bool) -> None:
    """Without an annotation or a class it is Kubernetes' own, which faces the internet."""
    service = {"kind": "Service", "metadata": {"annotations": annotations}, "spec": spec}
    assert internet_facing(service) is facing


def test_other_kinds() -> None:
    """An Ingress by its annotation, IngressClassParams by their scheme, nothing else."""
    scheme = {"alb.ingress.kubernetes.io/scheme": "internet-facing"}
    assert internet_facing({"kind": "Ingress", "metadata": {"annotations": scheme}})
    assert not internet_facing({"kind": "Ingress"})
    assert internet_facing({"kind": "IngressClassParams", "spec": {"scheme": "internet-facing"}})
    assert not internet_facing({"kind": "Deployment", "metadata": {"annotations": scheme}})
    assert not internet_facing(None)
