"""Who a request comes from: the administrator's token, or a token that a webhook knows."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Mapping

import httpx

from local_aws.kubernetes.api_server.authorization import MASTERS, Attributes, Authorizer, User
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json

ADMINISTRATOR = User(name="local-admin", groups=(MASTERS, "system:authenticated"))
ANONYMOUS = User(name="system:anonymous", groups=("system:unauthenticated",))

# An access entry that changes is felt this many seconds later at the latest.
_CACHE_SECONDS = 2.0
_WEBHOOK_SECONDS = 30.0


class Authenticator:
    """Tells users by their bearer token."""

    def __init__(self, *, admin_token: str, webhook: str | None) -> None:
        self._admin_token = admin_token
        self._webhook = webhook
        self._known: dict[str, tuple[float, User]] = {}

    async def user(self, headers: Mapping[str, str], authorizer: Authorizer) -> User:
        """Return who sent a request; 401 for a token that nobody knows.

        A request without a token is anonymous: it may read what is public.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if not scheme:
            return ANONYMOUS
        if scheme.lower() != "bearer" or not token.strip():
            raise ApiError(401, "Unauthorized", "Unauthorized")
        user = await self._token_user(token.strip())
        return _impersonated(user, headers, authorizer)

    async def _token_user(self, token: str) -> User:
        if secrets.compare_digest(token.encode(), self._admin_token.encode()):
            return ADMINISTRATOR
        now = time.monotonic()
        self._known = {key: known for key, known in self._known.items() if known[0] > now}
        if token in self._known:
            return self._known[token][1]
        user = await self._review(token) if self._webhook else None
        if user is None:
            raise ApiError(401, "Unauthorized", "Unauthorized")
        self._known[token] = (now + _CACHE_SECONDS, user)
        return user

    async def _review(self, token: str) -> User | None:
        review: Json = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token},
        }
        # Loopback only: no proxy of the environment has a part in it.
        async with httpx.AsyncClient(timeout=_WEBHOOK_SECONDS, trust_env=False) as client:
            try:
                response = await client.post(str(self._webhook), json=review)
                response.raise_for_status()
                status = response.json().get("status") or {}
            except (httpx.HTTPError, ValueError):
                return None
        if not status.get("authenticated"):
            return None
        user = status.get("user") or {}
        groups = tuple(dict.fromkeys([*(user.get("groups") or ()), "system:authenticated"]))
        return User(name=user["username"], groups=groups, uid=user.get("uid") or "")


def _impersonated(user: User, headers: Mapping[str, str], authorizer: Authorizer) -> User:
    """Return whom `kubectl --as` names, if the user may pass for them."""
    name = headers.get("impersonate-user")
    if not name:
        return user
    # Headers of one name are joined, and a group's name holds no comma that matters here.
    groups = [g.strip() for g in headers.get("impersonate-group", "").split(",") if g.strip()]
    authorizer.check(user, Attributes(verb="impersonate", resource="users", name=name))
    for group in groups:
        authorizer.check(user, Attributes(verb="impersonate", resource="groups", name=group))
    groups = list(dict.fromkeys([*groups, "system:authenticated"]))
    return dataclasses.replace(user, name=name, groups=tuple(groups))
