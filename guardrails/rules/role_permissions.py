"""What the roles of roles.yaml must allow, and what nobody's role may."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from assembly.arns import HOLE, alike, arn, place_of, readable, rendered
from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, ROLE
from assembly.links import beside
from assembly.policies import BUILT_IN, Call, allows, attached, documents, statements
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.roles import TABLE, Use, names_of, uses
from kube.values import Json, items, known, look_up, mapping, several, text, unsure

MANAGED = frozenset(
    Path(__file__).with_name("managed_policies.txt").read_text(encoding="utf-8").split()
)
"""AWS managed policies, all that can be attached (github.com/zoph-io/MAMIP, 2026-03-07), and those of
the EBS CSI driver from later (AWS managed policy reference)."""
EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
ADMINISTRATION: Sequence[str] = TABLE["too_much_managed"]["everybody"]
FOR_NODES: Sequence[str] = TABLE["too_much_managed"]["nodes"]
ALIKE = 0.92
WHOLE_SERVICE = re.compile(r"(?!ssmmessages|ec2messages)[a-z0-9-]+:\*")
"""Those two know no resources (Service Authorization Reference)."""
LOG_GROUP_NAME = re.compile(r"log_group_name\s+(\S+)")
FIELD = re.compile(r"\{([\w.]+)\}")


@rule("ROLE2")
def _lacks(environment: Environment) -> Iterator[Finding]:
    for use in uses(environment):
        for name in use.row.get("needs", ()):
            yield from missing(environment, use, TABLE["needs"][name])


def missing(environment: Environment, use: Use, need: Json) -> Iterator[Finding]:
    """Yield what the role of a use doesn't allow of what it is needed for."""
    add_ons = beside(environment, use.resource, ADD_ON)
    installed = {text(each.properties, "AddonName") for each in add_ons}
    if use.role is None or need.get("add_on", "") not in {"", *installed}:
        return
    lacking = list(lacks(environment, use.role, need, use.subject))
    if lacking:
        action, where = lacking[0]
        actions = ", ".join(dict.fromkeys(each for each, _ in lacking))
        what = actions if where == "*" else f"{actions} on {where}"
        detail = f"{use.role.path} doesn't allow {what}, needed {need['for']}."
        usual = next((each for each in need["policies"] if "*" not in each), "")
        fix = f"Let {use.role.path} call {what}" + (f", or attach {usual}." if usual else ".")
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
    boundary = environment.target(role.properties.get("PermissionsBoundary"))
    limits = [] if boundary is None else [boundary.properties.get("PolicyDocument")]
    for call in need["calls"]:
        where = _filled(environment, resource, call.get("where", "*"))
        tags = mapping(call, "with")
        context = {key: _filled(environment, resource, value) for key, value in tags.items()}
        context["aws:requestedregion"] = resource.scope.stack.region or HOLE
        for action in call["actions"] if where else ():
            asked = Call(action=action, resource=where, context=context, tags=bool(tags))
            every = [own, limits] if limits else [own]
            if any(allows(environment, each, asked) is False for each in every):
                yield action, readable(where)


def _filled(environment: Environment, resource: Resource, pattern: str) -> str:
    """Return a pattern of the table with its names filled in, empty if one names nothing here."""
    names: dict[str, object] = {**place_of(resource), **names_of(environment, resource)}
    logs = look_up(resource.properties, "LoggingConfig", "LogGroup")
    names["function_logs"] = logs or f"/aws/lambda/{names['name']}"
    names["fargate_logs"] = _fargate_logs(environment)
    fields = {each: each.split(".") for each in FIELD.findall(pattern)}
    found = {
        each: names[each] if each in names else look_up(resource.properties, *path)
        for each, path in fields.items()
    }
    if None in found.values():
        return ""
    return FIELD.sub(lambda match: rendered(environment, found[match[1]]), pattern)


@indexed
def _fargate_logs(environment: Environment) -> str | None:
    """Return the log group to which Fargate writes the logs of pods, by its ConfigMap."""
    for item in environment.kubernetes_objects("ConfigMap"):
        if (item.namespace, item.name) == ("aws-observability", "aws-logging"):
            said = rendered(environment, look_up(item.content, "data", "output.conf"))
            if match := LOG_GROUP_NAME.search(said):
                return match[1]
    return None


@rule("ROLE3")
def _too_much(environment: Environment) -> Iterator[Finding]:
    every = uses(environment)
    nodes = {use.role for use in every if use.row.get("nodes")}
    for role, rows in grouped((use.role, use.row) for use in every).items():
        if role is not None and role not in nodes:
            plain = any(row.get("plain") for row in rows)
            for value in powers(environment, role, FOR_NODES if plain else ()):
                detail = f"{role.path} allows {value} for any resource."
                yield breach(role, "Policies", value, detail)


@rule("EXPOSE6")
def _powerful_nodes(environment: Environment) -> Iterator[Finding]:
    for use in uses(environment):
        if use.role is not None and use.row.get("nodes"):
            for value in powers(environment, use.role, FOR_NODES):
                yield breach(use.resource, use.path, value, f"The role is {use.role.path}.")


def powers(environment: Environment, role: Resource, refused: Sequence[str]) -> Sequence[str]:
    """Return what a role allows too much: policies of AWS, or actions on any resource."""
    patterns = [*ADMINISTRATION, *refused]
    held = (each for each in attached(environment, role) if known(each))
    found = [each for each in held if any(fnmatchcase(each, pattern) for pattern in patterns)]
    own = documents(environment, role)
    for row in TABLE["too_much"]:
        where = row["where"].format(**place_of(role))
        if allows(environment, own, Call(action=row.get("action", row["value"]), resource=where)):
            found.append(row["value"])
            if "action" in row:
                return found
    return [*dict.fromkeys((*found, *_whole_services(own)))]


def _whole_services(own: Sequence[object]) -> Iterator[str]:
    for each in (each for document in own for each in statements(document)):
        if "*" in several(each, "Resource") and "Condition" not in each:
            yield from filter(WHOLE_SERVICE.fullmatch, map(text, several(each, "Action")))


@rule("ROLE4")
def _no_such_policy(environment: Environment) -> Iterator[Finding]:
    for role in environment.resources(ROLE):
        for value in items(role.properties, "ManagedPolicyArns"):
            said = rendered(environment, value)
            match = BUILT_IN.match(said)
            name = match["name"] if match else said.rpartition(":policy/")[2]
            wanted = arn(role, f"iam::aws:policy/{meant(name, MANAGED)}")
            if (match or name in MANAGED) and HOLE not in name and not alike(wanted, said):
                detail = f"There is no {readable(said)} in the partition of the stack."
                fix = f"Write {readable(wanted)}, as the AWS managed policy reference has it."
                yield breach(role, "ManagedPolicyArns", name, detail, fix=fix)


def meant(name: str, there: Collection[str]) -> str:
    """Return the name that exists of which one is a slip, or itself: AWS adds others."""
    # A newer policy often begins with the name of the one before it.
    if any(name.startswith(each) for each in there):
        return name
    short = {each.rpartition("/")[2].lower(): each for each in there}
    near = difflib.get_close_matches(name.rpartition("/")[2].lower(), short, 1, ALIKE)
    return short[near[0]] if near else name
