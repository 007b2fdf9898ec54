"""Whether the API server of the cluster's version accepts each object.

What it refuses is known to `kube.validity`. validity.json sorts that into rules: a problem belongs to
the first whose `fields` are found in its field, or whose `words` in what the server says, and to the
first of all if it belongs to none. What a namespace's Pod Security Standard refuses is known to
`kube.pod_security`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.links import version_of
from guardrails.rule import Finding, found, rule, rules
from guardrails.rules.workloads import Pods, object_at, pods
from kube.pod_security import LABEL, violations
from kube.problems import Problem
from kube.validity import problems
from kube.values import known, look_up, size_of, table, text

PARTS: list[dict[str, str]] = table(__file__)
NEVER = r"(?!)"
LONGEST = 60
"""Characters of a value that a finding's name repeats."""
MOST_BYTES = 262144
"""Of an annotation; kubectl writes last-applied-configuration (github.com/kubernetes/kubectl/issues/712)."""
EXPECTED = "restricted"
DEMANDED = ("allowPrivilegeEscalation", "drop", "runAsNonRoot", "seccompProfile.type")
"""Fields that the restricted standard wants set."""
OF_WINDOWS = (
    "Set runAsNonRoot: true: the rest of what the standard asks for can't be set on Windows."
)
OR_ALLOW = ", or set pod_security of the workload, or of the entry in namespaces, that creates the namespace"


@rules(*(part["rule"] for part in PARTS))
def _refused(environment: Environment) -> Iterator[tuple[str, Finding]]:
    for item in environment.kubernetes_objects():
        for problem in problems(item.content, version_of(item.resource)):
            value = f"{problem.field} {_short(problem)}"
            yield _rule_of(problem), found(item, value, f"{problem}.", field=problem.field)


@rule("KUBE20")
def _too_large(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        if size_of(str(item.resource.properties.get("Manifest"))) > MOST_BYTES:
            said = json.dumps(item.content, default=str, ensure_ascii=False, separators=(",", ":"))
            if (size := size_of(said)) > MOST_BYTES:
                detail = (
                    f"kubectl keeps its {size:,} bytes in an annotation: at most {MOST_BYTES:,}."
                )
                fix = "Split the object, or bring it with a Helm chart, which keeps no such annotation."
                yield found(item, "bytes", detail, fix=fix)


def _rule_of(problem: Problem) -> str:
    fitting = (
        part["rule"]
        for part in PARTS
        if re.search(part.get("fields", NEVER), problem.field)
        or re.search(part.get("words", NEVER), str(problem))
    )
    return next(fitting, PARTS[0]["rule"])


def _short(problem: Problem) -> str:
    written = str(problem.value).lower() if problem.value in (True, False) else text(problem.value)
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"


@rules("KUBE11", "KUBE21")
def _insecure(environment: Environment) -> Iterator[tuple[str, Finding]]:
    for template in pods(environment):
        cluster, name = template.owner.place
        space = object_at(environment, cluster, "Namespace", name)
        labels = space.labels if space else {}
        level, version = (text(labels, f"{LABEL}enforce{suffix}") for suffix in ("", "-version"))
        own = version_of(template.owner.resource)
        refused = _broken(template, level, own if version in ("", "latest") else version)
        for path, words in {**_broken(template, EXPECTED, own), **refused}.items():
            at = path.removeprefix(f"{template.path}.")
            rule_id, lead, or_allow = "KUBE11", "", ""
            if path in refused:
                rule_id, lead, or_allow = "KUBE21", f"The namespace enforces {level}: ", OR_ALLOW
            # Of the fields that restricted asks for, the rule itself speaks.
            fix = f"Remove {at}{or_allow}."
            if at.endswith(DEMANDED):
                is_windows = look_up(template.spec, "os", "name") == "windows"
                fix = OF_WINDOWS if is_windows else ""
            yield rule_id, template.finding(at, f"{lead}{words}.", fix, at)


def _broken(template: Pods, level: str, version: str) -> Mapping[str, str]:
    """Return what breaks a standard, by field."""
    broken = violations(template, level, version) if known([level, version]) else ()
    return {field: each.words for each in broken for field in each.fields}
