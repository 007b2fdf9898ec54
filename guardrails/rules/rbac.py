"""RBAC of the templates: what bindings name, and what they give to whom; rbac.yaml has the words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ACCESS_ENTRY
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.access import aws_auth
from guardrails.rules.pod_roles import accounts, filled_by_others
from guardrails.rules.workloads import namespace, object_at
from kube.values import Json, dicts, items, known, several, table, text, unsure
from kube.words import nearest

TABLE: Mapping[str, Any] = table(__file__, "rbac.yaml")
NOBODY = ("system:anonymous", "system:unauthenticated")
PODS, ONE = "system:serviceaccounts", "system:serviceaccount:"
GROUPS = "KubernetesGroups"
PROVIDER = "AWS::EKS::IdentityProviderConfig"
TO_VIEW = "rbac.authorization.k8s.io/aggregate-to-view"
READS = {"get", "list", "watch"}
ADMINISTRATOR = "cluster-admin"


class Binding(NamedTuple):
    """A binding whose role is known: the role's place, kind and name, and what it allows."""

    item: KubernetesObject
    place: tuple[object, str]
    kind: str
    name: str
    rules: Sequence[Json] | None


@indexed
def _bindings(environment: Environment) -> Sequence[Binding]:
    made = []
    for item in environment.kubernetes_objects("ClusterRoleBinding", "RoleBinding"):
        kind, name = (text(item.content, "roleRef", field) for field in ("kind", "name"))
        cluster, where = item.place
        at = (cluster, where if kind == "Role" else "default")
        role = object_at(environment, cluster, kind, name, at[1])
        rules = None if role is None else dicts(role.content, "rules")
        if kind == "ClusterRole" and name in TABLE["built_in"]:
            rules = dicts(TABLE["built_in"], name)
        if known([kind, name, item.namespace]):
            made.append(Binding(item, at, kind, name, rules))
    return made


@rule("RBAC1")
def _no_such_role(environment: Environment) -> Iterator[Finding]:
    for item, (cluster, where), kind, name, rules in _bindings(environment):
        own = where if kind == "Role" else ""
        built_in = any(fnmatchcase(name, x) for x in TABLE["roles" if own else "cluster_roles"])
        if rules is None and not built_in and not _is_open(environment, cluster, own):
            wrong = f"Nothing defines {kind} {name}{own and f' in {own}'}."
            yield found(item, f"{kind}/{name}", wrong, field="roleRef.name")


def _is_open(environment: Environment, cluster: object, where: str) -> bool:
    """Tell whether others may add to a namespace; without one, to the cluster."""
    others = filled_by_others(environment)
    return any(of == cluster and at in {where or at, ""} for of, at in others)


@rule("RBAC2")
def _no_such_subject(environment: Environment) -> Iterator[Finding]:
    for item, *_, role, _ in _bindings(environment):
        if not item.content.get("subjects"):
            yield found(item, "nobody", "It has no subjects.", field="subjects")
        for subject in dicts(item.content, "subjects"):
            kind, name, own = text(subject, "kind"), text(subject, "name"), namespace(item)
            where, wrong = text(subject, "namespace") or own, ""
            # ACCESS4 says that nobody should get this through a group.
            if not known([kind, name, where]) or (kind, role) == ("Group", ADMINISTRATOR):
                continue
            if kind == "ServiceAccount":
                wrong = _wrong_account(environment, item, where, name)
            elif name.startswith("system:"):
                ours = any(fnmatchcase(name, each) for each in TABLE["system"].get(kind, ["*"]))
                wrong = "" if ours else f"There is no {kind} {name}."
            # Without a user name of its own, a principal has its ARN.
            elif not name.startswith(("arn:", "eks:")):
                given = _given(environment).get(item.resource.cluster_key, [name])
                who = f"No access entry gives anybody the {kind.lower()} {name}."
                wrong = "" if name in given else who
            if wrong:
                yield found(item, name, wrong, field="subjects")


def _wrong_account(environment: Environment, item: KubernetesObject, where: str, name: str) -> str:
    cluster, there = item.resource.cluster_key, accounts(environment)
    here = there.get((cluster, where), [])
    built_in = where == "kube-system" and any(fnmatchcase(name, x) for x in TABLE["accounts"])
    elsewhere = [at for (key, at), names in there.items() if key == cluster and name in names]
    if name in {"default", *here} or built_in or _is_open(environment, cluster, where):
        return ""
    if elsewhere:
        return f"The service account {name} is in {', '.join(elsewhere)}, not in {where}."
    return f"Namespace {where} has no service account {name}." if here else ""


@indexed
def _given(environment: Environment) -> Mapping[object, list[str]]:
    """Return the groups and users of the access entries, of the clusters where nothing else gives any."""
    entries = environment.resources(ACCESS_ENTRY)
    found = grouped(
        (each.cluster_key, name)
        for each in entries
        for name in (text(each.properties, "Username"), *several(each.properties, GROUPS))
    )
    others = [*environment.resources(PROVIDER), *(item.resource for item in aws_auth(environment))]
    others += [each for each in entries if unsure(each.properties.get(GROUPS))]
    open_ones = {each.cluster_key for each in others}
    return {x: names for x, names in found.items() if x not in open_ones and known(names)}


