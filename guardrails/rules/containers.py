"""Whether containers are started, watched, sized and confined as a careful team would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.index import indexed
from assembly.links import cluster_key
from guardrails.rule import Finding, rule
from guardrails.rules.findings import found
from guardrails.rules.workloads import CONTROLLERS, Place, Pods, place, pods, version_of
from kube.pod_security import LABEL, violations
from kube.values import Json, Unknown, known, look_up, mapping, text

PROBES = ("readinessProbe", "livenessProbe")
REQUESTS = ("cpu", "memory")
_PINNED = re.compile(r".+@sha256:[0-9a-f]{64}|.+:(.*[-.])?([0-9a-f]{64}|ASSET_HASH)")
"""An image that the CDK built is tagged with the hash of its source."""


@rule("KUBE8")
def _unwatched(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *CONTROLLERS):
        for container in template.containers:
            for probe in PROBES:
                if not container.get(probe):
                    yield found(template.owner, f"{text(container, 'name')} {probe}")


@rule("KUBE9")
def _unsized(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.containers:
            # A limit without a request is a request of the same amount, as is one of the whole pod.
            of_both = [look_up(each, "resources") for each in (template.spec, container)]
            amounts = [look_up(each, of) for each in of_both for of in ("limits", "requests")]
            if any(isinstance(each, Unknown) for each in amounts):
                continue
            for name in REQUESTS:
                if not any(name in mapping(each) for each in amounts):
                    yield found(template.owner, f"{text(container, 'name')} {name}")


@rule("KUBE10")
def _forgetful(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, "Deployment", "StatefulSet", "DaemonSet"):
        if template.owner.spec.get("revisionHistoryLimit") == 0:
            yield found(template.owner, "revisionHistoryLimit 0")


@rule("KUBE12")
def _movable(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.all_containers:
            image = text(container, "image")
            # What CloudFormation fills in at the end, be it all or the tag, can't be judged.
            filled_in = isinstance(image, Unknown) and image.endswith("}")
            if not filled_in and not _PINNED.fullmatch(image):
                yield found(template.owner, f"{text(container, 'name')} {image}")


SOURCE = "https://kubernetes.io/docs/concepts/security/"
EXPECTED = "restricted"


@rule("KUBE11")
def _unfenced(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        refused = dict(_refused(environment, template))
        for field, words in _broken(environment, template, EXPECTED).items():
            if field not in refused:
                yield found(template.owner, field, f"{words}.")


@rule("KUBE21")
def _not_admitted(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for field, words in _refused(environment, template):
            yield found(template.owner, field, words)


def _refused(environment: Environment, template: Pods) -> Iterator[tuple[str, str]]:
    labels = _namespaces(environment).get(place(environment, template.owner), {})
    level, wanted = (text(labels, f"{LABEL}enforce{suffix}") for suffix in ("", "-version"))
    for field, words in _broken(environment, template, level, wanted).items():
        yield field, f"The namespace enforces {level}: {words}."


def _broken(
    environment: Environment, template: Pods, level: str, version: str = ""
) -> Mapping[str, str]:
    """Return what breaks a standard, by default as the cluster's version has it, by field."""
    if not known([level, version]):
        return {}
    if version in ("", "latest"):
        version = version_of(environment, template.owner.resource)
    prefix = f"{template.template.path}."
    return {
        field.removeprefix(prefix): violation.words
        for violation in violations(template.template, level, version)
        for field in violation.fields
    }


@indexed
def _namespaces(environment: Environment) -> Mapping[Place, Json]:
    return {
        (cluster_key(environment, each.resource), each.name): each.labels
        for each in environment.kubernetes_objects("Namespace")
    }
