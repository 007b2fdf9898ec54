"""Whether pods keep to the Pod Security Standards, those that their namespace enforces first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.index import indexed
from assembly.links import cluster_key
from guardrails.rule import Finding, rule
from guardrails.rules.findings import found
from guardrails.rules.workloads import Place, Pods, place, pods, version_of
from kube.pod_security import LABEL, violations
from kube.values import Json, known, text

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
