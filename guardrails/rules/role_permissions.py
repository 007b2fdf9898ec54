"""What the roles of roles.yaml must allow, and what nobody's role may."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ACCESS_ENTRY, ADD_ON, POLICIES, ROLE
from assembly.links import beside, role_of
from assembly.policies import (
    BUILT_IN,
    HOLE,
    Call,
    allows,
    arn,
    attached,
    documents,
    rendered,
    statements,
)
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.roles import TABLE, Use, names_of, readable, uses
from kube.values import Json, items, known, look_up, mapping, several, text, unsure

MANAGED = frozenset(
    Path(__file__).with_name("managed_policies.txt").read_text(encoding="utf-8").split()
)
"""AWS managed policies, all that can be attached (github.com/zoph-io/MAMIP, 2026-03-07), and those of
the EBS CSI driver from later (AWS managed policy reference)."""
EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
ADMINISTRATION: Sequence[str] = TABLE["too_much_managed"]["everybody"]
FOR_NODES: Sequence[str] = TABLE["too_much_managed"]["nodes"]
ALIKE = 0.85
WHOLE_SERVICE = re.compile(r"[a-z0-9-]+:\*")
LOG_GROUP_NAME = re.compile(r"log_group_name\s+(\S+)")
STREAM = ":log-stream:x"


@rule("ROLE2")
def _lacks(environment: Environment) -> Iterator[Finding]:
    for use in uses(environment):
        for name in use.row.get("needs", ()) if use.role else ():
            yield from missing(environment, use, TABLE["needs"][name])


def missing(environment: Environment, use: Use, need: Json) -> Iterator[Finding]:
    """Yield what the role of a use doesn't allow of what it is needed for."""
    role, add_on = use.role, need.get("add_on")
    installed = (each.properties for each in beside(environment, use.resource, ADD_ON))
    if role is None or (add_on and add_on not in (text(each, "AddonName") for each in installed)):
        return
    lacking = list(lacks(environment, role, need, use.subject))
    if lacking:
        action, where = lacking[0]
        actions = ", ".join(dict.fromkeys(each for each, _ in lacking))
        what = actions if where == "*" else f"{actions} on {where}"
        detail = f"{role.path} doesn't allow {what}, needed {need['for']}."
        usual = next(iter(need["policies"]), "")
        fix = f"Let {role.path} call {what}"
        fix += f", or attach {usual}." if usual and "*" not in usual else "."
        yield breach(use.resource, use.path, action, detail, fix=fix)


def lacks(
    environment: Environment, role: Resource, need: Json, resource: Resource
) -> Iterator[tuple[str, str]]:
    """Yield the actions of a need that a role doesn't allow, with the resources."""
    held = list(attached(environment, role))
    usual = [*need["policies"], *ADMINISTRATION]
    given = any(fnmatchcase(each, pattern) for each in held for pattern in usual)
    # A policy that was created elsewhere may allow anything.
    unclear = unsure(role.properties.get("ManagedPolicyArns")) or not MANAGED.issuperset(held)
    own = [*documents(environment, role), *([EVERYTHING] if given or unclear else [])]
    names = _names(environment, resource)
    for call in need["calls"]:
        pattern = str(call.get("where", "*"))
        if f"{{{(name := pattern[1:-1])}}}" == pattern and names.get(name) is None:
            continue
        where = _filled(resource, pattern, names)
        given_tags = mapping(call, "with")
        context: dict[str, str | None] = {
            key: _filled(resource, value, names) for key, value in given_tags.items()
        }
        context |= _always(resource)
        for action in call["actions"]:
            asked = Call(action=action, resource=where, context=context, tags=bool(given_tags))
            if allows(environment, own, asked) is False or _beyond(environment, role, asked):
                yield action, readable(where)


def _beyond(environment: Environment, role: Resource, call: Call) -> bool:
    """Tell whether a role's permissions boundary excludes a call."""
    boundary = environment.target(role.properties.get("PermissionsBoundary"))
    if boundary is None or boundary.kind not in POLICIES:
        return False
    return allows(environment, [boundary.properties.get("PolicyDocument")], call) is False


def _always(resource: Resource) -> dict[str, str | None]:
    region = resource.scope.stack.region or HOLE
    return {"aws:requestedregion": region}


def _filled(resource: Resource, pattern: str, names: Mapping[str, str | None]) -> str:
    given = {key: each or HOLE for key, each in names.items()}
    tail = pattern.removeprefix("arn:{partition}:")
    return pattern.format(**given) if tail == pattern else arn(resource, tail, **given)


