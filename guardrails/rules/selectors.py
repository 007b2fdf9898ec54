"""Whether selectors of Services and Fargate profiles match pods, Fargate runs them, and ports exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from itertools import product

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key
from assembly.structured import structured
from guardrails.rule import Finding, found, rule
from guardrails.rules.presence import closed
from guardrails.rules.workloads import (
    ADD_ONS,
    CONTROLLERS,
    Pods,
    by_name,
    namespace,
    place,
    pods,
    pods_in,
    selected,
    served,
    unclear,
    unread,
)
from kube.fargate import selects, unsupported
from kube.pods import containers
from kube.values import Json, dicts, known, look_up, mapping, several, text, unsure

TCP = "TCP"
PROTOCOLS = [TCP, "UDP", "SCTP"]
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
ASKING = tuple(product(PROBES, ("httpGet", "tcpSocket", "grpc")))
"""Where a container says what asks one of its ports."""
CLAIM = "PersistentVolumeClaim"
NAME = "app.kubernetes.io/name"
"""The label that says what something is a part of (Kubernetes documentation, "Recommended Labels")."""
SELECTORS = {
    "Service": "selector",
    "PodDisruptionBudget": "selector",
    "NetworkPolicy": "podSelector",
}
NLB_TARGETS = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
ALB_TARGETS = "alb.ingress.kubernetes.io/target-type"

Judge = Callable[[object, object, object], bool]
"""Answers whether a selector takes the pods of a namespace with some labels."""


def runs_on_fargate(environment: Environment, template: Pods, judge: Judge = selects) -> bool:
    """Tell whether a Fargate profile of the cluster selects pods, or may (`may_select`)."""
    return any(
        judge(selector, namespace(template.owner), template.labels)
        for profile in beside(environment, template.owner.resource, PROFILE)
        for selector in several(profile.properties, "Selectors")
    )


@rule("KUBE13")
def _refused(environment: Environment) -> Iterator[Finding]:
    index = by_name(environment)
    classes = [each.content for each in environment.kubernetes_objects("StorageClass")]
    for template in pods(environment):
        if runs_on_fargate(environment, template):
            volumes = dicts(template.spec, "volumes")
            names = [text(each, "persistentVolumeClaim", "claimName") for each in volumes]
            keys = [(place(environment, template.owner), CLAIM, name) for name in names]
            claims = [index[key].content for key in keys if key in index]
            for field, words in unsupported(template.owner.content, claims=claims, classes=classes):
                value = field.removeprefix(f"{template.path}.")
                yield found(template.owner, value, f"{words}.", field=field)


@rule("KUBE14")
def _node_targets(environment: Environment) -> Iterator[Finding]:
    for item, service, kind in targeting(environment):
        by_node = service is not None and kind != "ip" and not unsure(kind)
        templates = served(environment, service) if service and by_node else ()
        if any(runs_on_fargate(environment, template) for template in templates):
            yield found(item, str(kind or "no target type"))


@indexed
def targeting(
    environment: Environment,
) -> Sequence[tuple[KubernetesObject, KubernetesObject | None, object]]:
    """Return what makes targets, with each of its Services, and the target type that it gets."""
    every = [
        (each, [each.name], each.annotations.get(NLB_TARGETS))
        for each in environment.kubernetes_objects("Service")
        if each.spec.get("type") == "LoadBalancer"
    ]
    every += [
        (each, _backends(each), each.annotations.get(ALB_TARGETS))
        for each in environment.kubernetes_objects("Ingress")
    ]
    every += [
        (each, [text(each.spec, "serviceRef", "name")], each.spec.get("targetType"))
        for each in environment.kubernetes_objects("TargetGroupBinding")
    ]
    defaults = _ip_by_default(environment)
    return [
        (item, by_name(environment).get((where, "Service", name)), kind)
        for item, names, explicit in every
        for where in [place(environment, item)]
        for kind in ["ip" if explicit is None and where[0] in defaults else explicit]
        for name in names
    ]


def _backends(ingress: KubernetesObject) -> list[str]:
    rules = dicts(ingress.spec, "rules")
    paths = [path.get("backend") for each in rules for path in dicts(each, "http", "paths")]
    return [text(each, "service", "name") for each in (ingress.spec.get("defaultBackend"), *paths)]


def _ip_by_default(environment: Environment) -> AbstractSet[object]:
    """Return the clusters whose controller's chart makes IP targets unless told otherwise, or may."""
    found = set()
    for chart in environment.resources(CHART):
        with suppress(ValueError):
            default = look_up(structured(chart.properties.get("Values")), "defaultTargetType")
            if default == "ip" or unsure(default):
                found.add(cluster_key(environment, chart))
    return found


