"""Who gets to pods from a load balancer, which names two of them have, and where names are looked up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_template, with_object
from tests.unit.guardrails.mutations.finer_points import Edit, Json, of
from tests.unit.guardrails.mutations.fitting import told as configured

ALB = "alb.ingress.kubernetes.io/"
NLB = "service.beta.kubernetes.io/aws-load-balancer-"
ENFORCE = '"pod-security.kubernetes.io/enforce":"restricted"'
KUBERNETES = "kubernetes cluster.local in-addr.arpa ip6.arpa"
COREFILE = (
    f".:53 {{\n  errors\n  health\n  ready\n  {KUBERNETES}\n  forward . /etc/resolv.conf\n}}\n"
)
ENDPOINT = {"Ref": "NetworkEndpointsS3389FD85C"}


def ingress(name: str, **annotations: str) -> Json:
    """Return an Ingress whose load balancer reaches the pods of web by address."""
    said = {"scheme": "internal", "target-type": "ip", **annotations}
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": name,
            "namespace": "sample",
            "annotations": {f"{ALB}{key}": value for key, value in said.items()},
        },
        "spec": {
            "ingressClassName": "alb",
            "rules": [{"host": f"{name}.example.com", "http": {"paths": [path]}}],
        },
    }


def both(*objects: Json) -> Edit:
    """Return a change that adds several objects, each by a manifest of its own."""

    def change(environment: Environment) -> Environment:
        for number, each in enumerate(objects):
            environment = with_object(each)(environment)
            environment = in_template("SampleService", _moved(f"Added{number}"))(environment)
        return environment

    return change


def _moved(name: str) -> Callable[[dict[str, Any]], None]:
    def change(template: dict[str, Any]) -> None:
        template["Resources"][name] = template["Resources"].pop("Added")
        template["Resources"][name]["Metadata"] = {"aws:cdk:path": f"Dev/SampleService/{name}"}

    return change


def webhook(**fields: object) -> Json:
    """Return a webhook of the cluster's own that is asked about each pod."""
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["pods"],
    }
    service = {"name": "web", "namespace": "sample", "path": "/validate", "port": 80}
    own = {
        "name": "pods.policy.example.com",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": service},
        "rules": [rule],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "policy"},
        "webhooks": [{**own, **fields}],
    }


def _dns(old: str, new: str) -> Edit:
    assert old in COREFILE
    return configured("AddOns/CoreDns", corefile=COREFILE.replace(old, new))


def _closed(operator: str, **condition: object) -> Edit:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    closed = {**statement, "Condition": {operator: condition}}
    return of(
        "FlowLogs/Bucket/Policy",
        lambda it: it["PolicyDocument"]["Statement"].append(closed),
        "Network",
    )


def _without_queue(template: dict[str, Any]) -> None:
    for body in template["Resources"].values():
        values = body.get("Properties", {}).get("Values")
        if "Karpenter/Controller" in body["Metadata"]["aws:cdk:path"] and values:
            parts = values["Fn::Join"][1]
            at = next(
                n for n, each in enumerate(parts) if str(each).endswith('"interruptionQueue":"')
            )
            parts[at + 1] = ""


