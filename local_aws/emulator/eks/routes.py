"""The calls of EKS's REST API that MiniStack doesn't serve, or not as EKS does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from local_aws.emulator.eks import access, add_ons, clusters, fargate, node_groups, store
from local_aws.emulator.internals import patch
from local_aws.emulator.replies import Operation, Reply, answered

NAME = r"([A-Za-z0-9_-]+)"
CLUSTER = f"/clusters/{NAME}"
NODE_GROUP = f"{CLUSTER}/node-groups/{NAME}"
FARGATE_PROFILE = f"{CLUSTER}/fargate-profiles/{NAME}"
ADD_ON = f"{CLUSTER}/addons/{NAME}"
ASSOCIATION = f"{CLUSTER}/pod-identity-associations/{NAME}"

ROUTES: Mapping[tuple[str, str], tuple[Callable[..., object], str]] = {
    ("DELETE", CLUSTER): (clusters.delete, "cluster"),
    ("POST", f"{CLUSTER}/update-config"): (clusters.update_config, "update"),
    ("POST", f"{CLUSTER}/updates"): (clusters.update_version, "update"),
    ("POST", f"{CLUSTER}/node-groups"): (node_groups.create, "nodegroup"),
    ("DELETE", NODE_GROUP): (node_groups.delete, "nodegroup"),
    ("POST", f"{NODE_GROUP}/update-config"): (node_groups.update_config, "update"),
    ("POST", f"{NODE_GROUP}/update-version"): (node_groups.update_version, "update"),
    ("POST", f"{CLUSTER}/fargate-profiles"): (fargate.create, "fargateProfile"),
    ("GET", f"{CLUSTER}/fargate-profiles"): (fargate.list_names, "fargateProfileNames"),
    ("GET", FARGATE_PROFILE): (store.fargate_profile, "fargateProfile"),
    ("DELETE", FARGATE_PROFILE): (fargate.delete, "fargateProfile"),
    ("POST", f"{CLUSTER}/addons"): (add_ons.create, "addon"),
    ("DELETE", ADD_ON): (add_ons.delete, "addon"),
    ("POST", f"{CLUSTER}/access-entries"): (access.create, "accessEntry"),
    ("POST", f"{CLUSTER}/pod-identity-associations"): (add_ons.create_association, "association"),
    ("DELETE", ASSOCIATION): (add_ons.delete_association, "association"),
}
"""By verb and path: what takes the names in the path and the body of a POST, and the answer's key."""


@patch("services.eks", "_handle_request_sync")
def _handle_request_sync(  # noqa: PLR0917  # MiniStack's signature
    original: Operation, method: str, path: str, headers: object, body: bytes, query: object
) -> Reply:
    for (verb, pattern), (operation, key) in ROUTES.items():
        match = re.fullmatch(pattern, path)
        if match is not None and verb == method:
            return _answer(operation, key, *match.groups(), *_body(verb, body))
    return original(method, path, headers, body, query)


def _answer(operation: Callable[..., object], key: str, *arguments: object) -> Reply:
    return answered(lambda: {key: operation(*arguments)})


def _body(verb: str, body: bytes) -> list[object]:
    return [json.loads(body) if body else {}] if verb == "POST" else []
