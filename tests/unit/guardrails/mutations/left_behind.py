"""What outlives what it is in, and objects that kubectl prunes or leaves."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.guardrails.environments import Change
from tests.unit.guardrails.mutations import Mutation, found, in_template

RETAINED = (
    ("Prod", "Cluster", "/Fargate/Profiles/SampleApi"),
    ("Prod", "Cluster", "/NodeGroups/General/NodeGroup"),
    ("SelfManaged", "Cluster", "/NodeGroups/General/NodeGroup"),
    ("Prod", "Network", "/Network/PrivateA/Subnet"),
    ("Prod", "Network", "/Endpoints/EcrApi/Resource"),
    ("Prod", "Network", "/PublicA/NATGateway"),
    ("Karpenter", "Cluster", "/Nodes/InstanceProfile"),
    ("Karpenter", "Cluster", "/NodePools/NodePool-general/Resource"),
    ("Prod", "SampleService", "/WebService/Resource"),
)


def kept(path: str, policy: str) -> Change:
    """Return a change that retains a resource."""

    def change(template: dict[str, Any]) -> None:
        found(template, path)[1]["DeletionPolicy"] = policy

    return change


def labelled(path: str, other: str, *, only_objects: bool = False) -> Change:
    """Return a change that gives the objects of a manifest the prune label of another."""

    def change(template: dict[str, Any]) -> None:
        own = found(template, path)[1]["Properties"]
        label = found(template, other)[1]["Properties"]["PruneLabel"]
        if only_objects:
            added = f'"{own["PruneLabel"]}":"","{label}"'
            own["Manifest"] = json.loads(
                json.dumps(own["Manifest"]).replace(
                    json.dumps(f'"{own["PruneLabel"]}"')[1:-1], json.dumps(added)[1:-1]
                )
            )
        else:
            own["Manifest"] = json.loads(
                json.dumps(own["Manifest"]).replace(own["PruneLabel"], label)
            )
            own["PruneLabel"] = label

    return change


def unlabelled(template: dict[str, Any]) -> None:
    """Prune by a label that no object has."""
    found(template, "/ApiService/Resource")[1]["Properties"]["PruneLabel"] += "0"


MUTATIONS: tuple[Mutation, ...] = (
    *(
        Mutation(
            rule="ORDER18",
            name=f"retained: {path} ({policy})",
            environment=environment,
            change=in_template(stack, kept(path, policy)),
            value=f"DeletionPolicy {policy}",
            fix="Set DeletionPolicy to Delete",
        )
        for environment, stack, path in RETAINED
        for policy in ("Retain", "RetainExceptOnCreate")
    ),
    *(
        Mutation(
            rule="KUBE38",
            name=f"{path} and {other} pruned by one label",
            environment="Prod",
            change=in_template(stack, labelled(path, other, only_objects=only_objects)),
            value="shared",
            fix="a prune label of its own",
        )
        for stack, path, other, only_objects in (
            ("SampleService", "/WebService/Resource", "/ApiService/Resource", False),
            ("SampleService", "/WebService/Resource", "/ApiService/Resource", True),
            ("Cluster", "/Fargate/Logging/Resource", "/DefaultStorageClass/Resource", False),
        )
    ),
    Mutation(
        rule="KUBE38",
        name="a prune label that no object has",
        environment="Prod",
        change=in_template("SampleService", unlabelled),
        value="unlabelled",
        fix="a label that all objects of the manifest have",
    ),
)
