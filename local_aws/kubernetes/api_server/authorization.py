"""Role-based access control: who may do what, by the roles and bindings in the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.api_server.store import Store
from local_aws.kubernetes.objects import Json

_GROUP = "rbac.authorization.k8s.io"
MASTERS = "system:masters"


@dataclass(frozen=True, kw_only=True)
class User:
    """Who asks."""

    name: str
    groups: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a request is about: objects by the parts of their path, or a `path` that is no object's."""

    api_version: str = ""
    plural: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    path: str = ""

    @property
    def group(self) -> str:
        """Return the API group; empty for the core one."""
        return self.api_version.rpartition("/")[0]

    @property
    def resource(self) -> str:
        """Return the resource as a rule names it."""
        return f"{self.plural}/{self.subresource}" if self.subresource else self.plural

    @property
    def scope(self) -> str:
        """Return whose bindings count: a namespace counts as inside itself."""
        return self.name if self.plural == "namespaces" else self.namespace


def check(store: Store, user: User, verb: str, target: Target) -> None:
    """Refuse what a user may not do, in Kubernetes' words."""
    rules = _rules(store, user, target.scope)
    if MASTERS in user.groups or any(_covers(rule, verb, target) for rule in rules):
        return
    who = f'User "{user.name}" cannot {verb}'
    if target.path:
        raise ApiError(403, "Forbidden", f'forbidden: {who} path "{target.path}"')
    where = f'in the namespace "{target.scope}"' if target.scope else "at the cluster scope"
    full = f"{target.plural}.{target.group}" if target.group else target.plural
    named = f'{full} "{target.name}"' if target.name else full
    what = f'resource "{target.resource}" in API group "{target.group}" {where}'
    raise ApiError(403, "Forbidden", f"{named} is forbidden: {who} {what}")


def _rules(store: Store, user: User, namespace: str) -> Iterator[Json]:
    """Yield the rules that a user has in a namespace, those of the whole cluster included."""
    bindings = store.select((_GROUP, "clusterrolebindings"))
    if namespace:
        bindings += store.select((_GROUP, "rolebindings"), namespace)
    for binding in bindings:
        if any(_is_subject(one, binding, user) for one in binding.get("subjects") or ()):
            role = binding["roleRef"]
            place = "" if role["kind"] == "ClusterRole" else objects.namespace(binding)
            found = store.get((_GROUP, f"{role['kind'].lower()}s"), place, role["name"])
            yield from (found or {}).get("rules") or ()


def _is_subject(subject: Json, binding: Json, user: User) -> bool:
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    names = {"User": subject["name"]}
    namespace = subject.get("namespace") or objects.namespace(binding)
    account = f"system:serviceaccount:{namespace}:{subject['name']}"
    return bool(names.get(subject["kind"], account) == user.name)


def _covers(rule: Json, verb: str, target: Target) -> bool:
    if target.path:
        return _has(rule, "verbs", verb) and any(
            target.path == url or (url.endswith("*") and target.path.startswith(url[:-1]))
            for url in rule.get("nonResourceURLs") or ()
        )
    whole = f"*/{target.subresource}" if target.subresource else "*"
    return (
        _has(rule, "verbs", verb)
        and _has(rule, "apiGroups", target.group)
        and (_has(rule, "resources", target.resource) or _has(rule, "resources", whole))
        and target.name in (rule.get("resourceNames") or (target.name,))
    )


def _has(rule: Json, field: str, value: str) -> bool:
    return any(one in ("*", value) for one in rule.get(field) or ())
