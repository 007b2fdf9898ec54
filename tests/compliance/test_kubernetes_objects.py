"""Every Kubernetes object in every template is one that the API server of its cluster takes."""

from __future__ import annotations

import copy
import json
from typing import Any

import kubernetes_validate
import pytest

from assembly.kubernetes_object import KubernetesObject
from kube.validity import problems
from tests.support import Assembly, kubernetes_objects, reference, stack_paths

VERSIONS = {config.stage_id: config.cluster.kubernetes_version for config in reference()}
STACKS = [stack for stack in stack_paths() if not stack.endswith("/Network")]


def objects_of(assembly: Assembly, stage: str) -> tuple[KubernetesObject, ...]:
    """Return the Kubernetes objects of an environment."""
    return assembly.environments()[stage].kubernetes_objects()


@pytest.mark.parametrize("stage", VERSIONS)
def test_the_api_server_takes_every_object(stage: str, assembly: Assembly) -> None:
    """No unknown field, no removed API, no value that a field doesn't take."""
    found = objects_of(assembly, stage)
    assert found
    assert [
        (item.kind, item.name, str(problem))
        for item in found
        for problem in problems(item.content, VERSIONS[stage])
    ] == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_validator_of_others_agrees(stack: str, assembly: Assembly) -> None:
    """By the same schemas, strictly."""
    version = VERSIONS[stack.split("/", maxsplit=1)[0]]
    for _, item in kubernetes_objects(assembly.templates[stack]):
        kubernetes_validate.validate(item, version, strict=True)


def test_a_wrong_field_would_be_seen(assembly: Assembly) -> None:
    """By both."""
    version = VERSIONS["Prod"]
    item = next(each for each in objects_of(assembly, "Prod") if each.kind == "Deployment")
    broken: dict[str, Any] = copy.deepcopy(dict(item.content))
    broken["spec"]["replica"] = 3

    assert [problem.field for problem in problems(broken, version)] == ["spec.replica"]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(json.loads(json.dumps(broken)), version, strict=True)
