"""EKS's records, which stay MiniStack's, and what all its operations need to know of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from local_aws.emulator.internals import EKS, IAM, account, region
from local_aws.emulator.network import Record
from local_aws.emulator.replies import missing

FARGATE_PROFILES: dict[tuple[str, str, str], Record] = {}
"""By account, region and `cluster/name`; MiniStack has none."""

UPDATES: dict[str, Record] = {}
"""What DescribeUpdate finds, by id."""


def cluster(name: str) -> Record:
    """Return the record of a cluster, or raise EKS's refusal."""
    found: Record | None = EKS.clusters.get(name)
    if found is None:
        raise missing(f"No cluster found for name: {name}.")
    return found


def node_group(cluster_name: str, name: str) -> Record:
    """Return the record of a node group, or raise EKS's refusal."""
    found: Record | None = EKS.nodegroups.get(f"{cluster_name}/{name}")
    if found is None:
        raise missing(f"No node group found for name: {name}.")
    return found


def node_groups(cluster_name: str) -> list[Record]:
    """Return the node groups of a cluster."""
    return [one for one in EKS.nodegroups.values() if one["clusterName"] == cluster_name]


def fargate_key(cluster_name: str, name: str) -> tuple[str, str, str]:
    """Return where a Fargate profile is kept."""
    return account(), region(), f"{cluster_name}/{name}"


def fargate_profiles(cluster_name: str) -> list[Record]:
    """Return the Fargate profiles of a cluster."""
    return [
        record
        for (owner, place, _), record in FARGATE_PROFILES.items()
        if (owner, place, record["clusterName"]) == (account(), region(), cluster_name)
    ]


def add_ons(cluster_name: str) -> list[Record]:
    """Return the add-ons of a cluster."""
    return [one for one in EKS.addons.values() if one["clusterName"] == cluster_name]


def associations(cluster_name: str) -> list[Record]:
    """Return the Pod Identity associations of a cluster."""
    stored = EKS.pod_identity_associations.values()
    return [one for one in stored if one["clusterName"] == cluster_name]


def access_entries(cluster_name: str) -> list[Record]:
    """Return the access entries of a cluster."""
    return [one for one in EKS.access_entries.values() if one["clusterName"] == cluster_name]


ARN_KEYS = (
    *("arn", "nodegroupArn", "addonArn", "accessEntryArn"),
    *("associationArn", "fargateProfileArn"),
)


def record_of(arn: str) -> Record | None:
    """Return the record that has an ARN, of whatever kind."""
    stores: Iterable[Iterable[Record]] = (
        EKS.clusters.values(),
        EKS.nodegroups.values(),
        EKS.addons.values(),
        EKS.access_entries.values(),
        EKS.pod_identity_associations.values(),
        FARGATE_PROFILES.values(),
    )
    for store in stores:
        for record in store:
            if any(record.get(key) == arn for key in ARN_KEYS):
                return record
    return None


def set_tags(arn: str, tags: dict[str, str]) -> None:
    """Give a resource exactly these tags."""
    record = record_of(arn)
    if record is not None:
        record["tags"] = dict(tags)
    EKS.tags[arn] = dict(tags)


def updated(kind: str, **parameters: object) -> dict[str, Any]:
    """Return the update that an operation answers with; it is done by then."""
    update = {
        "id": str(uuid.uuid4()),
        "status": "Successful",
        "type": kind,
        "params": [
            {"type": name, "value": value if isinstance(value, str) else json.dumps(value)}
            for name, value in parameters.items()
        ],
        "createdAt": EKS.now(),
        "errors": [],
    }
    UPDATES[update["id"]] = update
    return {"update": update}


def trusts(role_arn: str, service: str, *actions: str) -> bool | None:
    """Tell whether a role lets a service assume it; nothing if there is no such role."""
    role = IAM.roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return None
    document = role["AssumeRolePolicyDocument"]
    policy = json.loads(document) if isinstance(document, str) else document
    granted = [
        action
        for statement in _listed(policy.get("Statement", []))
        if statement.get("Effect") == "Allow" and service in _services(statement)
        for action in _listed(statement.get("Action", []))
    ]
    return set(actions or ("sts:AssumeRole",)) <= set(granted) or "*" in granted


def _services(statement: Record) -> list[str]:
    principal = statement.get("Principal", {})
    return _listed(principal.get("Service", [])) if isinstance(principal, dict) else []


def _listed(value: Any) -> list[Any]:  # noqa: ANN401  # a policy has either everywhere
    return value if isinstance(value, list) else [value]
