"""RBAC of the templates: what bindings name, and what they give to whom; rbac.yaml has the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ACCESS_ENTRY, MANIFEST
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.access import aws_auth
from guardrails.rules.service_accounts import accounts, components
from guardrails.rules.workloads import by_name, namespace
from kube.values import Json, dicts, items, known, text

TABLE: Mapping[str, Any] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)
BINDINGS = ("ClusterRoleBinding", "RoleBinding")
NOBODY = ("system:anonymous", "system:unauthenticated")
EVERYBODY = "system:authenticated"
PODS = "system:serviceaccounts"
PROVIDER = "AWS::EKS::IdentityProviderConfig"
READS = {"get", "list", "watch"}
ADMINISTRATOR = "cluster-admin"


def _bindings(environment: Environment) -> Iterator[tuple[KubernetesObject, str, str]]:
    """Yield the bindings whose role is known, with the role's kind and name."""
    for item in environment.kubernetes_objects(*BINDINGS):
        kind, name = (text(item.content, "roleRef", field) for field in ("kind", "name"))
        if known([kind, name, item.namespace]):
            yield item, kind, name


@rule("RBAC1")
def _no_such_role(environment: Environment) -> Iterator[Finding]:
    there = by_name(environment)
    for item, kind, name in _bindings(environment):
        cluster = cluster_key(environment, item.resource)
        where = namespace(item) if kind == "Role" else "default"
        if kind == "ClusterRole" and any(
            fnmatchcase(name, each) for each in _brought(environment, cluster)
        ):
            continue
        wrong = ""
        if item.kind == "ClusterRoleBinding" and kind == "Role":
            wrong = "A ClusterRoleBinding can't name a Role."
        elif kind not in ("Role", "ClusterRole") or not name:
            wrong = f"roleRef names {kind or 'no kind'} {name or 'without a name'}."
        elif ((cluster, where), kind, name) not in there and not _open(
            environment, cluster, where, kind
        ):
            wrong = f"Nothing defines the {kind} {name}" + (
                f" in {where}." if kind == "Role" else "."
            )
        if wrong:
            yield found(item, f"{kind}/{name}", wrong, field="roleRef.name")


@indexed
def _patterns(environment: Environment) -> Mapping[object, list[str]]:
    return grouped(
        (cluster_key(environment, part.resource), pattern)
        for part in components(environment)
        for field in ("AddonName", "Chart")
        for pattern in items(TABLE["of_components"], text(part.resource.properties, field))
    )


def _brought(environment: Environment, cluster: object) -> Sequence[str]:
    return [*TABLE["cluster_roles"], *_patterns(environment).get(cluster, [])]


@indexed
def _unknown(environment: Environment) -> frozenset[tuple[object, str]]:
    """Return where a chart, an add-on or a manifest that nobody can read may add roles."""
    read = {each.resource.node for each in environment.kubernetes_objects()}
    unread = [(each, "") for each in environment.resources(MANIFEST) if each.node not in read]
    parts = [
        (part.resource, part.namespace) for part in components(environment) if part.row is None
    ]
    return frozenset(
        (cluster_key(environment, each), name if known(name) else "")
        for each, name in (*unread, *parts)
    )


def _open(environment: Environment, cluster: object, where: str, kind: str) -> bool:
    unknown = _unknown(environment)
    if kind == "ClusterRole":
        return any(each == cluster for each, _ in unknown)
    return bool({(cluster, where), (cluster, "")} & unknown)


@rule("RBAC2")
def _no_such_subject(environment: Environment) -> Iterator[Finding]:
    for item, _, role in _bindings(environment):
        for subject in dicts(item.content, "subjects"):
            kind, name = text(subject, "kind"), text(subject, "name")
            own = item.namespace if item.kind == "RoleBinding" else ""
            where = text(subject, "namespace") or own
            wrong = ""
            if not known([kind, name, where]):
                continue
            if kind == "ServiceAccount":
                wrong = _wrong_account(environment, item, where, name)
            elif kind == "Group" and role != ADMINISTRATOR:
                wrong = _wrong_group(environment, item, name)
            elif kind not in ("Group", "User"):
                wrong = f"A subject is a ServiceAccount, User or Group, not {kind or 'nothing'}."
            if wrong:
                yield found(item, name, wrong, field="subjects")


def _wrong_account(environment: Environment, item: KubernetesObject, where: str, name: str) -> str:
    if not where:
        return f"The service account {name} has no namespace: the API server refuses it."
    cluster = cluster_key(environment, item.resource)
    used = accounts(environment)
    if (
        (cluster, where, name) in used
        or name == "default"
        or _open(environment, cluster, where, "Role")
    ):
        return ""
    elsewhere = sorted(at for key, at, each in used if (key, each) == (cluster, name))
    if elsewhere:
        return f"The service account {name} is in {', '.join(elsewhere)}, not in {where}."
    judged = (cluster, where) in _places(environment)
    return f"Namespace {where} has no service account {name}." if judged else ""


@indexed
def _places(environment: Environment) -> frozenset[tuple[object, str]]:
    """Return the namespaces that the templates make or put objects into."""
    return frozenset(
        (cluster_key(environment, each.resource), name)
        for each in environment.kubernetes_objects()
        for name in (each.name if each.kind == "Namespace" else each.namespace, "kube-system")
    )


def _wrong_group(environment: Environment, item: KubernetesObject, name: str) -> str:
    given = _groups(environment).get(cluster_key(environment, item.resource), [name])
    ours = not name.startswith("system:") and name not in given
    return f"No access entry gives anybody the group {name}." if ours else ""


