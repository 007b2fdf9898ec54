"""Whether Services find the pods that they are written for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from guardrails.rule import Finding, rule
from guardrails.rules.findings import found
from guardrails.rules.workloads import Place, namespace, place, served
from kube.values import Json, dicts, known, look_up, mapping, text

ADD_ONS: list[Json] = json.loads(
    Path(__file__).with_name("add_on_pods.json").read_text(encoding="utf-8")
)
"""Labels of the pods of EKS add-ons: they are not in the templates."""


@rule("KUBE2")
def _unserved(environment: Environment) -> Iterator[Finding]:
    for service in _services(environment):
        selector = mapping(service.spec, "selector")
        elsewhere = _may_be_of_add_on(selector) or _may_be_of_chart(environment, service)
        if not elsewhere and not served(environment, service, surely=False):
            of = f"of namespace {namespace(service)} in the templates"
            yield found(service, "selector", f"No pods {of} have the labels {dict(selector)}.")


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
                    owner = f"{template.owner.kind}/{template.owner.name}"
                    yield found(service, wanted, f"The pods of {owner} have no port of that name.")


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
