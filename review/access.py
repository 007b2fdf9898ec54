"""Access to the cluster, by access entries and RBAC bindings, before and after."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.kinds import ACCESS_ENTRY, CLUSTER, ROLE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import role_of
from assembly.resource import Resource
from kube.values import dicts, items, text
from review.iam import roles_with_access, trust
from review.labels import label, listed, principal, role_name, words
from review.model import DETAILS, Risk, Sentence, capital, read, say
from review.sides import Sides

WHOLE_CLUSTER = "the whole cluster"
ADMINISTRATION = "do everything"
_DATA = read("access")
BELOW: Mapping[str, Collection[str]] = _DATA["below"]
"""What somebody may do who may do more."""
POLICIES: Mapping[str, str] = _DATA["policies"]
"""What EKS access policies allow (EKS user guide, "Review access policy permissions")."""
CLUSTER_ROLES: Mapping[str, str] = _DATA["cluster_roles"]
"""What Kubernetes' own roles allow (Kubernetes, "Using RBAC authorization")."""
EDITS: Collection[str] = _DATA["edits"]
"""What lets people into pods, and act as ServiceAccounts."""
HANDLER = "the kubectl handler"
PEOPLE = "STANDARD"
"""The type of access entries of people and programs; others are for nodes."""


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """One thing that a principal may do. `where` is a namespace, or the whole cluster.

    `by` is the policy or role of Kubernetes that allows it. `handler` marks the role of the kubectl
    handler, which the stacks themselves use. `cluster` says which one where there are several.
    """

    principal: str
    what: str
    where: str
    handler: bool = False
    cluster: str = ""
    by: str = field(default="", compare=False)

    @property
    def place(self) -> str:
        """Return where, in words."""
        where = self.where if self.where == WHOLE_CLUSTER else f"namespace `{self.where}`"
        return f"{where}{f' of {self.cluster}' if self.cluster else ''}"

    @property
    def administers(self) -> bool:
        """Tell whether this grants administration of the whole cluster."""
        return self.what == ADMINISTRATION and self.where == WHOLE_CLUSTER

    def includes(self, other: Grant) -> bool:
        """Tell whether this permission includes the other one."""
        same = (self.principal, self.cluster) == (other.principal, other.cluster)
        more = self.what in {other.what, ADMINISTRATION} or other.what in BELOW.get(self.what, ())
        where = self.where == WHOLE_CLUSTER or fnmatchcase(other.where, self.where)
        return same and more and where


def grants_of(environment: Environment, *, several: bool = False) -> frozenset[Grant]:
    """Return all that people and programs may do; `several` asks for the cluster's name in each."""
    entries = entries_of(environment, several=several)
    return frozenset(grant for _, grants in entries for grant in grants)


def entries_of(
    environment: Environment, *, several: bool = False
) -> Iterator[tuple[Resource, tuple[Grant, ...]]]:
    """Yield the access entries of people and programs, each with what it allows."""
    bound = _bound(environment)
    for entry in environment.resources(ACCESS_ENTRY):
        if is_for_people(entry):
            cluster = entry.cluster if several else None
            name = "" if cluster is None else label(cluster)
            yield entry, tuple(_of_entry(environment, entry, bound, name))


def is_for_people(entry: Resource) -> bool:
    """Tell whether an access entry is one of people and programs."""
    return (text(entry.properties, "Type") or PEOPLE) == PEOPLE


def is_handler(role: Resource | None) -> bool:
    """Tell whether a role is that of the kubectl handler."""
    return role is not None and "KubectlProvider" in role.ids


def _who(environment: Environment, entry: Resource) -> str:
    arn = entry.properties.get("PrincipalArn")
    return HANDLER if is_handler(environment.target(arn)) else principal(environment, arn)


Bound = Mapping[tuple[object, str, str], list[tuple[str, str, str]]]
"""What subjects of a cluster may do, and where: by cluster, kind of subject and name."""


def _of_entry(
    environment: Environment, entry: Resource, bound: Bound, cluster: str
) -> Iterator[Grant]:
    who = _who(environment, entry)
    found: list[tuple[str, str, str]] = []
    for policy in dicts(entry.properties, "AccessPolicies"):
        name = words(text(policy, "PolicyArn")).rpartition("/")[2]
        what = POLICIES.get(name, f"do what `{name}` allows")
        namespaces = items(policy, "AccessScope", "Namespaces") or (WHOLE_CLUSTER,)
        found += ((what, words(where), f"`{name}`") for where in namespaces if name)
    subjects = [("User", text(entry.properties, "Username"))]
    subjects += (("Group", text(name)) for name in items(entry.properties, "KubernetesGroups"))
    for kind, name in subjects:
        found += bound.get((entry.cluster_key, kind, name), ()) if name else ()
    of = {"principal": who, "cluster": cluster}
    for what, where, by in found:
        yield Grant(what=what, where=where, by=by, handler=who == HANDLER, **of)


