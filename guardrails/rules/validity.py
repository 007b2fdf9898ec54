"""Whether the API server of the cluster's version accepts each object.

What it refuses is known to `kube.validity`. validity.json sorts that into rules: a problem belongs to
the first whose `fields` are found in its field, or whose `words` in what the server says, and to the
first of all if it belongs to none. What a namespace's Pod Security Standard refuses is known to
`kube.pod_security`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from assembly.environment import Environment
from assembly.index import indexed
from assembly.links import cluster_key
from guardrails.rule import Finding, found, rule
from guardrails.rules.workloads import Pods, place, pods, version_of
from kube.pod_security import LABEL, violations
from kube.problems import Problem
from kube.validity import problems
from kube.values import known, table, text

PARTS: list[dict[str, str]] = table(__file__)
NEVER = r"(?!)"
LONGEST = 60
"""Characters of a value that a finding's name repeats."""
EXPECTED = "restricted"
SECURITY = ("KUBE11", "KUBE21")
DEMANDED = ("allowPrivilegeEscalation", "drop", "runAsNonRoot", "seccompProfile.type")
"""Fields that the restricted standard wants set."""
OR_ALLOW = ", or set pod_security of the workload, or of the entry in namespaces, that creates the namespace"


@indexed
def _refused(environment: Environment) -> Sequence[tuple[str, Finding]]:
    return [
        (
            _rule_of(problem),
            found(item, f"{problem.field} {_short(problem)}", f"{problem}.", field=problem.field),
        )
        for item in environment.kubernetes_objects()
        for problem in problems(item.content, version_of(environment, item.resource))
    ]


def _rule_of(problem: Problem) -> str:
    for part in PARTS:
        in_field = re.search(part.get("fields", NEVER), problem.field)
        if in_field or re.search(part.get("words", NEVER), str(problem)):
            return part["rule"]
    return PARTS[0]["rule"]


def _short(problem: Problem) -> str:
    written = str(problem.value).lower() if problem.value in (True, False) else text(problem.value)
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"


def _insecure(environment: Environment) -> Iterator[tuple[str, Finding]]:
    namespaces = {
        (cluster_key(environment, each.resource), each.name): each.labels
        for each in environment.kubernetes_objects("Namespace")
    }
    for template in pods(environment):
        labels = namespaces.get(place(environment, template.owner), {})
        level, wanted = (text(labels, f"{LABEL}enforce{suffix}") for suffix in ("", "-version"))
        refused = _broken(environment, template, level, wanted)
        enforced = f"The namespace enforces {level}: "
        for path, words in {**_broken(environment, template, EXPECTED), **refused}.items():
            rule_id, lead = ("KUBE21", enforced) if path in refused else ("KUBE11", "")
            field, detail = path.removeprefix(f"{template.path}."), f"{lead}{words}."
            fix = _fix(rule_id, field)
            yield rule_id, found(template.owner, field, detail, fix=fix, field=path)


def _fix(rule_id: str, field: str) -> str:
    """Return how to fix a field that restricted doesn't ask for; of the others the rule speaks."""
    or_allow = OR_ALLOW if rule_id == "KUBE21" else ""
    return "" if field.endswith(DEMANDED) else f"Remove {field}{or_allow}."


def _broken(
    environment: Environment, template: Pods, level: str, version: str = ""
) -> Mapping[str, str]:
    """Return what breaks a standard, by default as the cluster's version has it, by field."""
    if version in ("", "latest"):
        version = version_of(environment, template.owner.resource)
    return {
        field: violation.words
        for violation in (violations(template, level, version) if known([level, version]) else ())
        for field in violation.fields
    }


def _of(rule_id: str, environment: Environment) -> Iterator[Finding]:
    read = _insecure if rule_id in SECURITY else _refused
    return (finding for whose, finding in read(environment) if whose == rule_id)


for _id in (*(part["rule"] for part in PARTS), *SECURITY):
    rule(_id)(partial(_of, _id))
