"""Whether Services find the pods that they are written for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from guardrails.rule import Finding, rule
from guardrails.rules.workloads import Place, found, namespace, place, served
from kube.values import Json, dicts, known, look_up, mapping, text

ADD_ONS: tuple[Mapping[str, str], ...] = (
    {"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"},
    {"k8s-app": "kube-proxy"},
    *(
        {"app": app, "k8s-app": app, "app.kubernetes.io/name": name}
        for app, name in (
            ("aws-node", "aws-node"),
            ("ebs-csi-controller", "aws-ebs-csi-driver"),
            ("ebs-csi-node", "aws-ebs-csi-driver"),
            ("efs-csi-controller", "aws-efs-csi-driver"),
            ("efs-csi-node", "aws-efs-csi-driver"),
            ("eks-pod-identity-agent", "eks-pod-identity-agent"),
            ("metrics-server", "metrics-server"),
            ("snapshot-controller", "snapshot-controller"),
            ("external-dns", "external-dns"),
            ("kube-state-metrics", "kube-state-metrics"),
            ("prometheus-node-exporter", "prometheus-node-exporter"),
        )
    ),
)
"""Labels of the pods of EKS add-ons: they are not in the templates."""


@rule("KUBE2")
def _unserved(environment: Environment) -> Iterator[Finding]:
    for service in _services(environment):
        selector = mapping(service.spec, "selector")
        elsewhere = _may_be_of_add_on(selector) or _may_be_of_chart(environment, service)
        if not elsewhere and not served(environment, service, surely=False):
            yield found(
                service,
                "selector",
                detail=f"No pods of namespace {namespace(service)} in the templates have the labels "
                f"{dict(selector)}.",
            )


@rule("KUBE3")
def _unknown_ports(environment: Environment) -> Iterator[Finding]:
    for service in _services(environment):
        for port in dicts(service.spec, "ports"):
            wanted = port.get("targetPort")
            if not isinstance(wanted, str) or not known(wanted):
                continue
            for template in served(environment, service):
                ports = [look_up(each, "ports") for each in template.all_containers]
                named = [text(there, "name") for each in ports for there in dicts(each)]
                if wanted not in named and known(ports):
                    yield found(
                        service,
                        wanted,
                        detail=f"The pods of {template.owner.kind}/{template.owner.name} have no "
                        f"port of that name.",
                    )


def _services(environment: Environment) -> Iterator[KubernetesObject]:
    for service in environment.kubernetes_objects("Service"):
        selector, kind = mapping(service.spec, "selector"), service.spec.get("type")
        if selector and kind != "ExternalName" and known([kind, service.namespace]):
            yield service


def _may_be_of_add_on(selector: Json) -> bool:
    """Tell whether one label is that of an add-on's pods, and none is another one of theirs."""
    return any(
        any(labels.get(key) == value for key, value in selector.items())
        and all(labels.get(key, value) == value for key, value in selector.items())
        for labels in ADD_ONS
    )


def _may_be_of_chart(environment: Environment, service: KubernetesObject) -> bool:
    cluster, name = place(environment, service)
    charts = _charts(environment)
    return (cluster, name) in charts or any(
        other == cluster and not known(unknown) for other, unknown in charts
    )


@indexed
def _charts(environment: Environment) -> AbstractSet[Place]:
    return {
        (cluster_key(environment, chart), text(chart.properties, "Namespace") or "default")
        for chart in environment.resources(CHART)
    }
