"""What IAM refuses in a policy, whatever it would allow, and who may assume a machine's role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import POLICIES, ROLE
from assembly.policies import HOLE, arn, rendered, statements
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.roles import readable, uses
from kube.values import Json, dicts, known, look_up, mapping, number, several, text, unsure

SHORTEST, LONGEST = 3_600, 43_200
VERSIONS = ("2012-10-17", "2008-10-17")
ACTION = re.compile(r"\*|[a-z0-9-]+:[a-z0-9*?]+", re.IGNORECASE)
SERVICE = re.compile(
    r"[a-z0-9.-]+\.amazonaws\.(com|com\.cn|eu)|[a-z0-9.-]+\.(sc2s\.sgov|c2s\.ic)\.gov"
)
RESOURCE = re.compile(r"\*|arn:.*")
PRINCIPAL = re.compile(r"\*|\d{12}|[A-Z0-9]{16,}|arn:[^*?]+")
OPERATOR = re.compile(
    r"(ForAnyValue:|ForAllValues:)?("
    r"String(Not)?(Equals(IgnoreCase)?|Like)|Arn(Not)?(Equals|Like)|(Not)?IpAddress|Bool|BinaryEquals|"
    r"(Numeric|Date)(Not)?(Equals|LessThan(Equals)?|GreaterThan(Equals)?))(IfExists)?|Null"
)
WORDS = {
    "action": (("Action",), ACTION),
    "action in NotAction": (("NotAction",), ACTION),
    "resource": (("Resource",), RESOURCE),
    "resource in NotResource": (("NotResource",), RESOURCE),
    "AWS principal": (("Principal", "AWS"), PRINCIPAL),
    "service principal": (("Principal", "Service"), SERVICE),
}
"""IAM user guide, "IAM JSON policy elements"."""


@rule("ROLE9")
def _refused(environment: Environment) -> Iterator[Finding]:
    for role in environment.resources(ROLE):
        hours = number(role.properties, "MaxSessionDuration")
        if hours is not None and not SHORTEST <= hours <= LONGEST:
            detail = f"A session lasts {SHORTEST} to {LONGEST} seconds, not {hours}."
            yield breach(role, "MaxSessionDuration", role.logical_id, detail)
        trust = role.properties.get("AssumeRolePolicyDocument")
        for wrong in _wrong(environment, role, trust, trust=True):
            yield breach(role, "AssumeRolePolicyDocument", role.logical_id, wrong)
        for policy in dicts(role.properties, "Policies"):
            for wrong in _wrong(environment, role, policy.get("PolicyDocument")):
                yield breach(role, "Policies", role.logical_id, wrong)
    for each in environment.resources(*POLICIES):
        for wrong in _wrong(environment, each, each.properties.get("PolicyDocument")):
            yield breach(each, "PolicyDocument", each.logical_id, wrong)


def _wrong(
    environment: Environment, of: Resource, document: object, *, trust: bool = False
) -> Iterator[str]:
    partition = arn(of, "").split(":")[1]
    version = look_up(document, "Version")
    if version is not None and known(version) and version not in VERSIONS:
        yield f"Version is {version}; IAM knows {VERSIONS[0]}."
    for statement in dicts(several(document, "Statement")):
        yield from _wrong_statement(statement, trust=trust)
        yield from _wrong_words(environment, statement, partition)


def _wrong_statement(statement: Json, *, trust: bool) -> Iterator[str]:
    effect = statement.get("Effect")
    if known(effect) and effect not in ("Allow", "Deny"):
        yield f"Effect is {effect!r}; IAM takes Allow and Deny."
    needed, refused = ("Principal", "Resource") if trust else ("Resource", "Principal")
    for element, wanted in (("Action", True), (needed, True), (refused, False)):
        if (element in statement or f"Not{element}" in statement) is not wanted:
            yield f"A statement has {'no' if wanted else 'a'} {element}."
    for operator in mapping(statement, "Condition"):
        if known(operator) and not OPERATOR.fullmatch(str(operator)):
            yield f"{operator} is no condition operator."


def _wrong_words(environment: Environment, statement: Json, partition: str) -> Iterator[str]:
    for what, (path, pattern) in WORDS.items():
        for value in (rendered(environment, each) for each in several(statement, *path)):
            if HOLE not in value and "\ue001" not in value and not pattern.fullmatch(value):
                yield f"{value or 'An empty text'} is no {what}."
            elif (
                value.startswith("arn:")
                and partition != HOLE
                and value.split(":")[1] not in (HOLE, partition, "*")
            ):
                yield f"{readable(value)} is of another partition than the stack, {partition}."


@rule("ROLE10")
def _others_may_assume(environment: Environment) -> Iterator[Finding]:
    for role in dict.fromkeys(use.role for use in uses(environment) if use.row.get("service")):
        trust = None if role is None else role.properties.get("AssumeRolePolicyDocument")
        for statement in statements(trust):
            named = several(statement, "Principal", "AWS")
            for who in map(text, named) if not unsure(statement.get("Principal")) else ():
                if role is not None and who != "*" and not statement.get("Condition"):
                    detail = f"{readable(rendered(environment, who))} may assume {role.path}."
                    yield breach(role, "AssumeRolePolicyDocument", who, detail)
