"""What the rules can't see: it is said, and never passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from assembly.environment import Environment
from assembly.kinds import CLUSTER, FIRST_GENERATION
from assembly.self_managed import self_managed_groups
from guardrails.rule import Finding, anywhere, breach, rule
from guardrails.rules.workloads import unreadable
from kube.values import several, table

UNSEEN: Mapping[str, str] = table(__file__)
"""What makes parts of a cluster that no rule reads, by type, and what these are."""


@rule("UNCHECKED1")
def _first_generation(environment: Environment) -> Iterator[Finding]:
    for each in environment.resources(CLUSTER):
        if each.type == FIRST_GENERATION:
            detail = "Who may do what stands in aws-auth, and its function calls EKS with a role of its own."
            yield breach(each, "", each.logical_id, detail)


@rule("UNCHECKED2")
def _types(environment: Environment) -> Iterator[Finding]:
    read = {each for each in self_managed_groups(environment) if each.understood}
    for each in (x for x in environment.resources() if x not in read):
        for form, what in UNSEEN.items():
            if re.fullmatch(form, each.type):
                yield breach(each, "", each.type, f"Not checked: {what}.")
    for path, stack in environment.stacks.items():
        for name in several(stack.template, "Transform"):
            if name != "AWS::LanguageExtensions":
                detail = f"The macro {name} changes the template after the rules have read it."
                found = breach(anywhere(environment, path), "", str(name), detail)
                yield replace(found, location="Transform")


def _unread(told: str, environment: Environment) -> Iterator[Finding]:
    for each, name, wrong in unreadable(environment):
        if bool(wrong) is not bool(told):
            yield breach(each, name, name, told or f"{wrong}.")


rule("UNCHECKED3")(partial(_unread, "Only a deploy knows what it says."))
rule("CFN4")(partial(_unread, ""))
