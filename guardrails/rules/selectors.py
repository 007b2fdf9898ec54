"""Whether selectors find the pods that they are written for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guardrails.environment import Environment, KubernetesObject
from guardrails.kubernetes_objects.pods import (
    CONTROLLERS,
    FAMILY,
    Json,
    Pods,
    dicts,
    found,
    mapping,
    namespace,
    pods,
)
from guardrails.rule import Finding, Rule


def selects(selector: Json, labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector, as of a Deployment, matches labels; an empty one matches all."""
    equal = mapping(selector.get("matchLabels")).items() <= labels.items()
    return equal and all(
        _holds(expression, labels) for expression in dicts(selector.get("matchExpressions"))
    )


def selected(environment: Environment, item: KubernetesObject, selector: Json) -> Sequence[Pods]:
    """Return the pods in an object's namespace that a label selector matches."""
    return [
        candidate
        for candidate in pods(environment)
        if namespace(candidate.owner) == namespace(item) and selects(selector, candidate.labels)
    ]


def served(environment: Environment, service: KubernetesObject) -> Sequence[Pods]:
    """Return the pods that a Service sends to."""
    return selected(environment, service, {"matchLabels": service.spec.get("selector")})


def _holds(expression: Json, labels: Mapping[str, str]) -> bool:
    key = expression.get("key")
    values = expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return labels.get(str(key)) in values
        case "NotIn":
            return labels.get(str(key)) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False


def _strangers(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *CONTROLLERS):
        selector = mapping(template.owner.spec.get("selector"))
        if not selector or not selects(selector, template.labels):
            yield found(
                template.owner,
                "selector",
                detail=f"The selector is {dict(selector)}, the labels of the template are "
                f"{dict(template.labels)}.",
            )


def _services(environment: Environment) -> Iterator[KubernetesObject]:
    for service in environment.kubernetes_objects("Service"):
        if service.spec.get("selector") and service.spec.get("type") != "ExternalName":
            yield service


def _unserved(environment: Environment) -> Iterator[Finding]:
    for service in _services(environment):
        if not served(environment, service):
            yield found(
                service,
                "selector",
                detail=f"No pods of namespace {namespace(service)} in the templates have the labels "
                f"{dict(mapping(service.spec['selector']))}.",
            )


def _unknown_ports(environment: Environment) -> Iterator[Finding]:
    for service in _services(environment):
        for port in dicts(service.spec.get("ports")):
            wanted = port.get("targetPort")
            if not isinstance(wanted, str):
                continue
            for template in served(environment, service):
                named = [
                    there.get("name")
                    for container in template.all_containers
                    for there in dicts(container.get("ports"))
                ]
                if wanted not in named:
                    yield found(
                        service,
                        wanted,
                        detail=f"The pods of {template.owner.kind}/{template.owner.name} have no "
                        f"port of that name.",
                    )


RULES = (
    Rule(
        id="KUBE1",
        family=FAMILY,
        reason="The API server refuses a workload whose selector doesn't match the labels of its own "
        "pods.",
        source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector",
        mend="Give spec.template.metadata.labels every label of spec.selector. A selector can't be "
        "changed later, so change the labels.",
        check=_strangers,
    ),
    Rule(
        id="KUBE2",
        family=FAMILY,
        reason="The Service has no pods to send to: every call is refused, and a load balancer has "
        "no target.",
        source="https://kubernetes.io/docs/concepts/services-networking/service/",
        mend="Write into spec.selector labels that the pods have, in the pods' namespace.",
        check=_unserved,
    ),
    Rule(
        id="KUBE3",
        family=FAMILY,
        reason="The Service's targetPort is a name that its pods don't know, so the port leads "
        "nowhere.",
        source="https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports",
        mend="Write the name of a container's port into targetPort, or its number.",
        check=_unknown_ports,
    ),
)