@rule("RBAC3")
def _powerful_pods(environment: Environment) -> Iterator[Finding]:
    for item, _, kind, name, rules in _bindings(environment):
        whole = item.kind == "ClusterRoleBinding"
        powers = [power for power in TABLE["powers"] if whole or not power.get("cluster")]
        may = dict.fromkeys(x["value"] for x in powers if _covers(rules, x))
        what = "everything" if "everything" in may else ", ".join(may)
        scope = "in the cluster" if whole else f"in {namespace(item)}"
        for who in _subjects(item) if may else ():
            if who in _subjects(item, "ServiceAccount") or who.startswith((PODS, ONE)):
                detail = f"{kind} {name} lets the pods of {who} do this {scope}: {what}."
                yield found(item, who, detail, field="roleRef.name")


def _subjects(item: KubernetesObject, *kinds: str) -> Sequence[str]:
    subjects = dicts(item.content, "subjects")
    return [text(x, "name") for x in subjects if not kinds or x.get("kind") in kinds]


def _covers(rules: Sequence[Json] | None, power: Json) -> bool:
    """Tell whether a role has a power: "everything" is all of all three, the others one of each."""
    meets = all if power["value"] == "everything" else any
    return any(
        not given.get("resourceNames")
        and all(
            "*" in items(given, field) or meets(x in items(given, field) for x in power[field])
            for field in ("apiGroups", "resources", "verbs")
        )
        for given in rules or ()
    )


@rule("ACCESS12")
def _more_than_view(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("ClusterRole"):
        powers = (x for x in TABLE["powers"] if _covers(dicts(item.content, "rules"), x))
        what = ", ".join(dict.fromkeys(x["value"] for x in powers))
        if what and text(item.labels, TO_VIEW) == "true":
            detail = f"It is added to view, with which nobody expects this: {what}."
            fix = f"Remove the label {TO_VIEW}, and bind the role to those who need it."
            yield found(item, "view", detail, fix=fix, field=f"metadata.labels[{TO_VIEW}]")


@rule("RBAC4")
def _for_everybody(environment: Environment) -> Iterator[Finding]:
    for item, *_, name, rules in _bindings(environment):
        reads = all(READS.issuperset(map(str, items(each, "verbs"))) for each in rules or ())
        secret = any(_covers(rules, power) for power in TABLE["powers"][:2])
        for who in _subjects(item) if name not in TABLE["discovery"] else ():
            # Of pods RBAC3 tells what is bound in the whole cluster, of administrators ACCESS4.
            told = name == ADMINISTRATOR or (who == PODS and item.kind == "ClusterRoleBinding")
            if who in NOBODY or (who in TABLE["everybody"] and (secret or not reads) and not told):
                yield found(item, who, f"{who} is {TABLE['everybody'][who]}.", field="subjects")


@rule("RBAC5")
def _unbound_groups(environment: Environment) -> Iterator[Finding]:
    objects = environment.kubernetes_objects()
    clusters = grouped((each.resource.cluster_key, each) for each in objects)
    for entry in environment.resources(ACCESS_ENTRY):
        cluster = entry.cluster_key
        bound = [x for item in clusters.get(cluster, ()) for x in _subjects(item)]
        closed = cluster in clusters and not _is_open(environment, cluster, "")
        for group in map(text, items(entry.properties, GROUPS)) if closed else ():
            if not group.startswith("system:") and known(group) and group not in bound:
                detail = f"No binding of the templates names the group {group}."
                yield breach(entry, GROUPS, group, detail)


@rule("RBAC6")
def _no_such_right(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Role", "ClusterRole"):
        for index, given in enumerate(dicts(item.content, "rules")):
            groups, verbs = (several(given, field) for field in ("apiGroups", "verbs"))
            if known([groups, verbs, given.get("resources")]):
                for wrong, detail in _unheard_of(groups, several(given, "resources"), verbs):
                    yield found(item, wrong, detail, field=f"rules[{index}]")


def _unheard_of(
    groups: Sequence[str], resources: Sequence[str], verbs: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield groups, resources and verbs that no API has, and what is wrong with each."""
    built_in: Mapping[str, Sequence[str]] = TABLE["resources"]
    ours = set(built_in).issuperset(groups)
    for group in groups:
        # A group of custom resources is a domain.
        if "." not in group and group not in {*built_in, "*"}:
            yield f"apiGroups {group}", f"There is no API group {group}{_near(group, built_in)}."
    # Without a group the API server refuses resources, and says so itself.
    for resource in resources if ours and groups else ():
        name = resource.partition("/")[0]
        if name != "*" and not any(name in built_in[group] for group in groups):
            homes = [of or "the core group" for of, has in built_in.items() if name in has]
            near = f": it is in {homes[0]}" if homes else ""
            near = near or _near(name, [x for each in groups for x in built_in[each]])
            named = ", ".join(each or "the core group" for each in groups)
            yield f"resources {resource}", f"There is no {name} in {named}{near}."
    # Who serves a group makes its verbs, too.
    for verb in verbs if ours else ():
        if verb not in TABLE["verbs"] and (near := _near(verb, TABLE["verbs"], 0.85)):
            yield f"verbs {verb}", f"There is no verb {verb}{near}."


def _near(word: str, words: Iterable[str], cutoff: float = 0.6) -> str:
    close = nearest(word, words, cutoff)
    return close and f", but {close}"
