"""EKS's records, which stay MiniStack's, and what all its operations need to know of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from local_aws.emulator import iam
from local_aws.emulator.internals import EKS, IAM
from local_aws.emulator.replies import Record, missing

FARGATE_PROFILES: dict[str, Record] = {}
"""By `cluster/name`; MiniStack has none."""


def cluster(name: str) -> Record:
    """Return the record of a cluster, or raise EKS's refusal."""
    return _found(EKS.clusters, name, f"No cluster found for name: {name}.")


def node_group(cluster_name: str, name: str) -> Record:
    """Return the record of a node group, or raise EKS's refusal."""
    key = f"{cluster_name}/{name}"
    return _found(EKS.nodegroups, key, f"No node group found for name: {name}.")


def fargate_profile(cluster_name: str, name: str) -> Record:
    """Return the record of a Fargate profile, or raise EKS's refusal."""
    key = f"{cluster_name}/{name}"
    return _found(FARGATE_PROFILES, key, f"No Fargate Profile found with name: {name}.")


def _found(store: Mapping[str, Record], key: str, words: str) -> Record:
    found = store.get(key)
    if found is None:
        raise missing(words)
    return found


def of(store: Mapping[str, Record], cluster_name: str) -> list[Record]:
    """Return what a cluster has of a store's records."""
    return [one for one in store.values() if one["clusterName"] == cluster_name]


def updated(kind: str) -> Record:
    """Return the update that an operation answers with; it is done by then."""
    return {"id": str(uuid.uuid4()), "status": "Successful", "type": kind, "createdAt": EKS.now()}


def trusts(role_arn: str, service: str, *actions: str) -> bool | None:
    """Tell whether a role lets a service assume it; nothing if there is no such role."""
    role = IAM.roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return None
    granted = [
        action
        for statement in iam.statements(role["AssumeRolePolicyDocument"])
        if statement.get("Effect") == "Allow" and service in iam.principals(statement, "Service")
        for action in iam.listed(statement.get("Action", []))
    ]
    return set(actions or ("sts:AssumeRole",)) <= set(granted) or "*" in granted
