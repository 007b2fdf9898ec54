"""An acknowledgement matches a live finding, is as narrow as it and says why.

The rules here judge the acknowledgements of our own findings in every synth. Those of cdk-nag and of
the CDK can't be judged there: one plugin doesn't see what another finds. `problems` judges them by the
report that the synth leaves behind; `make check` does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from guardrails.environment import Environment, Resource, Stack
from guardrails.rule import Finding, Rule

FAMILY = "Acknowledgements"
OURS = "Groundwork::"
LEAST_WORDS = 8
"""A reason of fewer words names a fact at most, not why it is right here."""


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """What somebody accepted: the finding's full id, where, why, and what it met.

    `met` are the construct paths of the findings that it covers, `description` is the rule's own
    text.
    """

    finding: str
    path: str
    reason: str
    description: str = ""
    met: frozenset[str] = frozenset()


def problems(acknowledgements: Iterable[Acknowledgement]) -> Iterator[str]:
    """Yield what is wrong with acknowledgements, one line each."""
    for item in acknowledgements:
        for judge in (stale, too_broad, weak):
            problem = judge(item)
            if problem:
                yield f"{item.finding} at {item.path}: {problem}"


def stale(item: Acknowledgement) -> str:
    """Return what is wrong if an acknowledgement meets no finding."""
    return "" if item.met else "It meets no finding."


def too_broad(item: Acknowledgement) -> str:
    """Return what is wrong if a narrower place would do."""
    if not item.met:
        return ""
    narrowest = os.path.commonpath([_construct(path) for path in item.met])
    if f"{item.path}/".startswith(f"{narrowest}/"):
        return ""
    return f"All that it meets is in {narrowest}."


def weak(item: Acknowledgement) -> str:
    """Return what is wrong with the reason."""
    words = item.reason.split()
    if len(words) < LEAST_WORDS or not item.reason.rstrip().endswith("."):
        return f"Its reason is no sentence of {LEAST_WORDS} words: {item.reason!r}."
    if item.reason.strip(" .").lower() in item.description.lower():
        return f"Its reason repeats the rule: {item.reason!r}."
    return ""


def rules(others: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules about the acknowledgements of what the other rules find."""
    others = tuple(others)

    def rule(number: int, reason: str, mend: str, judge: Callable[[Acknowledgement], str]) -> Rule:
        return Rule(
            id=f"ACK{number}",
            family=FAMILY,
            reason=reason,
            source="https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html",
            mend=mend,
            check=partial(_check, others, judge),
        )

    return (
        rule(
            1,
            "An acknowledgement that meets no finding accepts what comes later, unseen.",
            "Remove it, or write the finding's id as the report prints it.",
            stale,
        ),
        rule(
            2,
            "An acknowledgement above its finding accepts the next one beside it, unseen.",
            "Move it to the construct that has the finding.",
            too_broad,
        ),
        rule(
            3,
            "An acknowledgement without a reason can't be reviewed.",
            f"Say in a sentence of at least {LEAST_WORDS} words why the finding is right here.",
            weak,
        ),
    )


def _check(
    others: tuple[Rule, ...], judge: Callable[[Acknowledgement], str], environment: Environment
) -> Iterator[Finding]:
    found = [
        (f"{OURS}{rule.id}[{finding.value}]".replace(" ", "-"), rule, finding.resource)
        for rule in others
        for finding in rule.check(environment)
    ]
    for stack in environment.stacks.values():
        for path, written, reason in stack.acknowledgements:
            if not written.startswith(OURS) or not _has_paths(stack):
                continue
            met = [
                (rule, resource)
                for name, rule, resource in found
                if name == written.replace(" ", "-") and _lies_in(resource.path, path)
            ]
            problem = judge(
                Acknowledgement(
                    finding=written,
                    path=path,
                    reason=reason,
                    description=met[0][0].reason if met else "",
                    met=frozenset(resource.path for _, resource in met),
                )
            )
            if problem:
                yield Finding(
                    resource=_nearest(environment, stack, path),
                    construct_path=path,
                    value=written.removeprefix(OURS),
                    location="Metadata",
                    detail=problem,
                )


def _nearest(environment: Environment, stack: Stack, path: str) -> Resource:
    """Return a resource at a construct, or the stack's first: a finding belongs to one."""
    of_stack = [found for found in environment.all_resources if found.stack == stack.path]
    return next((found for found in of_stack if _lies_in(found.path, path)), of_stack[0])


def _construct(path: str) -> str:
    """Return the construct that a resource is the heart of: the CDK calls it Resource or Default."""
    while path.rpartition("/")[2] in {"Resource", "Default"}:
        path = path.rpartition("/")[0]
    return path


def _lies_in(path: str, construct: str) -> bool:
    return f"{path}/".startswith(f"{construct}/")


def _has_paths(stack: Stack) -> bool:
    """Tell whether the CDK wrote construct paths; with `--no-path-metadata` it doesn't."""
    return any(
        "aws:cdk:path" in body.get("Metadata", {})
        for body in stack.template.get("Resources", {}).values()
    )
