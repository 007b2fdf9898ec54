"""Who uses an IAM role, whether it can be assumed, and what it must allow; roles.yaml has the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from itertools import product
from typing import Any

from assembly.arns import HOLE, alike, arn, home, place_of, readable
from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ACCESS_ENTRY, ADD_ON, KEY, KUBECTL, NODE_GROUP, ROLE
from assembly.links import beside, kubectl_handler, role_of
from assembly.nodes import resources_of
from assembly.policies import GIVEN_TAGS, Call, allows, attached, documents, principals, statements
from assembly.references import Reference
from assembly.resource import Resource
from constructs_lib.specs.managed_policies import MANAGED
from guardrails.rule import Finding, breach, rule, rules
from guardrails.rules.filled_in import filled, keys, node_roles
from guardrails.rules.presence import reached
from kube.values import Json, Unknown, dicts, known, look_up, mapping, several, table, text, unsure

TABLE: Mapping[str, Any] = table(__file__, "roles.yaml")
EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
ASSUME, EC2 = "sts:AssumeRole", "ec2.amazonaws.com"


@dataclass(frozen=True, kw_only=True, eq=False)
class Use:
    """A property of a resource that is to be a role, as a row of the table describes it.

    `role` is None where it was created elsewhere or is none; `subject` is what the role works for:
    the resource itself, or the custom resource of a function. `holder` is what in the resource names the role.
    """

    row: Json
    resource: Resource
    path: str
    value: object
    role: Resource | None
    subject: Resource
    holder: object = None


@indexed
def uses(environment: Environment) -> Sequence[Use]:
    """Return every use of a role that the table knows, each once."""
    return tuple(use for row in TABLE["uses"] for use in _uses(environment, row))


def _uses(environment: Environment, row: Json) -> Iterator[Use]:
    users: dict[object, tuple[Resource, Resource]] = {}
    for subject in resources_of(environment, row["type"]):
        user = kubectl_handler(environment, subject) if row.get("handler") else subject
        # Every manifest of a cluster asks the same of the kubectl handler.
        key = (user, subject.cluster_key) if subject.kind in KUBECTL else subject
        only = mapping(row, "only").items()
        meant = all(text(subject.properties, name) in values for name, values in only)
        if user is not None and meant and _is_set(subject.properties, row.get("when", "")):
            users.setdefault(key, (user, subject))
    path = row.get("role", "Role")
    for user, subject in users.values():
        excused = any(user.properties.get(x) == y for x, y in mapping(row, "unless").items())
        nothing = [(None, None)] if row.get("must") and not excused else []
        above, _, last = path.rpartition(".")
        holders = [x for _, x in reached(user.properties, above)]
        where = user.written_at(path.replace(".*", ""))
        use = partial(Use, row=row, resource=user, path=where, subject=subject)
        for holder, value in [(x, y) for x in holders for _, y in reached(x, last)] or nothing:
            yield use(value=value, role=role_of(environment, value), holder=holder)


def _is_set(properties: Json, path: str) -> bool:
    value = look_up(properties, *path.split(".")) if path else True
    sure = isinstance(value, Reference) or not isinstance(value, Unknown)
    return sure and value not in (None, False, "", "false", [])


@rules("ROLE1", "ACCESS6")
def _cannot_be_assumed(environment: Environment) -> Iterator[tuple[str, Finding]]:
    for use in uses(environment):
        for finding in (*_no_role(environment, use), *_unassumable(environment, use)):
            yield use.row.get("rule", "ROLE1"), finding


def _no_role(environment: Environment, use: Use) -> Iterator[Finding]:
    value, detail, fix = "", "", "Name an IAM role."
    named = use.value if isinstance(use.value, Reference) else None
    target = environment.target(named)
    said, ours = text(use.value), arn(use.resource, "iam::{account}:role/*")
    if use.value is None:
        value, detail = "no role", f"It names no role in {use.path}."
        fix = f"Set {use.path} to a role's ARN."
    elif said and known(said) and not (alike(ours, said) or use.row.get("by_name")):
        value, detail = said, f"{use.path} takes the ARN of a role of this account, not {said}."
    elif target is not None and target.kind != ROLE:
        value, detail = target.logical_id, f"{use.path} names {target.path}, an {target.kind}."
    elif named and target is not None and not (named.attribute or use.row.get("by_name")):
        detail = f"{use.path} takes an ARN; the template gives it the name of {target.logical_id}."
        value = "name"
        fix = f'Use Fn::GetAtt: ["{target.logical_id}", "Arn"], role.role_arn in the CDK.'
    if value:
        yield breach(use.resource, use.path, value, detail, fix=fix)


def _unassumable(environment: Environment, use: Use) -> Iterator[Finding]:
    service, role = use.row.get("service", ""), use.role
    if role is None or not service or use.row.get("handler"):
        return
    # What a service that assumes a role never tells.
    context: dict[str, str | None] = dict.fromkeys(TABLE["not_told"])
    source = filled(environment, use.resource, use.row.get("source_arn", ""))
    if source:
        context |= {"aws:sourcearn": source, "aws:sourceaccount": home(use.resource)["account"]}
    elif service == EC2:
        context |= {"aws:sourcearn": None, "aws:sourceaccount": None}
    fill = partial(filled, environment, use.resource, of=use.holder)
    silent = look_up(use.holder, "DisableSessionTags") in (True, "true")
    told = {} if silent else {x: fill(y) or None for x, y in mapping(use.row, "told").items()}
    context |= {"aws:requestedregion": place_of(use.resource)["region"], **told}
    actions = use.row.get("actions", (ASSUME,))
    tags = GIVEN_TAGS[:1] if "told" in use.row or actions == (ASSUME,) else ()
    trust = [role.properties.get("AssumeRolePolicyDocument")]
    how = f"for aws:SourceArn {source}" if source else "unconditionally"
    said = str([each.get("Condition") for each in statements(trust[0])]).lower()
    others = {*re.findall(r"\b\d{12}\b", said)} - {home(role)["account"]}
    note = "".join(f" A condition is for another account, {each}." for each in sorted(others))
    how += "".join(f" with {key} {told[key] or ''}" for key in told if key in said)
    for action in actions:
        call = Call(action=action, principal=service, context=context, resource="", tags=tags)
        if allows(environment, trust, call) is False:
            detail = f"The trust policy of {role.path} doesn't let {service} call {action} {how}."
            fix = f"In {role.path}, let {service} call {action} {how}. {use.row.get('hint', '')}"
            yield breach(use.resource, use.path, action, detail + note, fix=fix.rstrip())


@rule("ROLE2")
def _lacks(environment: Environment) -> Iterator[Finding]:
    # An access entry names the role of a group's nodes once more.
    once = {
        (use.role, *use.row["needs"]) if use.row.get("nodes") else use: use
        for use in reversed(uses(environment))
        if use.row.get("needs")
    }
    for use in once.values():
        # No role of nodes: ACCESS10 says that its access entry is of another type.
        if use.row["type"] == ACCESS_ENTRY and _is_of_others(environment, use):
            continue
        for name in use.row["needs"]:
            yield from missing(environment, use, TABLE["needs"][name])


def _is_of_others(environment: Environment, use: Use) -> bool:
    trust = [use.role.properties.get("AssumeRolePolicyDocument")] if use.role else []
    call = Call(action=ASSUME, principal=EC2, resource="")
    return allows(environment, trust, call) is False


def missing(environment: Environment, use: Use, need: Json) -> Iterator[Finding]:
    """Yield what the role of a use doesn't allow of what it is needed for."""
    add_ons = beside(environment, use.resource, ADD_ON)
    installed = {text(each.properties, "AddonName") for each in add_ons}
    images = [x.properties.get("AmiType") for x in beside(environment, use.resource, NODE_GROUP)]
    for_nodes = any(text(each).startswith(need.get("nodes", "")) for each in ("", *images))
    if use.role is None or need.get("add_on", "") not in {"", *installed} or not for_nodes:
        return
    if lacking := list(lacks(environment, use.role, need, use.subject)):
        action, where, denied = lacking[0]
        actions = ", ".join(dict.fromkeys(each for each, *_ in lacking))
        what = actions if where == "*" else f"{actions} on {where}"
        bounds = " within its permissions boundary" * ("PermissionsBoundary" in use.role.properties)
        detail = f"{use.role.path} doesn't allow {what}{bounds}, needed {need['for']}."
        usual = next((f", or attach {x}" for x in need["policies"] if "*" not in x), "")
        usual = ", or let it in the key's policy" if action.startswith("kms:") else usual
        fix = f"Let {use.role.path} call {what}{bounds or usual}."
        if denied:
            detail = f"A policy of {use.role.path} denies {what}, needed {need['for']}."
            fix = f"Take {actions} out of the Deny, or narrow its condition: no other policy helps."
        yield breach(use.resource, use.path, action, detail, fix=fix)


