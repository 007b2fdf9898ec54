"""Whether selectors of Services and Fargate profiles match pods, Fargate runs them, and ports exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CHART, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from guardrails.rule import Finding, found, rule
from guardrails.rules import workloads
from guardrails.rules.presence import CLAIM, closed, named, target_of
from guardrails.rules.workloads import Pods, by_name, pods, selected, served, told
from kube.fargate import selects, unsupported
from kube.load_balancers import class_of, group_of
from kube.platform_pods import PLATFORM_PODS
from kube.pods import containers
from kube.values import Json, dicts, items, known, look_up, mapping, several, text, unsure

PROTOCOLS = (TCP := "TCP", "UDP", "SCTP")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
ASKING = tuple(product(PROBES, ("httpGet", "tcpSocket", "grpc")))
"""Where a container says what asks one of its ports."""
NAME = "app.kubernetes.io/name"
"""The label that says what something is a part of (Kubernetes documentation, "Recommended Labels")."""
SELECTORS = {
    "Service": "selector",
    "PodDisruptionBudget": "selector",
    "NetworkPolicy": "podSelector",
}
BALANCED = ("Service", "Ingress")
NLB_TARGETS = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
ALB_TARGETS = "alb.ingress.kubernetes.io/target-type"


def runs_on_fargate(
    environment: Environment,
    template: Pods,
    judge: Callable[[object, object, object], bool] = selects,
) -> bool:
    """Tell whether a Fargate profile of the cluster selects pods, or may (`may_select`)."""
    _, namespace = template.owner.place
    return any(
        judge(selector, namespace, template.labels)
        for profile in beside(environment, template.owner.resource, PROFILE)
        for selector in several(profile.properties, "Selectors")
    )


def on_one_node(environment: Environment, item: KubernetesObject) -> list[str]:
    """Return the claims of an object's pods whose volumes of EBS one node can have at a time."""
    where, every = item.place, by_name(environment)
    spec = mapping(item.spec, "template", "spec")
    names = (text(each, "persistentVolumeClaim", "claimName") for each in dicts(spec, "volumes"))
    claims = [every.get((where, CLAIM, name)) for name in names]
    # Those that want to be near each other may be on one node.
    return [
        each.name
        for each in claims
        if each
        and items(each.spec, "accessModes") == ["ReadWriteOnce"]
        and (made_by := workloads.class_of(environment, each))
        and text(made_by.content, "provisioner") in workloads.EBS
        and not look_up(spec, "affinity", "podAffinity")
    ]


@rule("KUBE13")
def _refused(environment: Environment) -> Iterator[Finding]:
    classes = [each.content for each in environment.kubernetes_objects("StorageClass")]
    every = environment.kubernetes_objects("PersistentVolumeClaim")
    claims = grouped((each.place, each.content) for each in every)
    for template in pods(environment):
        if runs_on_fargate(environment, template):
            own = claims.get(template.owner.place, ())
            for field, words in unsupported(template.owner.content, claims=own, classes=classes):
                value = field.removeprefix(f"{template.path}.")
                yield found(template.owner, value, f"{words}.", field=field)


@rule("KUBE14")
def _node_targets(environment: Environment) -> Iterator[Finding]:
    for item, service, kind, _ in targeting(environment):
        by_node = kind != "ip" and not unsure(kind)
        templates = served(environment, service) if by_node else ()
        if any(runs_on_fargate(environment, template) for template in templates):
            yield found(item, str(kind or "no target type"))


@indexed
def targeting(
    environment: Environment,
) -> Sequence[tuple[KubernetesObject, KubernetesObject, object, Json]]:
    """Return what makes targets, with each of its Services, the target type, and the one port if it names one."""
    every: list[tuple[KubernetesObject, KubernetesObject, object, Json]] = [
        (each, each, each.annotations.get(NLB_TARGETS), {})
        for each in environment.kubernetes_objects("Service")
        if each.spec.get("type") == "LoadBalancer"
    ]
    every += [
        (item, service, item.annotations.get(ALB_TARGETS, item.spec.get("targetType")), port)
        for each in named(environment)
        for port in [mapping(each.holder, "port")]
        for item, service in [(each.item, target_of(environment, each))]
        if item.kind in ("Ingress", "TargetGroupBinding") and service and service.kind == "Service"
    ]
    by_default = set()
    # The controller's chart may make IP targets unless told otherwise.
    for chart in environment.resources(CHART):
        default = look_up(told(chart), "defaultTargetType")
        if default == "ip" or unsure(default):
            by_default.add(chart.cluster_key)
    return [
        (item, service, "ip" if kind is None and cluster in by_default else kind, port)
        for item, service, kind, port in every
        for cluster, _ in [item.place]
    ]


