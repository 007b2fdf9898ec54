"""The calls of EKS's REST API that MiniStack doesn't serve, or not as EKS does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from kube.values import table
from local_aws.emulator.eks import access, add_ons, clusters, fargate, node_groups, store
from local_aws.emulator.internals import patch
from local_aws.emulator.replies import Operation, Reply, answered

MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (access, add_ons, clusters, fargate, node_groups, store)
}
ROUTES: list[list[str]] = table(__file__)
"""Verb and path; what takes the names in the path and the body of a POST; the answer's key."""


@patch("services.eks", "_handle_request_sync")
def _handle_request_sync(  # noqa: PLR0917  # MiniStack's signature
    original: Operation, method: str, path: str, headers: object, body: bytes, query: object
) -> Reply:
    for verb, pattern, operation, key in ROUTES:
        match = re.fullmatch(pattern.replace("{}", "([A-Za-z0-9_-]+)"), path)
        if match is not None and verb == method:
            module, name = operation.split(".")
            given = [json.loads(body) if body else {}] if verb == "POST" else []
            return _answer(getattr(MODULES[module], name), key, *match.groups(), *given)
    return original(method, path, headers, body, query)


def _answer(operation: Callable[..., object], key: str, *arguments: object) -> Reply:
    return answered(lambda: {key: operation(*arguments)})