@rule("KUBE2")
def _unserved(environment: Environment) -> Iterator[Finding]:
    for service in _services(environment):
        selector = mapping(service.spec, "selector")
        elsewhere = _may_be_of_add_on(selector) or _may_be_of_chart(environment, service)
        where = place(environment, service)
        elsewhere = elsewhere or where in unread(environment) or where[0] in unclear(environment)
        if not elsewhere and not served(environment, service, surely=False):
            of = f"of namespace {namespace(service)} in the templates"
            yield found(service, "selector", f"No pods {of} have the labels {dict(selector)}.")


@rule("KUBE3")
def _unknown_ports(environment: Environment) -> Iterator[Finding]:
    for service in _services(environment):
        for port in dicts(service.spec, "ports"):
            wanted, protocol = port.get("targetPort"), port.get("protocol") or TCP
            judged = isinstance(wanted, str) and known(wanted) and protocol in PROTOCOLS
            for template in served(environment, service) if judged else ():
                lists = [look_up(each, "ports") for each in template.all_containers]
                own = [each for one in lists for each in dicts(one)]
                has = [(text(each, "name"), each.get("protocol") or TCP) for each in own]
                if template.is_read and known(lists) and (wanted, protocol) not in has:
                    owner = f"{template.owner.kind}/{template.owner.name}"
                    named = ", ".join(name for name, _ in has if name) or "none"
                    detail = (
                        f"The pods of {owner} have no port {wanted} of {protocol}, only {named}."
                    )
                    yield found(service, text(wanted), detail)


@rule("KUBE27")
def _unanswered(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for at, container in containers(template.spec, "initContainers", "containers"):
            ports = dicts(container, "ports") if known(container.get("ports")) else ()
            has = [text(each, field) for each in ports for field in ("name", "containerPort")]
            asked = {path: look_up(container, *path, "port") for path in ASKING}
            # A container may listen to numbers that it doesn't list. Where its other probes ask one
            # that it does list, another number is rather a slip.
            lists = any(text(port) in has for port in asked.values() if port is not None)
            for path, port in asked.items() if known(container.get("ports")) else ():
                judged = lists if isinstance(port, int) else isinstance(port, str) and known(port)
                if judged and text(port) not in has:
                    names = ", ".join(filter(None, has)) or "none"
                    value = f"{text(container, 'name')} {path[0]} {text(port)}"
                    field = ".".join((template.path, at, *path, "port"))
                    yield found(template.owner, value, f"Its ports are {names}.", field=field)


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
        for labels in (row["labels"] for row in ADD_ONS)
    )


def _may_be_of_chart(environment: Environment, service: KubernetesObject) -> bool:
    charts = beside(environment, service.resource, CHART)
    names = (text(chart.properties, "Namespace") or "default" for chart in charts)
    return any(name == namespace(service) or not known(name) for name in names)


@rule("KUBE34")
def _astray(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects(*SELECTORS):
        selector = look_up(item.content, "spec", SELECTORS[item.kind])
        if not known([selector, item.namespace]) or not selector:
            continue
        of_service, name = item.kind == "Service", text(item.labels, NAME)
        taken = served(environment, item)
        if not of_service:
            taken = selected(environment, item, selector, surely=False)
        names = {text(each.labels, NAME): each.name for each in taken}
        where = place(environment, item)
        beside = {text(each.labels, NAME) for each in pods_in(environment, where)}
        if not taken and not of_service and closed(environment).get(where) == frozenset():
            yield found(item, "nothing", "No pods of its namespace have these labels.")
        elif of_service and len(names) > 1 and "" not in names:
            detail = f"It sends to pods of {' and '.join(sorted(names))}."
            yield found(item, "several", detail, field="spec.selector")
        elif taken and name in beside and not {name, ""} & {*names} and known([name, *names]):
            theirs = ", ".join(names.values())
            detail = f"Its own labels are those of {name}, and it takes the pods of {theirs}."
            yield found(item, "others", detail)
    for template in pods(environment, *CONTROLLERS):
        selector = mapping(template.owner.spec, "selector")
        for other in selected(environment, template.owner, selector) if selector else ():
            if other.owner != template.owner and other.owner.kind in CONTROLLERS:
                detail = f"Its selector takes the pods of {other.name} too."
                yield template.finding(f"selector {other.owner.name}", detail)