def lacks(
    environment: Environment, role: Resource, need: Json, resource: Resource
) -> Iterator[tuple[str, str, bool]]:
    """Yield the actions of a need that a role doesn't allow, with the resources and their tags.

    The last word tells whether a policy denies it.
    """
    held, fill = list(attached(environment, role)), partial(filled, environment, resource)
    # A policy that was created elsewhere may allow anything.
    unclear = unsure(role.properties.get("ManagedPolicyArns")) or not MANAGED.issuperset(held)
    others = _of_holders(environment)
    own = [*documents(environment, role), *others.get("*", ()), *others.get(role.node, ())]
    limit = role.properties.get("PermissionsBoundary")
    boundary, bound = environment.target(limit), text(limit).rpartition(":policy/")[2]
    for call in (x for x in need["calls"] if fill(x.get("when", "yes")) not in ("", "False")):
        usual = call.get("instead", need["policies"] + call.get("policies", []))
        usual = usual + TABLE["too_much_managed"]["everybody"]
        given = any(fnmatchcase(each, pattern) for each in held for pattern in usual)
        within = bound not in MANAGED or any(fnmatchcase(bound, pattern) for pattern in usual)
        named = EVERYTHING if within else TABLE["boundaries"].get(bound, {})
        limits = [named if boundary is None else boundary.properties.get("PolicyDocument")]
        allowed = [*own, *([EVERYTHING] if given or unclear else [])]
        tags = {fill(x).lower(): fill(y) for x, y in mapping(call, "with").items()}
        context = {**tags, "aws:requestedregion": place_of(resource)["region"]}
        # A tag whose name only a deploy knows may be any that a policy asks for.
        sure = tags and not any(HOLE in x for x in tags)
        more = tuple(call.get("no_other", GIVEN_TAGS)) if sure else ()
        under = " and ".join(f"{key} {value}" for key, value in tags.items())
        said = f" with the tag or key {under}" if under else ""
        every: Iterable[str] = map(fill, several(call, "where") or ["*"])
        if "nodes" in call:
            every = node_roles(environment, resource)
        elif "keys" in call:
            every = keys(environment, resource, call["keys"])
        for where, action in product(filter(None, every), call["actions"]):
            asked = Call(action=action, resource=where, context=context, tags=more)
            if any(allows(environment, each, asked) is False for each in (allowed, limits)):
                denied = allows(environment, [*own, EVERYTHING], asked) is False
                yield action, readable(where) + said, denied


@indexed
def _of_holders(environment: Environment) -> Mapping[object, list[Json]]:
    """Return what policies of buckets and keys say about a role, by its node, or about all, by "*".

    As a policy of the role would say it.
    """
    return grouped(_about_roles(environment))


def _about_roles(environment: Environment) -> Iterator[tuple[object, Json]]:
    for policy in environment.resources("AWS::S3::BucketPolicy", KEY):
        own = {"Resource": Reference("", node=policy.node, attribute="Arn")}
        document = policy.properties.get("KeyPolicy" if policy.kind == KEY else "PolicyDocument")
        for each in dicts(several(document, "Statement")):
            said = {"Statement": {**each, **(own if policy.kind == KEY else {}), "Principal": None}}
            who = [one for _, one in principals(each)]
            everybody = "*" in who
            holders = ["*"] if everybody else [x.node for x in environment.targets(who)]
            yield from ((holder, said) for holder in holders)
