from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from guardrails.catalogue import RULES
from guardrails.rule import CHECKS
from tests.unit.guardrails.environments import TODAY, of_resources
from tests.unit.guardrails.rules.objects import FARGATE, LABELS, Json, item, workload

NAMESPACE: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "run-here"}}
NAMED = {"namespace": "run-here"}
WEB = workload(
    namespace="run-here",
    container={"ports": [{"name": "http", "containerPort": 80}]},
)
OBJECTS = [
    NAMESPACE,
    WEB,
    item(
        "Service",
        "api",
        **NAMED,
        spec={"selector": LABELS, "ports": [{"port": 80, "targetPort": "http"}]},
    ),
    {
        **item("NetworkPolicy", spec={"podSelector": {"matchLabels": LABELS}}, **NAMED),
        "apiVersion": "networking.k8s.io/v1",
    },
]
WHOLE: tuple[tuple[str | int, ...], ...] = (
    (),
    (0,),
    (1,),
    (1, "spec"),
    (1, "spec", "template"),
    (1, "spec", "template", "metadata"),
    (1, "spec", "template", "metadata", "labels"),
    (1, "spec", "template", "spec"),
    (1, "spec", "template", "spec", "containers"),
    (1, "spec", "template", "spec", "containers", 0),
    (1, "spec", "template", "spec", "containers", 0, "ports"),
    (2, "spec", "ports", 0),
    (2, "spec", "selector"),
    (3, "spec", "podSelector"),
)
ABOUT = {"KUBE2", "KUBE3", "KUBE23", "KUBE25", "KUBE27", "KUBE34"}


def made(objects: Any) -> Environment:  # noqa: ANN401  # a list, or a function
    """Return an environment with these objects."""
    cluster = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test"}}
    manifest = {"Type": MANIFEST, "Properties": {"ClusterName": "test", "Manifest": objects}}
    return of_resources(TODAY, Manifest=manifest, Profile=FARGATE, Cluster=cluster)


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: ".".join(map(str, path)) or "all")
def test_what_a_deploy_fills_in_breaks_no_rule(path: tuple[str | int, ...]) -> None:
    """It may be right."""
    objects: Any = {"top": copy.deepcopy(OBJECTS)}
    holder: Any = objects
    *steps, last = ("top", *path)
    for step in steps:
        holder = holder[step]
    holder[last] = {"Ref": "Nobody"}
    there = made(objects["top"])
    asked = [rule for rule in RULES if rule.id in ABOUT & CHECKS.keys()]
    assert [(rule.id, each.value) for rule in asked for each in rule.check(there)] == []


def test_the_same_objects_without_pods_break_rules() -> None:
    """The rules look at them."""
    objects = json.loads(json.dumps(OBJECTS).replace('"labels": {"app"', '"labels": {"app-x"'))
    found = {rule.id for rule in RULES if rule.id in ABOUT for _ in rule.check(made(objects))}
    assert {"KUBE2", "KUBE34"} <= found
