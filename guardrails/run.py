"""Run every rule for each outcome of an environment's conditions, and report the findings."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from assembly.environment import Environment
from assembly.index import indexed
from assembly.worlds import worlds
from guardrails.places import place_of
from guardrails.rule import Finding, Rule, Severity, anywhere, name_of

Found = tuple[Rule, Finding]


def findings(environment: Environment, rules: Iterable[Rule]) -> list[Found]:
    """Return what rules find, all findings of a rule together."""
    return [each for rule in rules for each in found(environment, rule)]


def found(environment: Environment, rule: Rule) -> Sequence[Found]:
    """Return what a rule finds; asked again for the same environment, it isn't run again."""
    kept = environment.kept
    if rule not in kept:
        ways = _worlds(environment) if rule.every_world else (environment,)
        # What holds in several worlds is one finding.
        kept[rule] = tuple(dict.fromkeys(each for way in ways for each in _checked(rule, way)))
    made: Sequence[Found] = kept[rule]
    return made


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One finding in the words of the CDK's report, which prints one after the other.

    `construct_path` is empty where the CDK finds it by template and logical id.
    """

    name: str
    description: str
    fix: str
    severity: Severity
    location: str
    logical_id: str
    template_path: str
    construct_path: str


def violations(environments: Sequence[Environment], rules: Iterable[Rule]) -> list[Violation]:
    """Return what is found, all findings of a rule together."""
    return [
        violation(judged, environment, finding)
        for rule in rules
        for environment in environments
        for judged, finding in found(environment, rule)
    ]


def violation(rule: Rule, environment: Environment, finding: Finding) -> Violation:
    """Return a finding in the words of the report."""
    # The value is a part of the name, so that an acknowledgement covers only itself.
    name = name_of(rule, finding)
    stack = environment.stacks[finding.resource.stack]
    place = (finding.construct_path or finding.resource.path).strip("/")
    around = accumulate(place.split("/"), "{}/{}".format)
    places = [stack.files[path] for path in around if path in stack.files]
    files = [f"It is in {place_of(place, finding.field)}." for place in places]
    return Violation(
        name=name,
        description=" ".join(filter(None, [f"{name}:", rule.reason, finding.detail, *files])),
        fix=finding.fix or rule.fix,
        severity=rule.severity,
        location=finding.location,
        logical_id=finding.resource.logical_id,
        template_path=stack.template_path,
        # The CDK knows the resources of nested stacks by their paths only.
        construct_path=finding.construct_path or (finding.resource.path if stack.nested_in else ""),
    )


_worlds = indexed(worlds)


def _checked(rule: Rule, environment: Environment) -> Iterator[Found]:
    """Yield what a rule finds; the other rules run, and say what they find, also if this one fails."""
    try:
        for finding in rule.check(environment):
            yield rule, finding
    except Exception as error:  # noqa: BLE001  # nobody knows what a rule may stumble over
        yield _fault(rule, environment, error)


def _fault(rule: Rule, environment: Environment, error: Exception) -> Found:
    *_, frame = traceback.extract_tb(error.__traceback__)
    stack = next(iter(environment.stacks))
    finding = Finding(
        resource=anywhere(environment, stack),
        construct_path=stack,
        value="fault",
        location="Resources",
        detail=f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}: {error}",
    )
    judged = replace(
        rule,
        severity="error",
        reason=f"{rule.id} itself failed on these templates, so it could not check them.",
        fix="This is a bug in the rule, not a problem with the resource: report it with the resource "
        "that you changed last. Until it is fixed, acknowledge the finding on the stack.",
    )
    return judged, finding
