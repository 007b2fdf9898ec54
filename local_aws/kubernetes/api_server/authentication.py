"""Who a request comes from: the administrator's token, or a token that a webhook knows."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping

import httpx

from local_aws.kubernetes.api_server.authorization import MASTERS, User
from local_aws.kubernetes.api_server.errors import ApiError

_AUTHENTICATED = "system:authenticated"
ADMINISTRATOR = User(name="local-admin", groups=(MASTERS, _AUTHENTICATED))
ANONYMOUS = User(name="system:anonymous", groups=("system:unauthenticated",))

# An access entry that changes is felt this many seconds later at the latest.
_CACHE_SECONDS = 2.0
_WEBHOOK_SECONDS = 30.0


class Authenticator:
    """Tells users by their bearer token."""

    def __init__(self, *, admin_token: str, webhook: str | None) -> None:
        self._admin_token = admin_token
        self._webhook = webhook
        self._known: dict[str, tuple[float, User | None]] = {}

    async def user(self, headers: Mapping[str, str]) -> User:
        """Return who sent a request; 401 for a token that nobody knows.

        A request without a token is anonymous: it may read what is public.
        """
        if "impersonate-user" in headers:
            raise ApiError(403, "Forbidden", "the local emulator lets nobody impersonate others")
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if not scheme:
            return ANONYMOUS
        if secrets.compare_digest(token.strip().encode(), self._admin_token.encode()):
            return ADMINISTRATOR
        until, user = self._known.get(token, (0.0, None))
        if until < time.monotonic():
            user = await self._review(token.strip()) if self._webhook else None
            self._known[token] = time.monotonic() + _CACHE_SECONDS, user
        if scheme.lower() != "bearer" or user is None:
            raise ApiError(401, "Unauthorized", "Unauthorized")
        return user

    async def _review(self, token: str) -> User | None:
        head = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
        review = {**head, "spec": {"token": token}}
        # Loopback only: no proxy of the environment has a part in it.
        async with httpx.AsyncClient(timeout=_WEBHOOK_SECONDS, trust_env=False) as client:
            try:
                response = await client.post(str(self._webhook), json=review)
                status = response.raise_for_status().json()["status"]
            except (httpx.HTTPError, ValueError, KeyError):
                return None
        if not status.get("authenticated"):
            return None
        user = status["user"]
        return User(name=user["username"], groups=(*(user.get("groups") or ()), _AUTHENTICATED))
