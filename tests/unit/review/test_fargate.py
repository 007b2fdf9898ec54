"""Which Fargate profile takes the pods of an object: one of the object's own cluster."""

from __future__ import annotations

import json

import pytest

from review.cost import profile_of
from tests.unit.review.templates import of_templates

LABELS = [{"Key": "app", "Value": "w*"}]


@pytest.mark.parametrize(
    ("cluster", "kind", "selector", "taken"),
    [
        ("one", "Deployment", {"Namespace": "team-*", "Labels": LABELS}, True),
        ("one", "Deployment", {"Namespace": "team-b"}, False),
        ("two", "Deployment", {"Namespace": "team-*"}, False),
        ("one", "Service", {"Namespace": "team-*"}, False),
        ("one", "Deployment", "team-*", False),
    ],
)
def test_a_profile_takes_the_pods_that_it_selects(
    cluster: str, kind: str, selector: object, *, taken: bool
) -> None:
    """In its own cluster, where the object has pods."""
    manifest = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web", "namespace": "team-a"},
        "spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {}}},
    }
    resources = {
        "Profile": {
            "Type": "AWS::EKS::FargateProfile",
            "Properties": {"ClusterName": cluster, "Selectors": [selector]},
        },
        "Manifest": {
            "Type": "Custom::AWSCDK-EKS-KubernetesResource",
            "Properties": {"ClusterName": "one", "Manifest": json.dumps([manifest])},
        },
    }
    environment = of_templates("Test", One={"Resources": resources})
    (item,) = environment.kubernetes_objects()

    assert (profile_of(environment, item) is not None) is taken
