"""RBAC of the templates: what bindings name, and what they give to whom; rbac.yaml has the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ACCESS_ENTRY
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.access import aws_auth
from guardrails.rules.pod_roles import accounts, filled_by_others
from guardrails.rules.workloads import by_name, namespace, place
from kube.values import Json, dicts, items, known, several, table, text, unsure

TABLE: Mapping[str, Any] = table(__file__, "rbac.yaml")
BINDINGS = ("ClusterRoleBinding", "RoleBinding")
NOBODY = ("system:anonymous", "system:unauthenticated")
EVERYBODY = "system:authenticated"
PODS = "system:serviceaccounts"
GROUPS = "KubernetesGroups"
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
        cluster, where = place(environment, item)
        where = where if kind == "Role" else ""
        built_in = TABLE["roles" if where else "cluster_roles"]
        known_one = any(fnmatchcase(name, each) for each in built_in)
        wrong = ""
        if item.kind == "ClusterRoleBinding" and kind == "Role":
            wrong = "A ClusterRoleBinding can't name a Role."
        elif not known_one and ((cluster, where or "default"), kind, name) not in there:
            unknown = _open(environment, cluster, where)
            wrong = "" if unknown else f"Nothing defines {kind} {name}{where and f' in {where}'}."
        if wrong:
            yield found(item, f"{kind}/{name}", wrong, field="roleRef.name")


def _open(environment: Environment, cluster: object, where: str) -> bool:
    """Tell whether others may add to a namespace; without one, to the cluster."""
    others = filled_by_others(environment)
    anywhere = not where and any(each == cluster for each, _ in others)
    return anywhere or bool({(cluster, where), (cluster, "")} & others)


@rule("RBAC2")
def _no_such_subject(environment: Environment) -> Iterator[Finding]:
    for item, _, role in _bindings(environment):
        if not item.content.get("subjects"):
            yield found(item, "nobody", "It has no subjects.", field="subjects")
        for subject in dicts(item.content, "subjects"):
            kind, name = text(subject, "kind"), text(subject, "name")
            where = text(subject, "namespace") or (
                item.namespace if item.kind == "RoleBinding" else ""
            )
            wrong = ""
            # ACCESS4 says that nobody should get this through a group.
            if not known([kind, name, where]) or (kind, role) == ("Group", ADMINISTRATOR):
                continue
            if kind == "ServiceAccount":
                wrong = _wrong_account(environment, item, where, name)
            elif kind not in ("Group", "User"):
                wrong = f"A subject is a ServiceAccount, User or Group, not {kind or 'nothing'}."
            elif name.startswith("system:"):
                ours = any(fnmatchcase(name, each) for each in TABLE["system"][kind])
                wrong = "" if ours else f"There is no {kind} {name}."
            # Without a user name of its own, a principal has its ARN.
            elif not name.startswith(("arn:", "eks:")):
                given = _given(environment).get(cluster_key(environment, item.resource), [name])
                who = f"No access entry gives anybody the {kind.lower()} {name}."
                wrong = "" if name in given else who
            if wrong:
                yield found(item, name, wrong, field="subjects")


def _wrong_account(environment: Environment, item: KubernetesObject, where: str, name: str) -> str:
    if not where:
        return f"The service account {name} has no namespace: the API server refuses it."
    cluster, there = cluster_key(environment, item.resource), accounts(environment)
    here = there.get((cluster, where), [])
    built_in = where == "kube-system" and any(fnmatchcase(name, x) for x in TABLE["accounts"])
    if name in {"default", *here} or built_in or _open(environment, cluster, where):
        return ""
    elsewhere = [at for (key, at), names in there.items() if key == cluster and name in names]
    if elsewhere:
        return f"The service account {name} is in {', '.join(elsewhere)}, not in {where}."
    return f"Namespace {where} has no service account {name}." if here else ""


@indexed
def _given(environment: Environment) -> Mapping[object, list[str]]:
    """Return the groups and users of the access entries, of the clusters where nothing else gives any."""
    entries = environment.resources(ACCESS_ENTRY)
    found = grouped(
        (cluster_key(environment, each), name)
        for each in entries
        for name in (text(each.properties, "Username"), *several(each.properties, GROUPS))
    )
    others = [*environment.resources(PROVIDER), *(item.resource for item in aws_auth(environment))]
    others += [each for each in entries if unsure(each.properties.get(GROUPS))]
    open_ones = {cluster_key(environment, each) for each in others}
    return {x: names for x, names in found.items() if x not in open_ones and known(names)}


@rule("RBAC3")
def _powerful_pods(environment: Environment) -> Iterator[Finding]:
    for item, kind, name in _bindings(environment):
        rules = _rules(environment, item, kind, name)
        whole = item.kind == "ClusterRoleBinding"
        powers = [power for power in TABLE["powers"] if whole or not power.get("cluster")]
        may = [x["value"] for x in powers if any(_covers(each, x) for each in rules)]
        what = ", ".join(dict.fromkeys(may[:1] if "everything" in may else may))
        scope = "in the cluster" if whole else f"in {namespace(item)}"
        for subject in dicts(item.content, "subjects") if may else ():
            who = text(subject, "name")
            if subject.get("kind") == "ServiceAccount" or who.startswith(PODS):
                detail = f"{kind} {name} lets the pods of {who} do this {scope}: {what}."
                yield found(item, who, detail, field="roleRef.name")


def _rules(
    environment: Environment, item: KubernetesObject, kind: str, name: str
) -> Sequence[Json]:
    if kind == "ClusterRole" and name in TABLE["built_in"]:
        return dicts(TABLE["built_in"], name)
    cluster, where = place(environment, item)
    # An object without a namespace is indexed in the default one.
    at = (cluster, where if kind == "Role" else "default")
    role = by_name(environment).get((at, kind, name))
    return [] if role is None else dicts(role.content, "rules")


def _covers(given: Json, power: Json) -> bool:
    # "Everything" is all of all three, the other powers are one of each.
    meets = all if power["value"] == "everything" else any
    return not given.get("resourceNames") and all(
        "*" in items(given, field) or meets(each in items(given, field) for each in power[field])
        for field in ("apiGroups", "resources", "verbs")
    )


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
    read = {cluster_key(environment, each.resource) for each in environment.kubernetes_objects()}
    for entry in environment.resources(ACCESS_ENTRY):
        cluster = cluster_key(environment, entry)
        closed = cluster in read and not _open(environment, cluster, "")
        for group in map(text, items(entry.properties, GROUPS)) if closed else ():
            ours = not group.startswith("system:") and known(group)
            if ours and (cluster, group) not in bound:
                detail = f"No binding of the templates names the group {group}."
                yield breach(entry, GROUPS, group, detail)
