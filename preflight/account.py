"""Calls to an account: each is made once, and an error for a denied call names its action."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Lock
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

Client = Any
"""A client of boto3, which creates its classes at run time."""
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"}
NOT_THERE = {
    ("iam", "NoSuchEntity"),
    ("kms", "NotFoundException"),
    ("ssm", "ParameterNotFound"),
    ("cloudformation", "ValidationError"),
}
"""The error of a service for something that doesn't exist."""
CONFIG = Config(
    connect_timeout=2,
    read_timeout=15,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=20,
)
"""A preflight takes seconds, even if nothing answers."""


class DeniedError(Exception):
    """AWS denied a call. `action` is its name in IAM, such as ec2:DescribeVpcs."""

    def __init__(self, action: str) -> None:
        """Keep the action."""
        self.action = action
        super().__init__(f"{action} was denied")


class NoAnswerError(Exception):
    """AWS did not answer: no credentials, no network, or a proxy in between."""


class Account:
    """An account in one region, through a boto3 session."""

    def __init__(self, session: Any, region: str) -> None:  # noqa: ANN401  # boto3 has no types
        """Make no calls yet."""
        self.region = region
        self._session = session
        self._clients: dict[tuple[str, str], Client] = {}
        self._asked: dict[str, Future[Any]] = {}
        self._lock = Lock()

    def client(self, service: str, region: str = "") -> Client:
        """Return the client of a service; a session can create only one client at a time."""
        key = service, region or self.region
        with self._lock:
            if key not in self._clients:
                made = self._session.client(service, region_name=key[1], config=CONFIG)
                self._clients[key] = made
            return self._clients[key]

    def ask(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, object] | None = None,
        *,
        region: str = "",
    ) -> Any:  # noqa: ANN401  # the answer of boto3
        """Return all pages of an answer, or an empty one if something doesn't exist.

        Raises `DeniedError`, `NoAnswerError`, and botocore's `ClientError` for everything else.
        """
        key = json.dumps([service, operation, region, parameters], sort_keys=True)
        with self._lock:
            first = key not in self._asked
            future = self._asked.setdefault(key, Future())
        if first:
            try:
                client = self.client(service, region)
                future.set_result(_call(client, operation, parameters or {}))
            except Exception as error:  # noqa: BLE001  # raised for every caller
                future.set_exception(error)
        try:
            return future.result()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in DENIED:
                raise DeniedError(action(self.client(service, region), operation)) from error
            if (service, code) not in NOT_THERE:
                raise
            return {}
        except (BotoCoreError, ResponseParserError) as error:
            raise NoAnswerError(" ".join(str(error).split())) from error


def _call(client: Client, operation: str, parameters: Mapping[str, object]) -> Any:  # noqa: ANN401
    if client.can_paginate(operation):
        return client.get_paginator(operation).paginate(**parameters).build_full_result()
    return getattr(client, operation)(**parameters)


def action(client: Client, operation: str) -> str:
    """Return the name of an operation in IAM, such as ec2:DescribeVpcs."""
    meta = client.meta
    return f"{meta.service_model.signing_name}:{meta.method_to_api_mapping[operation]}"
