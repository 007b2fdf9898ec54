"""Who uses an IAM role, and whether it can be assumed; roles.yaml says by whom and from where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import KUBECTL, ROLE
from assembly.links import cluster_key, cluster_of, kubectl_handler, role_of
from assembly.policies import HOLE, OWN, Call, allows, arn, rendered
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from kube.values import Json, Unknown, items, look_up

TABLE: Mapping[str, Any] = yaml.load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506  # safe, and ten times as fast
)
ASSUME = "sts:AssumeRole"
MADE_UP = re.compile("\ue001[^\ue001]*?([^/\ue001]+)/[^/\ue001]*\ue001")
"""A name that CloudFormation makes up: people know it by the logical id."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """A property of a resource that is to be a role, as a row of the table describes it."""

    row: Json = field(compare=False, repr=False)
    resource: Resource
    path: str
    value: object = field(compare=False)
    role: Resource | None
    """The role, None where it was created elsewhere or is none."""
    needs: tuple[str, ...] = ()
    custom: Resource | None = None
    """The custom resource that the user of the role, a function, works for."""

    @property
    def subject(self) -> Resource:
        """Return the resource that the row is about."""
        return self.custom or self.resource


@indexed
def uses(environment: Environment) -> Sequence[Use]:
    """Return every use of a role that the table knows, each once."""
    found = (use for row in TABLE["uses"] for use in _uses(environment, row))
    return tuple(dict.fromkeys(found))


def _uses(environment: Environment, row: Json) -> Iterator[Use]:
    seen: set[object] = set()
    for resource in environment.resources(row["type"]):
        user = kubectl_handler(environment, resource) if row.get("handler") else resource
        condition = row.get("when")
        if user is None or (condition and not _is_set(resource.properties, condition)):
            continue
        # Every manifest of a cluster asks the same of the kubectl handler.
        key = (user, cluster_key(environment, resource)) if resource.kind in KUBECTL else resource
        if key in seen:
            continue
        seen.add(key)
        path = row.get("role", "Role")
        for value in _at(user.properties, path.split(".")):
            if value is None and not _must(row, resource):
                continue
            role = role_of(environment, value)
            yield Use(
                row=row,
                needs=tuple(row.get("needs", ())),
                resource=user,
                path=path.replace("[]", ""),
                value=value,
                role=role,
                custom=resource if user is not resource else None,
            )


def _is_set(properties: Json, path: str) -> bool:
    value = look_up(properties, *path.split("."))
    sure = isinstance(value, Reference) or not isinstance(value, Unknown)
    return sure and value not in (None, False, "", "false", [])


def _must(row: Json, resource: Resource) -> bool:
    """Tell whether a resource must name a role in the property of a row."""
    field, excused = row.get("unless", ("", ""))
    return bool(row.get("must")) and not (field and resource.properties.get(field) == excused)


def _at(value: object, path: Sequence[str]) -> Iterator[object]:
    if not path:
        yield value
        return
    inner = look_up(value, path[0].removesuffix("[]"))
    for each in items(inner) if path[0].endswith("[]") else [inner]:
        yield from _at(each, path[1:])


@rule("ROLE1")
def _cannot_be_assumed(environment: Environment) -> Iterator[Finding]:
    for use in uses(environment):
        if "rule" not in use.row:
            yield from _unassumable(environment, use)
        if use.value is None:
            detail = f"{use.resource.path} names no role in {use.path}."
            yield breach(
                use.resource, use.path, "no role", detail, fix=f"Set {use.path} to a role's ARN."
            )
        elif use.role is None:
            yield from _no_role(environment, use)
        elif isinstance(use.value, Reference) and not (
            use.value.attribute or use.row.get("by_name")
        ):
            detail = (
                f"{use.path} takes an ARN; the template gives it the name of {use.value.node[1]}."
            )
            fix = f'Use Fn::GetAtt: ["{use.value.node[1]}", "Arn"], role.role_arn in the CDK.'
            yield breach(use.resource, use.path, "name", detail, fix=fix)


@rule("ACCESS6")
def _not_for_pods(environment: Environment) -> Iterator[Finding]:
    for use in uses(environment):
        if use.row.get("rule") == "ACCESS6":
            yield from _unassumable(environment, use)


@rule("ROLE11")
def _for_any_cluster(environment: Environment) -> Iterator[Finding]:
    for use in uses(environment):
        if use.role is not None and use.row.get("confined"):
            other = {"cluster": "another", "name": "x"}
            source = arn(use.resource, use.row["source_arn"], **other).replace(HOLE, "0" * 12)
            context = {"aws:sourcearn": source, "aws:sourceaccount": "0" * 12}
            call = Call(action=ASSUME, principal=use.row["service"], context=context, resource="")
            if allows(environment, [use.role.properties.get("AssumeRolePolicyDocument")], call):
                yield breach(use.resource, use.path, use.role.logical_id, f"It is {use.role.path}.")


def _no_role(environment: Environment, use: Use) -> Iterator[Finding]:
    target = environment.target(use.value)
    if target is not None and target.kind != ROLE and isinstance(use.value, Reference):
        detail = f"{use.path} names {target.path}, an {target.kind}."
        yield breach(use.resource, use.path, target.logical_id, detail, fix="Name an IAM role.")


def _unassumable(environment: Environment, use: Use) -> Iterator[Finding]:
    service = use.row.get("service", "")
    if use.role is None or not service or use.row.get("handler"):
        return
    trust = [use.role.properties.get("AssumeRolePolicyDocument")]
    # What a service that assumes a role never tells.
    context: dict[str, str | None] = dict.fromkeys(TABLE["not_told"])
    context["aws:requestedregion"] = use.resource.scope.stack.region or HOLE
    if pattern := use.row.get("source_arn"):
        source_arn = arn(use.resource, pattern, **names_of(environment, use.resource))
        account = source_arn.split(":", 5)[4]
        context |= {"aws:sourcearn": source_arn, "aws:sourceaccount": account}
    elif use.row.get("nodes") or use.row.get("by_name"):
        context |= {"aws:sourcearn": None, "aws:sourceaccount": None}
    for action in use.row.get("actions", (ASSUME,)):
        call = Call(action=action, principal=service, context=context, resource="")
        if allows(environment, trust, call) is False:
            yield _says(environment, use, call)


def _says(environment: Environment, use: Use, call: Call) -> Finding:
    role = use.role or use.resource
    trust = role.properties.get("AssumeRolePolicyDocument")
    anywhere = Call(action=call.action, principal=call.principal, resource="")
    detail = f"The trust policy of {role.path} doesn't allow {call.principal} {call.action}."
    fix = f"In {role.path}, let {call.principal} call {call.action}"
    if allows(environment, [trust], anywhere) is not False:
        wanted = call.context.get("aws:sourcearn") or ""
        source = readable(wanted)
        detail = f"A condition in the trust policy of {role.path} excludes this use of the role."
        detail += f" {call.principal} calls as {source}." if source else ""
        fix += (
            f"; a condition on aws:SourceArn must match {source}" if source else " unconditionally"
        )
    own = {"fix": f"{fix}."} if use.row.get("rule") is None or "condition" in fix else {}
    return breach(use.resource, use.path, call.action, detail, **own)


def names_of(environment: Environment, resource: Resource) -> dict[str, str]:
    """Return what ARNs of the table are filled in with: the names of a resource and its cluster."""
    cluster = cluster_of(environment, resource)
    named = resource.properties.get("ClusterName") if cluster is None else _name(cluster)
    name = next(
        filter(None, map(resource.properties.get, ("FunctionName", "FargateProfileName"))), None
    )
    return {
        "cluster": HOLE if named is None else rendered(environment, named),
        "name": OWN.format("/".join((*resource.node, "")))
        if name is None
        else rendered(environment, name),
        "any": HOLE,
    }


def _name(cluster: Resource) -> object:
    return Reference("", node=cluster.node)


def readable(value: str) -> str:
    """Return an ARN as people write it."""
    return MADE_UP.sub(r"\1", value.replace(HOLE, "*"))
