"""Every rule: its entry in catalogue.yaml, its check, and what `make check` rejects.

The rules of a plain synth see one set of templates. Those of a step see two, the environment and the one
that was accepted last, and what the environment consents to.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assembly.environment import Environment
from guardrails import acknowledgements, rules, step
from guardrails.rule import CHECKS, Check, Rule
from guardrails.run import findings
from guardrails.step.replacement import LOSS, consents, unused
from kube.values import table

for _package in (rules, step):
    for _module in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        importlib.import_module(_module.name)

_FAMILIES: list[Mapping[str, Any]] = table(__file__, "catalogue.yaml")
_WRITTEN = Path(__file__).with_name("public_issues.csv").read_text(encoding="utf-8")
_ISSUES = dict(line.split(",") for line in _WRITTEN.split())


def _rules(checks: Mapping[str, Check]) -> Iterator[Rule]:
    every = ((family["family"], said) for family in _FAMILIES for said in family["rules"])
    judged = ((family, said, checks.get(said["id"])) for family, said in every)
    return (
        Rule(family=family, check=check, issue=_ISSUES.get(said["id"], ""), **said)
        for family, said, check in judged
        if check
    )


ABOUT_RESOURCES = tuple(_rules(CHECKS))
RULES: tuple[Rule, ...] = (*ABOUT_RESOURCES, *_rules(acknowledgements.checks(ABOUT_RESOURCES)))
_OF_STEP = f"{step.__name__}."
STEP: tuple[Rule, ...] = tuple(x for x in RULES if x.check.__module__.startswith(_OF_STEP))
"""Those that need a base to compare with."""


def problems(environment: Environment, accepted: Mapping[str, str]) -> Iterator[str]:
    """Yield what stands against the step from the base, each with what follows and how to fix it.

    `accepted` are the environment's accepted_replacements.
    """
    for rule, finding in findings(environment, STEP):
        if rule.severity == "error" and not (rule.id == LOSS and consents(accepted, finding)):
            reason = f"{rule.reason} {finding.detail}".rstrip()
            yield (
                f"{rule.id}[{finding.value}] at {finding.resource.path}\n  {reason}\n"
                f"  fix: {finding.fix or rule.fix}"
            )
    for name in unused(accepted, environment):
        yield (
            f"accepted_replacements[{name!r}]: no change needs this consent any more, and it would "
            "cover a later one.\n  fix: remove it"
        )