EVERYTHING = {key: ["*"] for key in ("apiGroups", "apiVersions", "operations", "resources")}
NAMED, OTHER = "NotIn", {"key": "kubernetes.io/metadata.name", "values": ["monitoring"]}
EXEMPT = "kubernetes.io/metadata.name NotIn"
SHARED = {"group.name": "shop", "load-balancer-name": "shop"}
ROWS: tuple[tuple[str, str, str, Edit, str, str, tuple[str, ...]], ...] = (
    ("REACH14", "an internal ALB that the policy keeps out", "Dev", with_object(ingress("shop")), "Deployment/web in 10.10.0.0/19", "ranges of its subnets", ()),
    ("REACH14", "an ALB on the internet that the policy keeps out", "Prod", with_object(ingress("shop", scheme="internet-facing")), "Deployment/web in 10.20.32.0/24", "ranges of its subnets", ("EXPOSE7",)),
    ("KUBE33", "two Ingresses with a load balancer of one name", "Dev", both(ingress("shop", **{"load-balancer-name": "shop"}), ingress("blog", **{"load-balancer-name": "shop"})), "Ingress/blog load balancer shop", "a name of its own", ("REACH14",)),
    ("KUBE33", "a group with two names", "Dev", both(ingress("shop", **SHARED), ingress("blog", **{**SHARED, "load-balancer-name": "blog"})), "Ingress/shop load balancer blog", "one name in the group", ("REACH14",)),
    ("KUBE33", "a Service and an Ingress with one name", "Dev", lambda it: in_template("SampleService", manifest_change("Service", "web", f'"{NLB}scheme"', f'"{NLB}name":"shop","{NLB}scheme"'))(with_object(ingress("shop", **{"load-balancer-name": "shop"}))(it)), "Ingress/shop load balancer shop", "a name of its own", ("REACH14",)),
    ("KUBE36", "a Corefile with an open brace", "Dev", _dns("}\n", ""), "coredns corefile", "Correct it", ()),
    ("KUBE36", "a brace too many", "Dev", _dns("}\n", "}\n}\n"), "coredns corefile", "Correct it", ()),
    ("KUBE36", "another domain than pods search", "Dev", _dns("cluster.local", "corp.local"), "coredns corefile without cluster.local", "kubernetes cluster.local", ()),
    ("KUBE36", "a port that nobody asks", "Dev", _dns(".:53", ".:5353"), "coredns corefile without port 53", "with :53", ()),
    ("KUBE36", "no such plug-in", "Dev", _dns("errors", "erors"), "coredns corefile erors", "Correct or remove", ()),
    ("KUBE36", "a plug-in in a comment", "Dev", _dns("ready", "# ready"), "coredns corefile without ready", "Add the plug-in", ()),
    ("KUBE36", "health at another port", "Dev", _dns("health", "health :8081"), "coredns corefile health", "without an address", ()),
    ("KUBE36", "readiness at another port", "Dev", _dns("ready", "ready 0.0.0.0:8282"), "coredns corefile ready", "without an address", ()),
    ("KUBE36", "the resolver of another VPC", "Dev", _dns("/etc/resolv.conf", "10.20.0.2"), "coredns corefile forward 10.20.0.2", "/etc/resolv.conf", ()),
    ("VERSION17", "a queue that Karpenter doesn't read", "Karpenter", in_template("Cluster", _without_queue), "Values.settings.interruptionQueue", "interruptionQueue", ("ROLE8", "ROLE10")),
    ("KUBE29", "a webhook that its own pods wait for", "Dev", with_object(webhook()), "ValidatingWebhookConfiguration/policy pods.policy.example.com", EXEMPT, ()),
    ("KUBE29", "a webhook for everything", "Dev", with_object(webhook(rules=[EVERYTHING])), "ValidatingWebhookConfiguration/policy pods.policy.example.com", EXEMPT, ()),
    ("KUBE29", "a webhook that leaves out others only", "Dev", with_object(webhook(namespaceSelector={"matchExpressions": [{**OTHER, "operator": NAMED}]})), "ValidatingWebhookConfiguration/policy pods.policy.example.com", EXEMPT, ()),
    ("EXPOSE17", "a bucket for one endpoint", "Prod", _closed("StringNotEquals", **{"aws:sourceVpce": ENDPOINT}), "s3:PutObject", "aws:PrincipalIsAWSService", ()),
    ("EXPOSE17", "a bucket for one VPC", "Prod", _closed("StringNotEquals", **{"aws:SourceVpc": "vpc-0123456789abcdef0"}), "s3:PutObject", "aws:PrincipalIsAWSService", ()),
    ("EXPOSE17", "a bucket for the range of an office", "Prod", _closed("NotIpAddress", **{"aws:SourceIp": "203.0.113.0/24"}), "s3:PutObject", "aws:PrincipalIsAWSService", ()),
    ("EXPOSE17", "a bucket for one organization", "Prod", _closed("StringNotEquals", **{"aws:PrincipalOrgID": "o-0123456789"}), "s3:PutObject", "aws:PrincipalIsAWSService", ()),
    ("EXPOSE20", "a namespace of dev without a standard", "Dev", in_template("SampleService", manifest_change("Namespace", "sample", f"{ENFORCE},", "")), "Namespace/sample metadata.labels[pod-security.kubernetes.io/enforce]", "restricted or baseline", ()),
)  # fmt: skip
MUTATIONS: tuple[Mutation, ...] = tuple(
    Mutation(rule, name, environment, change, value, fix, also)
    for rule, name, environment, change, value, fix, also in ROWS
)
