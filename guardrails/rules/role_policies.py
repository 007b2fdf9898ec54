"""What the policies of roles allow too much, or in vain; roles.yaml has the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import partial

from assembly.arns import place_of, readable, rendered
from assembly.environment import Environment
from assembly.kinds import POLICIES, ROLE
from assembly.policies import Call, allows, attached, documents, statements
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.roles import TABLE, uses
from kube.values import Json, dicts, known, several, text

WHOLE_SERVICE = re.compile(r"(?!ssmmessages|ec2messages)[a-z0-9-]+:\*")
"""Those two know no resources (Service Authorization Reference)."""


@rule("ROLE3")
def _too_much(environment: Environment) -> Iterator[Finding]:
    every = uses(environment)
    nodes, plain = ({x.role for x in every if x.row.get(mark)} for mark in ("nodes", "plain"))
    for role in dict.fromkeys(use.role for use in every if use.role not in nodes):
        if role is not None:
            for value in _powers(environment, role, plain=role in plain):
                detail = f"{role.path} allows {value} for any resource."
                yield breach(role, "Policies", value, detail)


@rule("EXPOSE6")
def _powerful_nodes(environment: Environment) -> Iterator[Finding]:
    for use in uses(environment):
        if use.role is not None and use.row.get("nodes"):
            for value in _powers(environment, use.role, plain=True):
                yield breach(use.resource, use.path, value, f"The role is {use.role.path}.")


def _powers(environment: Environment, role: Resource, *, plain: bool) -> Iterable[str]:
    """Return what a role allows too much: policies of AWS, or actions on any resource."""
    refused, own = TABLE["too_much_managed"], documents(environment, role)
    patterns = [*refused["everybody"], *(refused["nodes"] if plain else ())]
    held = (each for each in attached(environment, role) if known(each))
    found = [each for each in held if any(fnmatchcase(each, pattern) for pattern in patterns)]
    for row in TABLE["too_much"]:
        where = row["where"].format(**place_of(role))
        if allows(environment, own, Call(action=row.get("action", row["value"]), resource=where)):
            found.append(row["value"])
            if "action" in row:
                return found
    for each in (each for document in own for each in statements(document)):
        if "*" in several(each, "Resource") and "Condition" not in each:
            found += filter(WHOLE_SERVICE.fullmatch, map(text, several(each, "Action")))
    return dict.fromkeys(found)


def _in_vain(kinds: Iterable[str], environment: Environment) -> Iterator[Finding]:
    """Yield statements of which no resource is of the kind that the action is about."""
    for holder in environment.resources(*kinds):
        own = holder.properties
        for document in (
            own.get("PolicyDocument"),
            *(x.get("PolicyDocument") for x in dicts(own, "Policies")),
        ):
            for each in statements(document):
                yield from _other_kind(environment, holder, each)


def _other_kind(environment: Environment, holder: Resource, statement: Json) -> Iterator[Finding]:
    where = [readable(rendered(environment, each)) for each in several(statement, "Resource")]
    actions = [text(each) for each in several(statement, "Action")]
    for row in TABLE["forms"]:
        named = [each for each in actions if each in row["actions"]]
        if (
            named
            and where
            and all(":s3:::" in x and not re.fullmatch(row["form"], x) for x in where)
        ):
            detail = (
                f"{named[0]} is about {row['about']}, and {where[0]} is none: nothing is allowed."
            )
            yield breach(holder, "", f"{named[0]} {where[0]}", detail, fix=row["fix"])


rule("ROLE2")(partial(_in_vain, (ROLE, *POLICIES)))
rule("ROLE9")(partial(_in_vain, ("AWS::S3::BucketPolicy",)))