@indexed
def makers(environment: Environment) -> Mapping[KubernetesObject, list[KubernetesObject]]:
    """Return for each Service and Ingress what makes its load balancer: its group, and parameters of classes."""
    made: dict[object, list[KubernetesObject]] = {}
    for item in environment.kubernetes_objects(*BALANCED):
        cluster, name = item.resource.cluster_key, text(class_of(item.content))
        if made_by := workloads.object_at(environment, cluster, "IngressClass", name):
            name = text(made_by.spec, "parameters", "name")
        params = workloads.object_at(environment, cluster, "IngressClassParams", name)
        group = group_of(item.content, params and params.content)
        every = made.setdefault((cluster, group) if group else item, [])
        every.extend(filter(None, (item, params)))
    return {each: every for every in made.values() for each in every if each.kind in BALANCED}


@rule("KUBE2")
def _unserved(environment: Environment) -> Iterator[Finding]:
    for service in _services(environment):
        selector, (cluster, namespace) = service.spec["selector"], service.place
        charts = beside(environment, service.resource, CHART)
        filled = [text(chart.properties, "Namespace") or "default" for chart in charts]
        others = cluster in workloads.unclear(environment) or _may_be_of_add_on(selector)
        others = others or namespace in filled or not known(filled)
        if not others and not served(environment, service, surely=False):
            of = f"of namespace {namespace} in the templates"
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
                    names = ", ".join(name for name, _ in has if name) or "none"
                    lacks = f"The pods of {template.name} have no port {wanted} of {protocol}"
                    detail = f"{lacks}, only {names}."
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
                    field = ".".join((at, *path, "port"))
                    yield template.finding(value, f"Its ports are {names}.", at=field)


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
        for labels in (row["labels"] for row in PLATFORM_PODS)
    )


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
        where = item.place
        around = {text(each.labels, NAME) for each in workloads.pods_in(environment, where)}
        if not taken and not of_service and closed(environment).get(where) == frozenset():
            yield found(item, "nothing", "No pods of its namespace have these labels.")
        elif of_service and len(names) > 1 and "" not in names:
            detail = f"It sends to pods of {' and '.join(sorted(names))}."
            yield found(item, "several", detail, field="spec.selector")
        elif taken and name in around and not {name, ""} & {*names} and known([name, *names]):
            theirs = ", ".join(names.values())
            detail = f"Its own labels are those of {name}, and it takes the pods of {theirs}."
            yield found(item, "others", detail)
    for template in pods(environment, *workloads.CONTROLLERS):
        selector = mapping(template.owner.spec, "selector")
        for other in selected(environment, template.owner, selector) if selector else ():
            if other.owner != template.owner and other.owner.kind in workloads.CONTROLLERS:
                detail = f"Its selector takes the pods of {other.name} too."
                yield template.finding(f"selector {other.owner.name}", detail)


def of_policy(environment: Environment, item: KubernetesObject) -> Json:
    """Return the ports that a policy opens, and that none of its pods has."""
    behind = selected(environment, item, item.spec.get("podSelector"), surely=False)
    every = [[y for x in each.all_containers for y in items(x, "ports")] for each in behind]
    alone = closed(environment).get(item.place) == frozenset()
    if not alone or not all(every) or not all(x.is_read for x in behind):
        return {}
    there = {text(x, of) for ports in every for x in ports for of in ("containerPort", "name")}
    opened = [y for x in dicts(item.spec, "ingress") for y in dicts(x, "ports")]
    named = [text(x, "port") for x in opened if "port" in x and "endPort" not in x]
    judged = bool(behind) and known([named, [*there]])
    return {
        "unheard": [x for x in named if judged and x not in there],
        "ports": sorted(there - {""}),
    }