@indexed
def _groups(environment: Environment) -> Mapping[object, list[str]]:
    """Return the groups that access entries give, of the clusters where nothing else gives any."""
    others = {cluster_key(environment, each) for each in environment.resources(PROVIDER)}
    others |= {cluster_key(environment, each.resource) for each in aws_auth(environment)}
    entries = environment.resources(ACCESS_ENTRY)
    named = [
        (cluster_key(environment, each), each.properties.get("KubernetesGroups"))
        for each in entries
    ]
    others |= {cluster for cluster, groups in named if not known(groups)}
    found = grouped(
        (cluster, group) for cluster, groups in named for group in ["", *map(text, items(groups))]
    )
    return {cluster: groups for cluster, groups in found.items() if cluster not in others}


@rule("RBAC3")
def _powerful_pods(environment: Environment) -> Iterator[Finding]:
    for item, kind, name in _bindings(environment):
        rules = _rules(environment, item, kind, name)
        whole = item.kind == "ClusterRoleBinding"
        may = [
            power["value"]
            for power in TABLE["powers"]
            if (whole or not power.get("cluster")) and any(_covers(each, power) for each in rules)
        ]
        for subject in dicts(item.content, "subjects") if may else ():
            who = text(subject, "name")
            if subject.get("kind") == "ServiceAccount" or who.startswith(PODS):
                powers = may[:1] if may[0] == "everything" else may
                scope = "in the cluster" if whole else f"in {namespace(item)}"
                detail = (
                    f"{kind} {name} lets the pods of {who} do this {scope}: {', '.join(powers)}."
                )
                yield found(item, who, detail, field="roleRef.name")


def _rules(
    environment: Environment, item: KubernetesObject, kind: str, name: str
) -> Sequence[Json]:
    cluster = cluster_key(environment, item.resource)
    if kind == "ClusterRole" and name in TABLE["built_in"]:
        return list(TABLE["built_in"][name])
    # An object without a namespace is indexed in the default one.
    role = by_name(environment).get(
        ((cluster, namespace(item) if kind == "Role" else "default"), kind, name)
    )
    return [] if role is None else dicts(role.content, "rules")


def _covers(given: Json, power: Json) -> bool:
    if power["value"] == "everything":
        return all("*" in items(given, field) for field in ("apiGroups", "resources", "verbs"))
    return (
        not given.get("resourceNames")
        and _meets(items(given, "apiGroups"), power["groups"])
        and _meets(items(given, "resources"), power["resources"])
        and _meets(items(given, "verbs"), power["verbs"])
    )


def _meets(given: Sequence[object], wanted: Sequence[str]) -> bool:
    return "*" in given or any(each in given for each in wanted)


@rule("RBAC4")
def _for_everybody(environment: Environment) -> Iterator[Finding]:
    for item, kind, name in _bindings(environment):
        if name in TABLE["discovery"]:
            continue
        rules = _rules(environment, item, kind, name)
        reads = all(READS.issuperset(map(str, items(each, "verbs"))) for each in rules)
        secret = any(_covers(each, power) for each in rules for power in TABLE["powers"][:2])
        for subject in dicts(item.content, "subjects"):
            who = text(subject, "name")
            if who in NOBODY:
                detail = f"{who} is whoever reaches the API server, without any credentials."
                yield found(item, who, detail, field="subjects")
            elif who == EVERYBODY and (secret or not reads) and name != ADMINISTRATOR:
                detail = f"{who} is every pod and every principal with an access entry."
                yield found(item, who, detail, field="subjects")


@rule("RBAC5")
def _unbound_groups(environment: Environment) -> Iterator[Finding]:
    bound = {
        (cluster_key(environment, item.resource), text(subject, "name"))
        for item in environment.kubernetes_objects(*BINDINGS)
        for subject in dicts(item.content, "subjects")
    }
    closed = {cluster_key(environment, each.resource) for each in environment.kubernetes_objects()}
    for entry in environment.resources(ACCESS_ENTRY):
        cluster = cluster_key(environment, entry)
        for group in map(text, items(entry.properties, "KubernetesGroups")):
            judged = cluster in closed and not any(at == cluster for at, _ in _unknown(environment))
            if (
                judged
                and known(group)
                and not group.startswith("system:")
                and (cluster, group) not in bound
            ):
                detail = f"No binding of the templates names the group {group}."
                yield breach(entry, "KubernetesGroups", group, detail)


@rule("RBAC6")
def _grants_nothing(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Role", "ClusterRole"):
        for index, each in enumerate(items(item.content, "rules")):
            groups = items(each, "apiGroups")
            for name in map(text, items(each, "resources")):
                base = name.partition("/")[0]
                own = TABLE["groups"].get(base)
                wrong = ""
                if (
                    own
                    and known(groups)
                    and "*" not in groups
                    and not any(x in groups for x in own)
                ):
                    wrong = f"The API group of {base} is {own[0] or 'the core, an empty text'}."
                elif item.kind == "Role" and base in TABLE["of_clusters"]:
                    wrong = f"{base} are in no namespace; a Role gives nothing for them."
                if wrong:
                    yield found(item, name, wrong, field=f"rules[{index}].resources")
            for verb in map(text, items(each, "verbs")):
                if verb not in TABLE["verbs"] and known(verb):
                    wrong = f"There is no verb {verb}."
                    yield found(item, verb, wrong, field=f"rules[{index}].verbs")
