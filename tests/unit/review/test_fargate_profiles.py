"""Which Fargate profile takes a Deployment's pods."""

from __future__ import annotations

from typing import Any

import pytest

from review.environment import Environment
from review.fargate_profiles import profile_of
from review.kubernetes_objects import KubernetesObject


def taken(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Tell whether a profile of one selector takes a pod in namespace `team-a`."""
    profile = {"Type": "AWS::EKS::FargateProfile", "Properties": {"Selectors": [selector]}}
    environment = Environment(name="Test", templates={"One": {"Resources": {"Profile": profile}}})
    deployment = KubernetesObject(
        stack="One",
        logical_id="Manifest",
        content={
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "team-a"},
            "spec": {"template": {"metadata": {"labels": labels}}},
        },
    )
    return profile_of(environment, deployment) is not None


@pytest.mark.parametrize(
    ("namespace", "wanted", "expected"),
    [
        ("team-a", {}, True),
        ("team-?", {}, True),
        ("team-*", {"app": "web"}, True),
        ("*", {"app": "w*"}, True),
        ("team-a", {"a??": "web"}, True),
        ("team-b", {}, False),
        ("team", {}, False),
        ("team-a", {"app": "api"}, False),
        ("team-a", {"app": "web", "size": "small"}, False),
    ],
)
def test_a_selector_wants_the_namespace_and_every_label(
    namespace: str, wanted: dict[str, str], *, expected: bool
) -> None:
    """With wildcards in both."""
    labels = [{"Key": key, "Value": value} for key, value in wanted.items()]
    selector = {"Namespace": namespace, **({"Labels": labels} if labels else {})}
    assert taken(selector, {"app": "web"}) is expected
