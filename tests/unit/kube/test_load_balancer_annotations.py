from __future__ import annotations

from typing import Any

import pytest

from kube.load_balancer_annotations import problems, reads
from kube.load_balancers import SERVICE
from kube.values import Unknown

ALB = "alb.ingress.kubernetes.io/"
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
PORTS = [{"name": "https", "port": 443}, {"name": "http", "port": 80}]


def service(**annotations: object) -> dict[str, Any]:
    """Return a Service of the controller with annotations."""
    named = {f"{SERVICE}-{name.replace('_', '-')}": value for name, value in annotations.items()}
    spec = {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb", "ports": PORTS}
    return {"kind": "Service", "metadata": {"annotations": named}, "spec": spec}


def ingress(spec: object = None, **annotations: object) -> dict[str, Any]:
    """Return an Ingress with annotations."""
    named = {f"{ALB}{name.replace('_', '-')}": value for name, value in annotations.items()}
    return {"kind": "Ingress", "metadata": {"annotations": named}, "spec": spec}


@pytest.mark.parametrize(
    "obj",
    [
        service(scheme="internal", proxy_protocol="*", healthcheck_protocol="HTTP"),
        service(ssl_cert=f"{CERTIFICATE}, {CERTIFICATE}", ssl_ports="https, 443"),
        service(healthcheck_port="8081", healthcheck_success_codes="200-299,404"),
        service(healthcheck_port="http"),
        service(healthcheck_port="traffic-port"),
        service(scheme="internet-facing", eip_allocations="eipalloc-0a, eipalloc-0b"),
        service(attributes="access_logs.s3.enabled=true, access_logs.s3.bucket=logs"),
        service(target_group_attributes="stickiness.enabled=true,stickiness.type=source_ip"),
        service(scheme=Unknown("${Scheme}"), attributes=Unknown("${Attributes}")),
        service(**{"listener_attributes.TCP-80": "tcp.idle_timeout.seconds=400"}),
        ingress(listen_ports='[{"HTTP": 80}, {"HTTPS":443}]', certificate_arn=CERTIFICATE),
        ingress({"rules": [{"host": "example.com"}]}, listen_ports='[{"HTTPS": 443}]'),
        ingress(ssl_redirect="443", certificate_arn=CERTIFICATE),
        service(security_groups="sg-1", manage_backend_security_group_rules="true"),
        ingress(security_groups="sg-1", manage_backend_security_group_rules="false"),
        ingress(inbound_cidrs="10.0.0.0/8, 2001:db8::/32", tags="a=b,c="),
        ingress(**{"actions.deny": '{"type":"fixed-response"}', "group.order": "-5"}),
        {"kind": "Ingress", "metadata": {"annotations": {"nginx.org/anything": "x"}}},
        {"kind": "Ingress", "metadata": None, "spec": []},
        None,
    ],
)
def test_what_the_documentation_shows_is_right(obj: object) -> None:
    """So is what only a deploy fills in, and what other controllers read."""
    assert list(problems(obj, "eu-west-1")) == []


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (service(schema="internal"), f"Do you mean {SERVICE}-scheme?"),
        (service(healthcheck_interval="300s"), "a number from 5 to 300"),
        (service(healthcheck_port="70000"), "type check port"),
        (service(attributes="idle_timeout=60"), "Do you mean idle_timeout.timeout_seconds?"),
        (service(ssl_cert=CERTIFICATE.replace("west", "east")), "The certificate is in eu-east-1"),
        (service(ssl_ports="8443", ssl_cert=CERTIFICATE), "has no port 8443"),
        (service(private_ipv4_addresses="10.0.0.1", scheme="internet-facing"), "go with"),
        (ingress(listen_ports='[{"TCP": 80}]'), "type listeners"),
        (ingress(listen_ports='[{"HTTPS": 443}]'), "certificate-arn"),
        (ingress(healthcheck_timeout_seconds="9", healthcheck_interval_seconds="5"), "longer"),
        (ingress(**{"actions.deny": "{"}), "is no JSON"),
    ],
)  # fmt: skip
def test_a_problem_says_what_would_be_right(obj: object, words: str) -> None:
    """It names the annotation as well."""
    ((name, wrong),) = problems(obj, "eu-west-1")
    assert words in wrong
    assert "/" in name


def test_only_the_controller_reads_them() -> None:
    """Kubernetes' own controller has annotations of its own under the same prefix."""
    assert reads(service())
    assert reads({"kind": "Service", "metadata": {"annotations": {f"{SERVICE}-type": "external"}}})
    assert not reads({"kind": "Service", "spec": {"type": "LoadBalancer"}})
    assert not reads({"kind": "ConfigMap"})


@pytest.mark.parametrize("obj", [service(security_groups="sg-1"), ingress(security_groups="sg-1")])
def test_groups_of_ones_own_say_who_opens_the_pods(obj: object) -> None:
    """Without a word the controller opens nothing ("Service annotations", "Ingress annotations")."""
    ((name, wrong),) = problems(obj)
    assert name.endswith("security-groups")
    assert "manage-backend-security-group-rules" in wrong
