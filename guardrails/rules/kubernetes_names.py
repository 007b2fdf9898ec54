"""Names, labels and words that the API server would refuse."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from guardrails.environment import Environment, KubernetesObject
from guardrails.kubernetes_objects.pods import (
    CONTROLLERS,
    FAMILY,
    UNKNOWN,
    Json,
    Pods,
    dicts,
    found,
    mapping,
    pods,
)
from guardrails.rule import Finding, Rule

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(rf"(?=.{{1,63}}$){_LABEL}")
_SUBDOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_SERVICE = re.compile(r"(?=.{1,63}$)[a-z]([-a-z0-9]*[a-z0-9])?")
_PATH_SEGMENT = re.compile(r"(?!\.{1,2}$)[^/%]+")
_QUALIFIED = r"(?=.{1,63}$)([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_KEY = re.compile(rf"(?:(?=[^/]{{1,253}}/){_LABEL}(\.{_LABEL})*/)?{_QUALIFIED}")
_LABEL_VALUE = re.compile(rf"(?:{_QUALIFIED})?")


def _wrong_names(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        if _pattern(item).fullmatch(item.name) is None:
            yield found(item, "name")
        yield from _wrong_labels(item, mapping(item.content.get("metadata")).get("labels"))
    for template in pods(environment):
        yield from _wrong_labels(template.owner, template.labels)
        names = [str(container.get("name")) for container in template.all_containers]
        for name, count in Counter(names).items():
            if count > 1 or _DNS_LABEL.fullmatch(name) is None:
                yield found(template.owner, f"container {name}")


def _pattern(item: KubernetesObject) -> re.Pattern[str]:
    if str(item.content.get("apiVersion", "")).startswith("rbac.authorization.k8s.io/"):
        return _PATH_SEGMENT
    return {"Service": _SERVICE, "Namespace": _DNS_LABEL}.get(item.kind, _SUBDOMAIN)


def _wrong_labels(item: KubernetesObject, labels: object) -> Iterator[Finding]:
    for key, value in mapping(labels).items():
        right = isinstance(value, str) and _LABEL_VALUE.fullmatch(value)
        if _LABEL_KEY.fullmatch(key) is None or not right:
            yield found(item, f"label {key}: {value}")


WORDS: Mapping[str, tuple[str, ...]] = {
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "pathType": ("Exact", "Prefix", "ImplementationSpecific"),
    "protocol": ("TCP", "UDP", "SCTP"),
    "restartPolicy": ("Always", "OnFailure", "Never"),
    "whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
}
"""Fields of one meaning wherever they stand, and the words that they take."""
SERVICE_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
BUILT_IN = ("apps/", "batch/", "networking.k8s.io/", "policy/", "v1")
"""API groups whose schemas are Kubernetes' own; a custom kind may use the same field otherwise."""


def _wrong_words(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        if str(item.content.get("apiVersion", "")).startswith(BUILT_IN):
            for field, word in _words(item.spec):
                yield found(item, f"{field} {word}", detail=f"It takes {', '.join(WORDS[field])}.")
    for service in environment.kubernetes_objects("Service"):
        kind = service.spec.get("type", "ClusterIP")
        if kind not in (*SERVICE_TYPES, UNKNOWN):
            yield found(service, f"type {kind}", detail=f"It takes {', '.join(SERVICE_TYPES)}.")


def _words(value: object) -> Iterator[tuple[str, str]]:
    """Yield every field below a value that holds a word which it doesn't take."""
    if isinstance(value, list):
        for inner in value:
            yield from _words(inner)
    elif isinstance(value, Mapping):
        for field, inner in value.items():
            if field in WORDS and isinstance(inner, str):
                if inner not in (*WORDS[field], UNKNOWN):
                    yield field, inner
            else:
                yield from _words(inner)


def _contradictions(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        mounted = {volume.get("name") for volume in dicts(template.spec.get("volumes"))}
        mounted |= {
            mapping(wanted.get("metadata")).get("name")
            for wanted in dicts(template.owner.spec.get("volumeClaimTemplates"))
        }
        for container in template.all_containers:
            for mount in dicts(container.get("volumeMounts")):
                if mount.get("name") not in mounted:
                    yield found(template.owner, f"volumeMount {mount.get('name')}")
    for template in pods(environment, *CONTROLLERS):
        if _stands_still(template):
            yield found(template.owner, "rollingUpdate")
        if template.spec.get("restartPolicy", "Always") not in ("Always", UNKNOWN):
            yield found(template.owner, f"restartPolicy {template.spec['restartPolicy']}")
    for budget in environment.kubernetes_objects("PodDisruptionBudget"):
        if {"minAvailable", "maxUnavailable"} <= budget.spec.keys():
            yield found(budget, "minAvailable and maxUnavailable")


def _stands_still(template: Pods) -> bool:
    rolling: Json = mapping(mapping(template.owner.spec.get("strategy")).get("rollingUpdate"))
    return all(rolling.get(field) in (0, "0%") for field in ("maxSurge", "maxUnavailable"))


RULES = (
    Rule(
        id="KUBE17",
        family=FAMILY,
        reason="The API server refuses a name or label that is too long or has other characters "
        "than it takes; the JSON schema lets it pass.",
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
        mend="Write names in a-z, 0-9 and hyphens, at most 63; a label's value may also have A-Z, "
        "dots and underscores. A number or a boolean needs quotation marks.",
        check=_wrong_names,
    ),
    Rule(
        id="KUBE18",
        family=FAMILY,
        reason="The API server refuses a word that the field doesn't take, also for its case; the "
        "JSON schema lets it pass.",
        source="https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types",
        mend="Write one of the words as they are printed here.",
        check=_wrong_words,
    ),
    Rule(
        id="KUBE19",
        family=FAMILY,
        reason="The API server refuses fields that contradict one another: a mount without its "
        "volume, a roll-out that may neither add nor remove a pod, a restart policy that a "
        "controller can't have, a budget with two limits.",
        source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/"
        "#rolling-update-deployment",
        mend="Add the volume; set maxSurge or maxUnavailable above zero; remove restartPolicy; keep "
        "one of minAvailable and maxUnavailable.",
        check=_contradictions,
    ),
)
