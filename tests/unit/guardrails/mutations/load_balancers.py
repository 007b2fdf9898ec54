"""Services, namespaces and secrets of the real environments that must not be so open."""

from __future__ import annotations

from collections.abc import Callable

from assembly.environment import Environment
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_resource, in_template, with_object

ANNOTATION = "service.beta.kubernetes.io/aws-load-balancer-"
ENFORCE = '"pod-security.kubernetes.io/enforce":"restricted"'
CERTIFICATE = "arn:aws:acm:{}:111122223333:certificate/0a1b2c3d-0000-4444-8888-0123456789ab"
KNOWN, API_URL = "controller's documentation", '"name":"API_URL","value":"http://api:8080"'


def _in(kind: str, name: str, old: str, new: str) -> Callable[[Environment], Environment]:
    return in_template("SampleService", manifest_change(kind, name, old, new))


def _service(  # noqa: PLR0917  # a row
    rule: str, name: str, old: str, new: str, value: str, fix: str
) -> Mutation:
    change = _in("Service", "web", old, new)
    return Mutation(rule=rule, name=name, environment="Prod", change=change, value=value, fix=fix)


def _annotation(name: str, field: str, old: str, new: str) -> Mutation:
    value = f"Service/web {ANNOTATION}{field}"
    return _service("EXPOSE23", name, old, new, value, KNOWN)


def _value(name: str, field: str, old: str, new: str) -> Mutation:
    return _annotation(
        name, field, f'{ANNOTATION}{field}":"{old}"', f'{ANNOTATION}{field}":"{new}"'
    )


def _more(
    name: str, field: str, rule: str = "EXPOSE23", fix: str = KNOWN, **added: str
) -> Mutation:
    old = f'{ANNOTATION}scheme":"internal"'
    pairs = (f',"{ANNOTATION}{key.replace("_", "-")}":"{value}"' for key, value in added.items())
    return _service(rule, name, old, old + "".join(pairs), f"Service/web {ANNOTATION}{field}", fix)


def _deployment(name: str, old: str, new: str, value: str) -> Mutation:
    return Mutation(
        rule="EXPOSE21",
        name=name,
        environment="Prod",
        change=_in("Deployment", "web", old, new),
        value=f"Deployment/web {value}",
        fix="Secrets Manager",
    )


def _namespace(name: str, new: str, value: str) -> Mutation:
    return Mutation(
        rule="EXPOSE20",
        name=name,
        environment="Prod",
        change=_in("Namespace", "sample", ENFORCE, new),
        value=f"Namespace/sample {value}",
        fix="pod-security.kubernetes.io/enforce",
    )


