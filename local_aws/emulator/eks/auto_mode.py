"""EKS Auto Mode: the kinds that a cluster has with it. The controllers beside the cluster play its nodes."""

from __future__ import annotations

import json
from pathlib import Path

from local_aws.emulator.eks import access
from local_aws.emulator.replies import Record, refuse

KINDS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))["kinds"]
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def check(body: Record) -> None:
    """Raise EKS's refusal of some of the three parts, and of built-in pools without a role."""
    compute = body.get("computeConfig") or {}
    parts = [
        bool(compute.get("enabled")),
        bool((body.get("storageConfig") or {}).get("blockStorage", {}).get("enabled")),
        bool(
            (body.get("kubernetesNetworkConfig") or {})
            .get("elasticLoadBalancing", {})
            .get("enabled")
        ),
    ]
    refuse(
        any(parts) and not all(parts),
        "For EKS Auto Mode, please ensure that all required configs, including computeConfig, "
        "kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled.",
    )
    pools, role = compute.get("nodePools") or [], compute.get("nodeRoleArn")
    refuse(
        parts[0] and bool(pools) is not bool(role),
        "nodePools and nodeRoleArn of computeConfig come together.",
    )


def serve(record: Record) -> None:
    """Give a cluster with Auto Mode its kinds."""
    client = access.SERVERS.get(record["name"])
    if client is None or not (record.get("computeConfig") or {}).get("enabled"):
        return
    for each in KINDS:
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version = {
            "name": "v1",
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": schema},
        }
        names = {
            "kind": each["kind"],
            "listKind": f"{each['kind']}List",
            "plural": each["plural"],
            "singular": each["kind"].lower(),
        }
        definition = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{each['plural']}.{each['group']}"},
            "spec": {
                "group": each["group"],
                "names": names,
                "scope": "Cluster",
                "versions": [version],
            },
        }
        client.post(DEFINITIONS, json=definition)
    role = record["computeConfig"].get("nodeRoleArn")
    if role is not None:
        access.ensure_node_entry(record["name"], role, access.AUTO_MODE)
