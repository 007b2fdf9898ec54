"""What the rules can't see: it is said, and never passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from assembly.environment import Environment
from assembly.kinds import CLUSTER, FIRST_GENERATION
from assembly.self_managed import self_managed_groups
from guardrails.rule import Finding, anywhere, breach, rule, rules
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


@rules("UNCHECKED3", "CFN4")
def _unread(environment: Environment) -> Iterator[tuple[str, Finding]]:
    for each, name, wrong in unreadable(environment):
        detail = f"{wrong}." if wrong else "Only a deploy knows what it says."
        yield "CFN4" if wrong else "UNCHECKED3", breach(each, name, name, detail)
