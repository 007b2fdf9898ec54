"""Which Fargate profile takes the pods of an object, and which pods another one takes."""

from __future__ import annotations

import json

import pytest

from assembly.kinds import PROFILE
from review.cost import profile_of
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import of_templates, reviewed

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


X, Y = ({"Key": x, "Value": "1"} for x in "xy")


@pytest.mark.parametrize(
    ("before", "after", "gone", "new"),
    [
        ([{"Namespace": "a"}], [{"Namespace": "a", "Labels": [X]}], True, False),
        ([{"Namespace": "a", "Labels": [X]}], [{"Namespace": "a"}], False, True),
        ([{"Namespace": "a", "Labels": [X]}], [{"Namespace": "a", "Labels": [X, Y]}], True, False),
        ([{"Namespace": "a", "Labels": [X]}], [{"Namespace": "a", "Labels": [Y]}], True, True),
        ([{"Namespace": "a"}], [{"Namespace": "a"}, {"Namespace": "b"}], False, True),
        ([{"Namespace": "a-1"}], [{"Namespace": "a-*"}], False, True),
        ([{"Namespace": "a"}], [{"Namespace": "a", "Labels": [X]}, {"Namespace": "a"}], False, False),
    ],
)  # fmt: skip
def test_which_pods_another_profile_takes(
    before: list[object], after: list[object], *, gone: bool, new: bool
) -> None:
    """One more label selects fewer pods."""
    one, other = (of_resources({"P": resource(PROFILE, Selectors=x)}) for x in (before, after))
    (environment,) = reviewed(one, other).environments
    details = [x for each in environment.sentences for x in each.details]
    assert any(x.startswith("Of the pods in ") for x in details) is gone, details
    assert any(x.startswith("From now on new pods in ") for x in details) is new, details
