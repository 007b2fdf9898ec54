"""Kubernetes objects of a few lines, for tests of rules."""

from __future__ import annotations

import json
from typing import Any

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from guardrails.catalogue import RULES
from guardrails.rule import Finding
from tests.unit.guardrails.environments import TODAY, of_resources

Json = dict[str, Any]
LABELS = {"app": "web"}
FARGATE: Json = {
    "Type": "AWS::EKS::FargateProfile",
    "Properties": {
        "ClusterName": "test",
        "Selectors": [{"Namespace": "run-*", "Labels": [{"Key": "app", "Value": "we?"}]}],
    },
}


def environment(*objects: Json, **resources: Json) -> Environment:
    """Return an environment with these objects in one manifest, and with these resources.

    A `${Name}` in an object is filled in at deploy.
    """
    manifest = {
        "Type": MANIFEST,
        "Properties": {"ClusterName": "test", "Manifest": {"Fn::Sub": json.dumps(objects)}},
    }
    return of_resources(TODAY, Manifest=manifest, **resources)


def item(kind: str, name: str = "web", *, namespace: str = "shop", **fields: object) -> Json:
    """Return an object."""
    versions = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1"}
    return {
        "apiVersion": versions.get(kind, "v1"),
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        **fields,
    }


def workload(
    kind: str = "Deployment",
    *,
    namespace: str = "shop",
    pod: Json | None = None,
    container: Json | None = None,
    **spec: object,
) -> Json:
    """Return a workload with one container; `pod` and `container` are fields of the two."""
    return item(
        kind,
        namespace=namespace,
        spec={
            "selector": {"matchLabels": LABELS},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "containers": [{"name": "main", "image": "nginx", **(container or {})}],
                    **(pod or {}),
                },
            },
            **spec,
        },
    )


def findings(rule_id: str, environment: Environment) -> list[Finding]:
    """Return the findings of one rule."""
    rule = next(rule for rule in RULES if rule.id == rule_id)
    return [*rule.check(environment)]


def values(rule_id: str, environment: Environment) -> list[str]:
    """Return the value of each finding of one rule."""
    return [finding.value for finding in findings(rule_id, environment)]
