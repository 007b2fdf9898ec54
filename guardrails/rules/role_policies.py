"""What policies allow too much or in vain, by roles.yaml, and whether EventBridge may deliver what its rules send."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import partial
from itertools import product

from assembly.arns import home, place_of, readable, rendered
from assembly.environment import Environment
from assembly.kinds import POLICIES, ROLE
from assembly.links import by_target
from assembly.policies import Call, allows, attached, documents, statements
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.keys_and_logs import unusable
from guardrails.rules.presence import reached
from guardrails.rules.roles import TABLE, uses
from kube.values import dicts, known, several, text

EVENTS = "events.amazonaws.com"
TARGETS = {"AWS::SQS::Queue": "sqs:SendMessage", "AWS::SNS::Topic": "sns:Publish"}
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
        told, action = row.get("told", {}), row.get("action", row["value"])
        if allows(environment, own, Call(action=action, resource=where, context=told)):
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
        own = [holder.properties, *dicts(holder.properties, "Policies")]
        every = (x for one in own for x in statements(one.get("PolicyDocument")))
        for each, row in product(every, TABLE["forms"]):
            named = [*map(text, several(each, "Action"))]
            where = [readable(rendered(environment, x)) for x in several(each, "Resource")]
            fits = any(":s3:::" not in x or re.fullmatch(row["form"], x) for x in where)
            if named and where and not fits and {*named} <= {*row["actions"]}:
                detail = f"{named[0]} is about {row['about']}: on {where[0]} it allows nothing."
                yield breach(holder, "", f"{named[0]} {where[0]}", detail, fix=row["fix"])


rule("ROLE2")(partial(_in_vain, (ROLE, *POLICIES)))
rule("ROLE9")(partial(_in_vain, ("AWS::S3::BucketPolicy",)))


@rule("ROLE10")
def _undelivered(environment: Environment) -> Iterator[Finding]:
    queues = by_target(environment, "AWS::SQS::QueuePolicy", "Queues")
    held = {**queues, **by_target(environment, "AWS::SNS::TopicPolicy", "Topics")}
    for sender in environment.resources("AWS::Events::Rule"):
        own = rendered(environment, Reference("", node=sender.node, attribute="Arn"))
        told = {"aws:sourcearn": own, "aws:sourceaccount": home(sender)["account"]}
        for field, value in reached(sender.properties, "Targets.*.Arn"):
            target, to = environment.target(value), rendered(environment, value)
            action = TARGETS.get(target.kind, "") if target else ""
            call = Call(action=action, principal=EVENTS, context=told, resource=to)
            policies = held.get(target.node, ()) if target else ()
            documents = [each.properties.get("PolicyDocument") for each in policies]
            if target and action and allows(environment, documents, call) is False:
                detail = f"The policy of {target.path} doesn't let {EVENTS} call {action}."
                yield breach(sender, field, target.logical_id, detail)
            key = target.properties.get("KmsMasterKeyId") if target and action else None
            if target and key:
                aws, row = text(key).startswith("alias/aws/"), TABLE["events"]
                if wrong := row["aws"] if aws else unusable(environment, row, target, key):
                    detail = f"{target.path} is encrypted: {wrong}"
                    yield breach(sender, field, f"{target.logical_id} key", detail, fix=row["fix"])