def _bound(environment: Environment) -> Bound:
    return gathered(
        ((item.resource.cluster_key, text(subject, "kind"), _subject(subject)), each)
        for item in environment.kubernetes_objects("RoleBinding", "ClusterRoleBinding")
        for each in _allowed(item)
        for subject in dicts(item.content, "subjects")
    )


def _allowed(binding: KubernetesObject) -> Iterator[tuple[str, str, str]]:
    """Yield what a binding allows, where, and the role by which it does."""
    kind, name = (words(text(binding.content, "roleRef", x)) for x in ("kind", "name"))
    whole = binding.kind == "ClusterRoleBinding"
    where = WHOLE_CLUSTER if whole else words(binding.namespace) or "default"
    known = CLUSTER_ROLES if kind == "ClusterRole" else {}
    if kind and name:
        yield known.get(name, f"do what the {kind} `{name}` allows"), where, f"{kind} `{name}`"


def _subject(subject: Mapping[str, object]) -> str:
    namespace = text(subject, "namespace")
    of = f"{namespace}/" if namespace and text(subject, "kind") == "ServiceAccount" else ""
    return f"{of}{text(subject, 'name')}"


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield a sentence for every permission that is added or removed."""
    old, new = (grants_of(each, several=sides.several) for each in sides.both)
    stay = {name for _, cluster, name in sides.clusters() if cluster is not None}
    ruled, rule = ({x.cluster for x in y if x.administers and not x.handler} for y in (old, new))
    for cluster in sorted((ruled - rule) & stay):
        name = capital(cluster or listed(map(label, sides.after.resources(CLUSTER))))
        consents, details = [sides.trailer(Risk.LOCKS_OUT)], [DETAILS["way back"]]
        yield say("nobody administers", cluster=name, consents=consents, details=details)
    had, has = ({_who(side, x) for x, _ in entries_of(side)} for side in sides.both)
    before, after = ({*x, *_of_bindings(y)} for x, y in zip((old, new), sides.both, strict=True))
    yield from _moves(before, after, left=had - has)
    for old_role, role in sides.kept(ROLE):
        if role.node in roles_with_access(sides.after):
            may = _said(
                grant
                for entry, grants in entries_of(sides.after)
                if role_of(sides.after, entry.properties.get("PrincipalArn")) == role
                for grant in grants
            )
            for each in trust(sides.after, old_role, role):
                told = DETAILS["may do"].format(role=role_name(role), may=may)
                first = [told] if each.risk is Risk.EXPOSES else []
                yield replace(each, details=(*first, *each.details))


def _moves(
    old: Collection[Grant], new: Collection[Grant], left: Collection[str]
) -> Iterator[Sentence]:
    """Yield what each principal may do more, less or something else: one sentence for each.

    `left` are those who have no access entry any more.
    """
    gained, lost, had, has = (
        gathered(((each.principal, each.cluster), each) for each in sorted(grants))
        for grants in (_beyond(new, old), _beyond(old, new), old, new)
    )
    for who in sorted({*gained, *lost}):
        more, less, before, left_to = (_said(x.get(who, ())) for x in (gained, lost, had, has))
        how = "access moved" if more and less else "access gained" if more else "access lost"
        how = "access gone" if less and not more and who[0] in left else how
        details = []
        if more:
            by = listed(dict.fromkeys(x.by for x in gained[who] if x.by))
            details.append(DETAILS["by"].format(names=by))
            details += [DETAILS["edits"]] if any(x.what in EDITS for x in gained[who]) else []
        if how == "access gained":
            details.append(DETAILS["until now"].format(before=before or "no access"))
        elif how == "access lost" and left_to:
            details.append(DETAILS["still"].format(left=left_to))
        name, where = who[0], who[1] or "the cluster"
        yield say(how, who=name, what=more or less, before=less, cluster=where, details=details)


def _said(grants: Iterable[Grant]) -> str:
    places = gathered((each.what, f"in {each.place}") for each in grants)
    return listed(f"{may} {listed(dict.fromkeys(where))}" for may, where in places.items())


def _of_bindings(environment: Environment) -> Iterator[Grant]:
    """Yield what ServiceAccounts may do, and groups and users that no access entry names."""
    entries = environment.resources(ACCESS_ENTRY)
    named = {("User", text(entry.properties, "Username")) for entry in entries}
    named |= {("Group", text(x)) for y in entries for x in items(y.properties, "KubernetesGroups")}
    for (_, kind, name), bound in _bound(environment).items():
        for what, where, by in bound if kind and name and (kind, name) not in named else ():
            yield Grant(principal=f"{kind} `{words(name)}`", what=what, where=where, by=by)


def _beyond(these: Iterable[Grant], those: Collection[Grant]) -> list[Grant]:
    return [each for each in these if not any(other.includes(each) for other in those)]
