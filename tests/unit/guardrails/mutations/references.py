"""Objects that name something that isn't there."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_resource, in_template, with_object
from tests.unit.guardrails.mutations.kubernetes_objects import WEB, Edit, both, breach, edit
from tests.unit.guardrails.mutations.scheduling import (
    PROFILE,
    STORAGE,
    added,
    ingress,
    inside,
    variable,
)

HOOK = {
    "name": "pods.example.com",
    "admissionReviewVersions": ["v1"],
    "sideEffects": "None",
    "clientConfig": {"service": {"name": "hook", "namespace": "sample"}},
}
PLATFORM = {"name": "policies", "namespace": "kube-system"}
REFERENCES = tuple(
    # What is added stands in a manifest of its own.
    replace(
        breach("KUBE23", f"something that isn't there: {value}", change, value=value, fix=fix),
        also=("ORDER14",),
    )
    for change, value, fix in (
        (ingress("front"), "Ingress/front Service/front", "a Service of that namespace"),
        (ingress(port={"number": 8080}), "Ingress/front Service/web 8080", "a port of the Service"),
        (ingress(port={"name": "https"}), "Ingress/front Service/web https", "by name or number"),
        (ingress(ingress_class="nginx"), "Ingress/front IngressClass/nginx", "alb"),
        (
            inside(WEB, priorityClassName="high"),
            "Deployment/web PriorityClass/high",
            "add this one",
        ),
        (inside(WEB, runtimeClassName="gvisor"), "Deployment/web RuntimeClass/gvisor", "add this"),
        (
            both(
                added("ConfigMap", "words", data={"greeting": "hello"}),
                variable(valueFrom={"configMapKeyRef": {"name": "words", "key": "greetings"}}),
            ),
            "Deployment/web ConfigMap/words greetings",
            "a key that is there",
        ),
        (
            added("PersistentVolumeClaim", "data", spec={**STORAGE, "storageClassName": "gp33"}),
            "PersistentVolumeClaim/data StorageClass/gp33",
            "such as gp3 of the platform",
        ),
        (
            added(
                "ValidatingWebhookConfiguration",
                "hook",
                version="admissionregistration.k8s.io/v1",
                webhooks=[HOOK],
            ),
            "ValidatingWebhookConfiguration/hook Service/hook",
            "a Service of that namespace",
        ),
        (
            added(
                "ValidatingWebhookConfiguration",
                "hook",
                version="admissionregistration.k8s.io/v1",
                webhooks=[HOOK | {"clientConfig": {"service": PLATFORM}}],
            ),
            "ValidatingWebhookConfiguration/hook Service/policies",
            "a Service of that namespace",
        ),
        (
            added(
                "TargetGroupBinding",
                "web",
                version="elbv2.k8s.aws/v1beta1",
                spec={"targetType": "ip", "serviceRef": {"name": "web", "port": 8080}},
            ),
            "TargetGroupBinding/web Service/web 8080",
            "a port of the Service",
        ),
    )
)


def also(**selector: object) -> Edit:
    """Return a change that gives the Fargate profile one more selector."""
    return in_resource("Cluster", PROFILE, lambda own: own["Selectors"].append(selector))


def _ingress(path: str, targets: str) -> dict[str, object]:
    """Return an Ingress of web."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}}
    annotations = {"alb.ingress.kubernetes.io/target-type": targets}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "front", "namespace": "sample", "annotations": annotations},
        "spec": {"ingressClassName": "alb", "rules": [rule]},
    }


DRIVER = {"csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}}
UNSERVED = (
    breach(
        "KUBE31",
        "a volume of a driver that isn't there",
        inside(WEB, volumes=[{"name": "secrets", **DRIVER}]),
        value="Deployment/web volumes[0].csi.driver secrets-store.csi.k8s.io",
        fix="Install the driver",
    ),
    breach(
        "KUBE33",
        "a wildcard in a prefix",
        with_object(_ingress("/shop/*", "ip")),
        value="Ingress/front path /shop/*",
        fix="ImplementationSpecific",
    ),
    breach(
        "KUBE33",
        "an Ingress whose targets are node ports, of a Service without any",
        with_object(_ingress("/shop", "instance")),
        value="Service/web spec.allocateLoadBalancerNodePorts",
        fix="loadBalancerClass",
    ),
    breach(
        "VERSION19",
        "the log router's ConfigMap has another name",
        in_template(
            "Cluster", manifest_change("ConfigMap", "aws-logging", "aws-logging", "aws-logs")
        ),
        value="Namespace/aws-observability no aws-logging",
        fix="Name the ConfigMap aws-logging",
    ),
    breach(
        "VERSION19",
        "the log router's ConfigMap is elsewhere",
        in_template(
            "Cluster",
            manifest_change(
                "ConfigMap",
                "aws-logging",
                '"namespace":"aws-observability"',
                '"namespace":"sample"',
            ),
        ),
        value="ConfigMap/aws-logging sample",
        fix="namespace aws-observability",
        also=("ORDER14",),
    ),
)

NAMESPACES = (
    *(
        breach(
            "KUBE25",
            f"an object in a namespace that nobody creates: {kind}",
            edit(kind, "web", '"namespace":"sample"', '"namespace":"smaple"'),
            value=f"{kind}/web namespace smaple",
            fix="Correct the namespace, or create it",
            also=("REACH14",),
        )
        for kind in ("NetworkPolicy",)
    ),
    breach(
        "KUBE25",
        "a profile for a namespace that nobody creates",
        also(Namespace="smaple"),
        value="namespace smaple",
        fix="those of the pods",
    ),
    breach(
        "KUBE25",
        "a profile for labels that no pod has",
        also(Namespace="sample", Labels=[{"Key": "app.kubernetes.io/component", "Value": "apis"}]),
        value="labels in sample",
        fix="those of the pods",
        environment="Dev",
    ),
)

MUTATIONS: tuple[Mutation, ...] = (*REFERENCES, *UNSERVED, *NAMESPACES)
