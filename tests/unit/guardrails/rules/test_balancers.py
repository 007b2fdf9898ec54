"""Names of load balancers: whose is whose."""

from __future__ import annotations

import pytest

from tests.unit.guardrails.rules.objects import Json, environment, item, values

ALB, NLB = "alb.ingress.kubernetes.io", "service.beta.kubernetes.io/aws-load-balancer"
NAMED = {f"{ALB}/load-balancer-name": "shop"}
GROUP = {f"{ALB}/group.name": "all"}


def alb(name: str, of_class: str = "alb", **annotations: str) -> Json:
    """Return an Ingress."""
    made = item("Ingress", name, spec={"ingressClassName": of_class})
    return {**made, "metadata": {**made["metadata"], "annotations": annotations}}


def nlb(name: str, kind: str = "LoadBalancer", called: str = "shop") -> Json:
    """Return a Service with the name of a load balancer."""
    made = item("Service", name, spec={"type": kind, "loadBalancerClass": "service.k8s.aws/nlb"})
    own = {f"{NLB}-name": called, f"{NLB}-type": "external"}
    return {**made, "metadata": {**made["metadata"], "annotations": own}}


def parameters(**spec: object) -> Json:
    """Return the parameters of the class alb."""
    return item("IngressClassParams", "alb", namespace="default", spec=spec)


WEB = item("IngressClass", "web", namespace="default", spec={"parameters": {"name": "alb"}})
"""A class with those parameters and another name."""


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ([alb("a", **NAMED)], []),
        ([alb("a", **NAMED), alb("b")], []),
        ([alb("a", **NAMED), alb("b", **NAMED)], ["Ingress/b load balancer shop"]),
        ([alb("a", **NAMED), alb("b", **NAMED), alb("c", **NAMED)], ["Ingress/b load balancer shop", "Ingress/c load balancer shop"]),
        ([alb("a", **NAMED, **GROUP), alb("b", **NAMED, **GROUP)], []),
        ([alb("a", **NAMED, **GROUP), alb("b", **GROUP)], []),
        ([alb("a", **NAMED, **GROUP), alb("b", **NAMED)], ["Ingress/b load balancer shop"]),
        ([alb("a", **NAMED, **GROUP), alb("b", **{**NAMED, f"{ALB}/load-balancer-name": "blog"}, **GROUP)], ["Ingress/a load balancer blog"]),
        ([nlb("a"), nlb("b")], ["Service/b load balancer shop"]),
        ([nlb("a"), nlb("b", "ClusterIP")], []),
        ([nlb("a"), nlb("b", called="blog")], []),
        ([nlb("a", called="${Name}"), nlb("b", called="${Name}")], []),
        ([nlb("a"), alb("b", **NAMED)], ["Ingress/b load balancer shop"]),
        # The parameters of a class are those of each of its Ingresses.
        ([parameters(loadBalancerName="shop"), alb("a"), alb("b")], ["Ingress/b load balancer shop"]),
        ([parameters(loadBalancerName="shop", group={"name": "all"}), alb("a"), alb("b")], []),
        ([parameters(group={"name": "one"}), alb("a", **NAMED, **GROUP), alb("b", **NAMED, **{f"{ALB}/group.name": "another"})], []),
        ([parameters(loadBalancerName="shop"), WEB, alb("a", "web"), alb("b", "web")], ["Ingress/b load balancer shop"]),
    ],
)  # fmt: skip
def test_a_name_is_that_of_one_load_balancer(objects: list[Json], found: list[str]) -> None:
    """Ingresses of a group share theirs."""
    made = environment(*objects, Name={"Type": "AWS::SSM::Parameter"})
    assert [each for each in values("KUBE33", made) if "load balancer" in each] == found