HERE, THERE = CERTIFICATE.format("eu-west-1"), CERTIFICATE.format("us-east-1")
NEW = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
MUTATIONS = (
    _value("no such scheme", "scheme", "internal", "private"),
    _annotation("no such annotation", "schema", f"{ANNOTATION}scheme", f"{ANNOTATION}schema"),
    _value("no such target type", "nlb-target-type", "ip", "pod"),
    _value("no such port", "healthcheck-port", "traffic-port", "-1"),
    _value("a port that the Service doesn't name", "healthcheck-port", "traffic-port", "admin"),
    _value("a path without /", "healthcheck-path", "/readyz", "readyz"),
    _value("a unit", "healthcheck-interval", "10", "10s"),
    _value("too small a threshold", "healthcheck-healthy-threshold", "2", "1"),
    _value("too long a timeout", "healthcheck-timeout", "5", "15"),
    _annotation("no such attribute", "attributes", "cross_zone.enabled", "cross-zone.enabled"),
    _annotation("no such value", "target-group-attributes", "seconds=120", "seconds=2m"),
    _annotation("no =", "attributes", "cross_zone.enabled=true", "cross_zone.enabled:true"),
    _annotation("access logs without a bucket", "attributes", "cross_zone.enabled=true", "cross_zone.enabled=true,access_logs.s3.enabled=true"),
    _more("addresses of another scheme", "eip-allocations", eip_allocations="eipalloc-0123456789abcdef0"),
    _more("TLS without a certificate", "ssl-ports", ssl_ports="80"),
    _more("TLS on a port that isn't there", "ssl-ports", ssl_cert=HERE, ssl_ports="443", ssl_negotiation_policy=NEW),
    _more("a certificate of another region", "ssl-cert", ssl_cert=THERE, ssl_negotiation_policy=NEW),
    _more("an old TLS policy", "ssl-negotiation-policy", "EXPOSE24", "TLS13", ssl_cert=HERE, ssl_negotiation_policy="ELBSecurityPolicy-2016-08"),
    _more("the default TLS policy", "ssl-negotiation-policy", "EXPOSE24", "TLS13", ssl_cert=HERE),
    _service("EXPOSE22", "a port on each node", '"allocateLoadBalancerNodePorts":false', '"allocateLoadBalancerNodePorts":true', "Service/web spec.allocateLoadBalancerNodePorts", "false"),
    Mutation(rule="EXPOSE22", name="a node port", environment="Prod", change=_in("Service", "api", '"type":"ClusterIP"', '"type":"NodePort"'), value="Service/api spec.type NodePort", fix="ClusterIP"),
    Mutation(rule="EXPOSE22", name="addresses of somebody's", environment="Prod", change=_in("Service", "api", '"type":"ClusterIP"', '"type":"ClusterIP","externalIPs":["203.0.113.9"]'), value="Service/api spec.externalIPs", fix="Remove externalIPs"),
    _namespace("privileged pods", ENFORCE.replace("restricted", "privileged"), "metadata.labels[pod-security.kubernetes.io/enforce] privileged"),
    _more("source ranges that the groups overrule", "security-groups", security_groups="sg-0123456789abcdef0"),
    _more("groups of one's own, which the pods don't admit", "security-groups", fix="together with those that it", security_groups="sg-0123456789abcdef0"),
    _namespace("no level", '"team":"a"', "metadata.labels[pod-security.kubernetes.io/enforce]"),
    _namespace("a misspelt label", f'{ENFORCE},{ENFORCE.replace("enforce", "enforced")}', "metadata.labels[pod-security.kubernetes.io/enforced] pod-security.kubernetes.io/enforced"),
    _deployment("a password", API_URL, '"name":"DB_PASSWORD","value":"hunter2hunter2"', "DB_PASSWORD"),
    _deployment("a password in a URL", "http://api:8080", "http://web:hunter2@api:8080", "API_URL"),
    _deployment("a password among the arguments", '"env":[', '"args":["--db-password","hunter2hunter2"],"env":[', "args"),
    _deployment("a password in an annotation", '"template":{"metadata":{', '"template":{"metadata":{"annotations":{"example.com/api-key":"hunter2hunter2"},', "api-key"),
    Mutation(
        rule="EXPOSE14",
        name="Fargate makes a log group of its own",
        environment="Prod",
        change=in_template("Cluster", manifest_change("ConfigMap", "aws-logging", "auto_create_group false", "auto_create_group true")),
        value="ConfigMap/aws-logging auto_create_group true",
        fix="aws-logging",
    ),
    Mutation(
        rule="EXPOSE21",
        name="a Secret with its value",
        environment="Prod",
        change=with_object({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "kube-system"}, "stringData": {"password": "x"}}),
        value="Secret/db",
        fix="Secrets Manager",
    ),
    Mutation(
        rule="EXPOSE21",
        name="a parameter that everybody can read",
        environment="Prod",
        change=in_template("Cluster", lambda template: template["Resources"].update(Added={"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/db/password", "Value": "hunter2hunter2"}, "Metadata": {"aws:cdk:path": "Added"}})),
        value="_db_password",
        fix="Secrets Manager",
    ),
    Mutation(
        rule="EXPOSE21",
        name="a secret access key with slashes, which is no path",
        environment="Prod",
        change=in_template("SampleService", manifest_change("Deployment", "web", '"env":[', '"env":[{"name":"AWS_SECRET_ACCESS_KEY","value":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},')),
        value="Deployment/web AWS_SECRET_ACCESS_KEY",
        fix="Secrets Manager",
    ),
    Mutation(
        rule="EXPOSE21",
        name="a function knows a token",
        environment="Prod",
        change=in_resource("Cluster", "AWS::Lambda::Function", lambda function: function.update(Environment={"Variables": {"API_TOKEN": "hunter2hunter2"}}), path="/Logs/Function/"),
        value="API_TOKEN",
        fix="Secrets Manager",
    ),
)  # fmt: skip
