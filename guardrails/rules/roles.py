"""Who uses an IAM role, and whether it can be assumed; roles.yaml says by whom and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assembly.arns import HOLE, OWN, arn, readable, rendered
from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import KUBECTL, ROLE
from assembly.links import cluster_key, cluster_of, kubectl_handler, role_of
from assembly.policies import Call, allows
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from kube.values import Json, Unknown, items, look_up

TABLE: Mapping[str, Any] = yaml.load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506  # safe, and ten times as fast
)
ASSUME, EC2 = "sts:AssumeRole", "ec2.amazonaws.com"


@dataclass(frozen=True, kw_only=True, eq=False)
class Use:
    """A property of a resource that is to be a role, as a row of the table describes it.

    `role` is None where it was created elsewhere or is none; `subject` is what the role works for:
    the resource itself, or the custom resource of a function.
    """

    row: Json
    resource: Resource
    path: str
    value: object
    role: Resource | None
    subject: Resource


@indexed
def uses(environment: Environment) -> Sequence[Use]:
    """Return every use of a role that the table knows, each once."""
    return tuple(use for row in TABLE["uses"] for use in _uses(environment, row))


def _uses(environment: Environment, row: Json) -> Iterator[Use]:
    seen: set[object] = set()
    for subject in environment.resources(row["type"]):
        user = kubectl_handler(environment, subject) if row.get("handler") else subject
        # Every manifest of a cluster asks the same of the kubectl handler.
        key = (user, cluster_key(environment, subject)) if subject.kind in KUBECTL else subject
        if user is None or key in seen or not _is_set(subject.properties, row.get("when", "")):
            continue
        seen.add(key)
        path = row.get("role", "Role")
        for value in _at(user.properties, path.split(".")):
            if value is not None or _must(row, subject):
                yield Use(
                    row=row,
                    resource=user,
                    path=path.replace("[]", ""),
                    value=value,
                    role=role_of(environment, value),
                    subject=subject,
                )


def _is_set(properties: Json, path: str) -> bool:
    value = look_up(properties, *path.split(".")) if path else True
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
        yield from _no_role(environment, use)
        if "rule" not in use.row:
            yield from _unassumable(environment, use)


@rule("ACCESS6")
def _not_for_pods(environment: Environment) -> Iterator[Finding]:
    for use in uses(environment):
        if "rule" in use.row:
            yield from _unassumable(environment, use)


def _no_role(environment: Environment, use: Use) -> Iterator[Finding]:
    named = use.value if isinstance(use.value, Reference) else None
    target = environment.target(named)
    if use.value is None:
        detail, fix = f"It names no role in {use.path}.", f"Set {use.path} to a role's ARN."
        yield breach(use.resource, use.path, "no role", detail, fix=fix)
    elif named is None or target is None:
        return  # It was created elsewhere.
    elif target.kind != ROLE:
        detail = f"{use.path} names {target.path}, an {target.kind}."
        yield breach(use.resource, use.path, target.logical_id, detail, fix="Name an IAM role.")
    elif not named.attribute and not use.row.get("by_name"):
        detail = f"{use.path} takes an ARN; the template gives it the name of {target.logical_id}."
        fix = f'Use Fn::GetAtt: ["{target.logical_id}", "Arn"], role.role_arn in the CDK.'
        yield breach(use.resource, use.path, "name", detail, fix=fix)


def _unassumable(environment: Environment, use: Use) -> Iterator[Finding]:
    service, role = use.row["service"], use.role
    if role is None or use.row.get("handler"):
        return
    # What a service that assumes a role never tells.
    context: dict[str, str | None] = dict.fromkeys(TABLE["not_told"])
    context["aws:requestedregion"] = use.resource.scope.stack.region or HOLE
    if pattern := use.row.get("source_arn"):
        source = arn(use.resource, pattern, **names_of(environment, use.resource))
        context |= {"aws:sourcearn": source, "aws:sourceaccount": source.split(":", 5)[4]}
    elif service == EC2:
        context |= {"aws:sourcearn": None, "aws:sourceaccount": None}
    trust = [role.properties.get("AssumeRolePolicyDocument")]
    for action in use.row.get("actions", (ASSUME,)):
        call = Call(action=action, principal=service, context=context, resource="")
        anywhere = Call(action=action, principal=service, resource="")
        if allows(environment, trust, call) is not False:
            continue
        detail = f"The trust policy of {role.path} doesn't allow {service} {action}."
        fix = "" if "rule" in use.row else f"In {role.path}, let {service} call {action}."
        if allows(environment, trust, anywhere) is not False:
            source = readable(context.get("aws:sourcearn") or "")
            who = f"{service}, which calls as {source}" if source else service
            detail = f"A condition in the trust policy of {role.path} excludes {who}."
            needed = (
                f"match aws:SourceArn {source}" if source else "go: let it call unconditionally"
            )
            fix = f"In {role.path}, the condition must {needed}."
        yield breach(use.resource, use.path, action, detail, fix=fix)


def names_of(environment: Environment, resource: Resource) -> dict[str, str]:
    """Return what ARNs of the table are filled in with: the names of a resource and its cluster."""
    cluster, properties = cluster_of(environment, resource), resource.properties
    named = Reference("", node=cluster.node) if cluster else properties.get("ClusterName", HOLE)
    own = properties.get("FunctionName") or properties.get("FargateProfileName")
    made_up = OWN.format("/".join((*resource.node, "")))
    return {
        "cluster": rendered(environment, named),
        "name": made_up if own is None else rendered(environment, own),
        "any": HOLE,
    }
