"""The paths of EKS's REST API that MiniStack doesn't serve, and tags that every record shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from local_aws.emulator.eks import cluster_updates, fargate, node_groups, store
from local_aws.emulator.internals import EKS, Function, replace
from local_aws.emulator.network import Record
from local_aws.emulator.replies import Operation, Reply, eks_reply, missing, refusable

NAME = r"([A-Za-z0-9_-]+)"
CLUSTER = f"/clusters/{NAME}"

Answer = Operation
"""Takes the names in the path, then the body of the request."""


@refusable
def _describe_update(cluster_name: str, update_id: str, _: Record) -> Reply:
    store.cluster(cluster_name)
    if update_id not in store.UPDATES:
        raise missing(f"No update found for ID: {update_id}")
    return eks_reply({"update": store.UPDATES[update_id]})


ROUTES: Mapping[tuple[str, str], Answer] = {
    ("POST", f"{CLUSTER}/update-config"): cluster_updates.update_config,
    ("POST", f"{CLUSTER}/updates"): cluster_updates.update_version,
    ("GET", f"{CLUSTER}/updates/{NAME}"): _describe_update,
    ("POST", f"{CLUSTER}/node-groups/{NAME}/update-config"): node_groups.update_config,
    ("POST", f"{CLUSTER}/node-groups/{NAME}/update-version"): node_groups.update_version,
    ("POST", f"{CLUSTER}/fargate-profiles"): fargate.create,
    ("GET", f"{CLUSTER}/fargate-profiles"): lambda name, _: fargate.list_names(name),
    ("GET", f"{CLUSTER}/fargate-profiles/{NAME}"): lambda name, profile, _: fargate.describe(
        name, profile
    ),
    ("DELETE", f"{CLUSTER}/fargate-profiles/{NAME}"): lambda name, profile, _: fargate.delete(
        name, profile
    ),
}


def install() -> None:
    """Serve them."""
    replace("_handle_request_sync", _routing, "services.eks")
    # MiniStack knows no Fargate profile or association here, and a record's own tags go stale.
    replace("_resolve_tag_resource_arn", _resolving, "services.eks")
    replace("_tag_resource", _showing, "services.eks")
    replace("_untag_resource", _showing, "services.eks")


def _routing(original: Operation) -> Operation:
    def handle_request_sync(
        method: str, path: str, headers: object, body: bytes, query: object
    ) -> Reply:
        for (verb, pattern), answer in ROUTES.items():
            match = re.fullmatch(pattern, path)
            if match is not None and verb == method:
                return answer(*match.groups(), json.loads(body) if body else {})
        return original(method, path, headers, body, query)

    return handle_request_sync


def _resolving(original: Function) -> Function:
    def resolve_tag_resource_arn(arn: str) -> object:
        if re.search(r":(fargateprofile|podidentityassociation)/", arn):
            return (arn, None) if store.record_of(arn) else (None, EKS.tag_resource_not_found(arn))
        return original(arn)

    return resolve_tag_resource_arn


def _showing(original: Operation) -> Operation:
    def change_tags(arn: str, request: Record) -> Reply:
        reply = original(arn, request)
        record = store.record_of(arn)
        if record is not None:
            record["tags"] = dict(EKS.tags.get(arn, {}))
        return reply

    return change_tags
