"""Who sends a request, and whether the roles and bindings in the store let them."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import httpx

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.api_server.store import Store
from local_aws.kubernetes.objects import Json

_GROUP = "rbac.authorization.k8s.io"
_MASTERS, _AUTHENTICATED = "system:masters", "system:authenticated"
# An access entry that changes is felt this many seconds later at the latest.
_CACHE_SECONDS = 2.0
_WEBHOOK_SECONDS = 30.0


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


class Authenticator:
    """Tells users by their bearer token: the administrator's, or one that a webhook knows."""

    def __init__(self, admin_token: str, webhook: str) -> None:
        administrator = User(name="local-admin", groups=(_MASTERS, _AUTHENTICATED))
        self._webhook = webhook
        # Loopback only: no proxy of the environment has a part in it, and no certificate.
        self._http = httpx.AsyncClient(timeout=_WEBHOOK_SECONDS, trust_env=False, verify=False)  # noqa: S501
        self._known: dict[str, tuple[float, User | None]] = {
            admin_token: (float("inf"), administrator),
            # Without a token a request is anonymous: it may read what is public.
            "": (float("inf"), User(name="system:anonymous", groups=("system:unauthenticated",))),
        }

    async def user(self, headers: Mapping[str, str]) -> User:
        """Return who sent a request; 401 for a token that nobody knows."""
        if "impersonate-user" in headers:
            raise ApiError(403, "Forbidden", "the local emulator does not support impersonation")
        token = headers.get("authorization", "").removeprefix("Bearer ").strip()
        until, user = self._known.get(token, (0.0, None))
        if until < time.monotonic():
            user = await self._review(token) if self._webhook else None
            self._known[token] = time.monotonic() + _CACHE_SECONDS, user
        if user is None:
            raise ApiError(401, "Unauthorized", "Unauthorized")
        return user

    async def _review(self, token: str) -> User | None:
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
        try:
            body = {**asked, "spec": {"token": token}}
            response = await self._http.post(self._webhook, json=body)
            status = response.raise_for_status().json()["status"]
        except (httpx.HTTPError, ValueError, KeyError):
            return None
        if not status.get("authenticated"):
            return None
        user = status["user"]
        return User(name=user["username"], groups=(*(user.get("groups") or ()), _AUTHENTICATED))


def check(store: Store, user: User, verb: str, target: Target) -> None:
    """Refuse what a user may not do, in Kubernetes' words."""
    # A namespace counts as inside itself: roles in it may allow to read it.
    scope = target.name if target.plural == "namespaces" else target.namespace
    rules = _rules(store, user, scope)
    if _MASTERS in user.groups or any(_covers(rule, verb, target) for rule in rules):
        return
    who = f'User "{user.name}" cannot {verb}'
    if target.path:
        raise ApiError(403, "Forbidden", f'forbidden: {who} path "{target.path}"')
    group, resource = target.api_version.rpartition("/")[0], _resource(target)
    where = f'in the namespace "{scope}"' if scope else "at the cluster scope"
    what = f'resource "{resource}" in API group "{group}" {where}'
    named = f"{target.plural}.{group}".rstrip(".") + (f' "{target.name}"' if target.name else "")
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
    kind, name = subject["kind"], subject["name"]
    if kind == "ServiceAccount":
        namespace = subject.get("namespace") or objects.namespace(binding)
        name = f"system:serviceaccount:{namespace}:{name}"
    return name in (user.groups if kind == "Group" else (user.name,))


def _covers(rule: Json, verb: str, target: Target) -> bool:
    if not _has(rule, "verbs", verb):
        return False
    if target.path:
        urls = rule.get("nonResourceURLs") or ()
        return any(fnmatch.fnmatchcase(target.path, url) for url in urls)
    whole = f"*/{target.subresource}" if target.subresource else "*"
    return (
        _has(rule, "apiGroups", target.api_version.rpartition("/")[0])
        and (_has(rule, "resources", _resource(target)) or _has(rule, "resources", whole))
        and target.name in (rule.get("resourceNames") or (target.name,))
    )


def _resource(target: Target) -> str:
    return f"{target.plural}/{target.subresource}" if target.subresource else target.plural


def _has(rule: Json, field: str, value: str) -> bool:
    return not {"*", value}.isdisjoint(rule.get(field) or ())
