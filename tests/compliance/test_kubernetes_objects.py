"""Every Kubernetes object in every template is one that its Kubernetes version knows."""

from __future__ import annotations

import json

import kubernetes_validate
import pytest

import environments
from tests.support import Assembly, kubernetes_objects, stack_paths

VERSIONS = {config.stage_id: config.cluster.kubernetes_version for config in environments.load()}
STACKS = [stack for stack in stack_paths() if not stack.endswith("/Network")]


@pytest.mark.parametrize("stack", STACKS)
def test_objects_meet_the_schema(stack: str, assembly: Assembly) -> None:
    """Strictly: an unknown field, a removed API or a wrong type fails."""
    version = VERSIONS[stack.split("/", maxsplit=1)[0]]
    objects = list(kubernetes_objects(assembly.templates[stack]))
    assert objects
    for _, item in objects:
        kubernetes_validate.validate(item, version, strict=True)


def test_a_wrong_field_would_be_seen(assembly: Assembly) -> None:
    """The schemas are those of the version, and strict."""
    item = next(
        item
        for _, item in kubernetes_objects(assembly.templates["Prod/SampleService"])
        if item["kind"] == "Deployment"
    )
    broken = json.loads(json.dumps(item))
    broken["spec"]["replica"] = 3
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS["Prod"], strict=True)
