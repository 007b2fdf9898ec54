"""Network policies that cut parts of the platform off."""

from __future__ import annotations

from tests.unit.guardrails.mutations import Mutation, with_object
from tests.unit.guardrails.mutations.kubernetes_objects import breach

NAME = "app.kubernetes.io/name"

MUTATIONS: tuple[Mutation, ...] = tuple(
    breach(
        "REACH14",
        f"a policy cuts {name} off: {fix}",
        with_object(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "deny", "namespace": "kube-system"},
                "spec": {"podSelector": selector, **spec},
            }
        ),
        value=f"NetworkPolicy/deny {name}",
        fix=fix,
    )
    for name, selector, spec, fix in (
        (
            "aws-load-balancer-controller",
            {"matchLabels": {NAME: "aws-load-balancer-controller"}},
            {"policyTypes": ["Ingress"]},
            "TCP 9443 in from the API server",
        ),
        (
            "metrics-server",
            {"matchLabels": {NAME: "metrics-server"}},
            {"policyTypes": ["Ingress"]},
            "in from the API server",
        ),
        ("coredns", {}, {"policyTypes": ["Egress"]}, "by an ipBlock"),
        (
            "coredns",
            {"matchLabels": {"k8s-app": "kube-dns"}},
            {"policyTypes": ["Egress"], "egress": [{"ports": [{"port": 443, "protocol": "TCP"}]}]},
            "UDP 53 out to the VPC's resolver",
        ),
    )
)
