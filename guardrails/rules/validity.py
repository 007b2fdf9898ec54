"""Whether the API server of the cluster's version takes each object.

What it refuses is known to `kube.validity`. validity.json sorts that into rules: a problem belongs to
the first whose `fields` are found in its field, or whose `words` in what the server says, and to the
first of all if it belongs to none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from assembly.environment import Environment
from assembly.index import indexed
from guardrails.rule import Finding, rule
from guardrails.rules.findings import found
from guardrails.rules.workloads import version_of
from kube.problems import Problem
from kube.validity import problems
from kube.values import text

PARTS: tuple[Mapping[str, Any], ...] = tuple(
    json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
)
NEVER = r"(?!)"
LONGEST = 60
"""Characters of a value that a finding's name repeats."""


@indexed
def _refused(environment: Environment) -> Mapping[str, list[Finding]]:
    refused: dict[str, list[Finding]] = {}
    for item in environment.kubernetes_objects():
        for problem in problems(item.content, version_of(environment, item.resource)):
            finding = found(item, f"{problem.field} {_short(problem)}", detail=f"{problem}.")
            refused.setdefault(_rule_of(problem), []).append(finding)
    return refused


def _rule_of(problem: Problem) -> str:
    fitting = (
        part
        for part in PARTS
        if re.search(part.get("fields", NEVER), problem.field)
        or re.search(part.get("words", NEVER), str(problem))
    )
    return str(next(fitting, PARTS[0])["rule"])


def _short(problem: Problem) -> str:
    """Return what stands in the field, if that is short."""
    written = str(problem.value).lower() if problem.value in (True, False) else text(problem.value)
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"


def _check(rule_id: str, environment: Environment) -> Iterator[Finding]:
    yield from _refused(environment).get(rule_id, ())


for _part in PARTS:
    rule(_part["rule"])(partial(_check, _part["rule"]))
