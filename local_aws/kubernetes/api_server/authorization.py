"""Role-based access control: who may do what, by the roles and bindings in the store."""

from __future__ import annotations

from collections.abc import Iterator
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
    groups: tuple[str, ...] = ()
    uid: str = ""


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """What is asked for: a verb on a resource, or on a path that is none."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        """Return the resource as a rule names it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Authorizer:
    """Decides by the roles that are bound to a user now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def allows(self, user: User, attributes: Attributes) -> bool:
        """Tell whether a user may do something."""
        if MASTERS in user.groups:
            return True
        return any(_covers(rule, attributes) for rule in self.rules(user, attributes.namespace))

    def check(self, user: User, attributes: Attributes) -> None:
        """Refuse what a user may not do, in Kubernetes' words."""
        if self.allows(user, attributes):
            return
        who = f'User "{user.name}" cannot {attributes.verb}'
        if attributes.path:
            raise ApiError(403, "Forbidden", f'forbidden: {who} path "{attributes.path}"')
        where = (
            f'in the namespace "{attributes.namespace}"'
            if attributes.namespace
            else "at the cluster scope"
        )
        group = attributes.group
        target = f"{attributes.resource}.{group}" if group else attributes.resource
        named = f'{target} "{attributes.name}"' if attributes.name else target
        what = f'resource "{attributes.full_resource}" in API group "{group}" {where}'
        details = {"name": attributes.name, "group": group, "kind": attributes.resource}
        raise ApiError(403, "Forbidden", f"{named} is forbidden: {who} {what}", details=details)

    def rules(self, user: User, namespace: str) -> Iterator[Json]:
        """Return the rules that a user has in a namespace, those of the whole cluster included."""
        for binding in self._store.select((_GROUP, "clusterrolebindings")):
            if _binds(binding, user):
                yield from self._rules_of(binding, "")
        if namespace:
            for binding in self._store.select((_GROUP, "rolebindings"), namespace):
                if _binds(binding, user):
                    yield from self._rules_of(binding, namespace)

    def _rules_of(self, binding: Json, namespace: str) -> list[Json]:
        reference = binding["roleRef"]
        if reference["kind"] == "ClusterRole":
            role = self._store.get((_GROUP, "clusterroles"), "", reference["name"])
        else:
            role = self._store.get((_GROUP, "roles"), namespace, reference["name"])
        return (role or {}).get("rules") or []


def _binds(binding: Json, user: User) -> bool:
    return any(_is_subject(subject, binding, user) for subject in binding.get("subjects") or ())


def _is_subject(subject: Json, binding: Json, user: User) -> bool:
    match subject["kind"]:
        case "User":
            return bool(subject["name"] == user.name)
        case "Group":
            return subject["name"] in user.groups
        case _:
            namespace = subject.get("namespace") or objects.namespace(binding)
            return user.name == f"system:serviceaccount:{namespace}:{subject['name']}"


def _covers(rule: Json, attributes: Attributes) -> bool:
    if not _has(rule.get("verbs"), attributes.verb):
        return False
    if attributes.path:
        return any(
            attributes.path == url or (url.endswith("*") and attributes.path.startswith(url[:-1]))
            for url in rule.get("nonResourceURLs") or ()
        )
    names = rule.get("resourceNames") or ()
    return (
        _has(rule.get("apiGroups"), attributes.group)
        and _has_resource(rule.get("resources") or (), attributes)
        and (not names or attributes.name in names)
    )


def _has(allowed: list[str] | None, value: str) -> bool:
    return any(one in ("*", value) for one in allowed or ())


def _has_resource(allowed: list[str] | tuple[str, ...], attributes: Attributes) -> bool:
    wanted = {"*", attributes.full_resource}
    if attributes.subresource:
        wanted.add(f"*/{attributes.subresource}")
    return not wanted.isdisjoint(allowed)