def _names(environment: Environment, resource: Resource) -> dict[str, str | None]:
    """Return what the table's resources are called here, None for one that isn't there."""
    properties = resource.properties
    function_logs = look_up(properties, "LoggingConfig", "LogGroup")
    fargate = _fargate_logs(environment)
    names: dict[str, str | None] = {**names_of(environment, resource)}
    own_logs = f"/aws/lambda/{names['name']}"
    handler = look_up(properties, "Environment", "Variables", "USER_ON_EVENT_FUNCTION_ARN")
    flow = properties.get("LogGroupName")
    destination = properties.get("LogDestination")
    group = properties.get("DefaultSecurityGroupId")
    return names | {
        "log_group": arn(
            resource, "logs:{region}:{account}:log-group:{group}", group=rendered(environment, flow)
        ),
        "default_group": rendered(environment, group),
        "function_logs": _stream(environment, resource, function_logs or own_logs),
        "handler": None if handler is None else rendered(environment, handler),
        "flow_logs": (
            _stream(environment, resource, flow)
            if flow is not None
            else None
            if destination is None
            else rendered(environment, destination) + STREAM
        ),
        "fargate_logs": _stream(environment, resource, fargate) if fargate else None,
    }


def _stream(environment: Environment, resource: Resource, group: object) -> str:
    name = rendered(environment, group)
    return arn(resource, f"logs:{{region}}:{{account}}:log-group:{{group}}{STREAM}", group=name)


@indexed
def _fargate_logs(environment: Environment) -> str:
    """Return the log group to which Fargate writes the logs of pods, by its ConfigMap."""
    for item in environment.kubernetes_objects("ConfigMap"):
        if (item.namespace, item.name) == ("aws-observability", "aws-logging"):
            said = rendered(environment, look_up(item.content, "data", "output.conf"))
            if match := LOG_GROUP_NAME.search(said):
                return match[1]
    return ""


@rule("ROLE3")
def _too_much(environment: Environment) -> Iterator[Finding]:
    every = uses(environment)
    nodes = {use.role for use in every if use.row.get("nodes")}
    plain = {use.role for use in every if use.row.get("plain")}
    entries = environment.resources(ACCESS_ENTRY)
    people = (role_of(environment, each.properties.get("PrincipalArn")) for each in entries)
    for role in dict.fromkeys((*(use.role for use in every), *people)):
        if role is not None and role not in nodes:
            refused = [*ADMINISTRATION, *(FOR_NODES if role in plain else ())]
            for value in powers(environment, role, refused):
                detail = f"{role.path} allows {value} for any resource."
                yield breach(role, "Policies", value, detail)


@rule("EXPOSE6")
def _powerful_nodes(environment: Environment) -> Iterator[Finding]:
    refused = [*ADMINISTRATION, *FOR_NODES]
    for use in uses(environment):
        if use.role is not None and use.row.get("nodes"):
            for value in powers(environment, use.role, refused):
                yield breach(use.resource, use.path, value, f"The role is {use.role.path}.")


def powers(environment: Environment, role: Resource, refused: Sequence[str]) -> Sequence[str]:
    """Return what a role allows too much: policies of AWS, or actions on any resource."""
    held = (each for each in attached(environment, role) if known(each))
    found = [each for each in held if any(fnmatchcase(each, pattern) for pattern in refused)]
    own = documents(environment, role)
    for row in TABLE["too_much"]:
        where = _filled(role, row["where"], {})
        if allows(environment, own, Call(action=row.get("action", row["value"]), resource=where)):
            found.append(row["value"])
            if "action" in row:
                return found
    services = (
        action
        for document in own
        for each in statements(document)
        if "*" in several(each, "Resource") and "Condition" not in each
        for action in map(text, several(each, "Action"))
        if WHOLE_SERVICE.fullmatch(action)
    )
    return [*dict.fromkeys((*found, *services))]


@rule("ROLE4")
def _no_such_policy(environment: Environment) -> Iterator[Finding]:
    for role in environment.resources(ROLE):
        for value in items(role.properties, "ManagedPolicyArns"):
            said = rendered(environment, value)
            match = BUILT_IN.match(said)
            name = match["name"] if match else said.rpartition(":policy/")[2]
            if HOLE in name or not name:
                continue
            partition = arn(role, "").split(":")[1]
            near = _meant(name) if match else name if name in MANAGED and "iam::" in said else ""
            if said.split(":")[1:2] not in ([partition], [HOLE]) and match and partition != HOLE:
                detail = f"{said} is of another partition than the stack, which is {partition}."
                yield breach(role, "ManagedPolicyArns", name, detail)
            elif near:
                detail = f"IAM has no policy {readable(said)}; there is {near}."
                fix = f"Write arn:{partition}:iam::aws:policy/{near}."
                yield breach(role, "ManagedPolicyArns", name, detail, fix=readable(fix))


def _meant(name: str) -> str:
    """Return the policy of AWS that a name is a slip of, empty for one that may exist."""
    if name in MANAGED:
        return ""
    short = name.rpartition("/")[2].lower()
    for each in MANAGED:
        if each.rpartition("/")[2].lower() == short:
            return each
    # A newer policy often begins with the name of the one before it.
    newer = any(name.startswith(each) for each in MANAGED)
    return "" if newer else next(iter(difflib.get_close_matches(name, MANAGED, 1, ALIKE)), "")
