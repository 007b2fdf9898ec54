"""Which Fargate profile takes the pods of an object, and which pods another one takes."""

from __future__ import annotations

import json
from typing import Any

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


NODES = {"Type": "AWS::EKS::Nodegroup", "Properties": {"ClusterName": "one"}}
WEB = [{"Key": "tier", "Value": "web"}]


@pytest.mark.parametrize(
    ("others", "runs"),
    [
        ([], False),
        ([{"Namespace": "kube-system"}], False),
        ([{"Namespace": "jobs-*"}], False),
        ([{"Namespace": "app-jobs"}], True),
        ([{"Namespace": "*", "Labels": WEB}], True),
        ([{"Namespace": "app-*", "Labels": [{"Key": "tier", "Value": "db"}]}], False),
        (None, True),
    ],
)
def test_pods_that_a_profile_gives_up_wait_where_nothing_else_can_run_them(
    others: list[Any] | None, *, runs: bool
) -> None:
    """Another profile may take them, or nodes (None); a star may stand for any namespace."""

    def profile(*selectors: object) -> dict[str, Any]:
        properties = {"ClusterName": "one", "Selectors": selectors}
        return {"Type": "AWS::EKS::FargateProfile", "Properties": properties}

    beside = {"Nodes": NODES} if others is None else {"Other": profile(*others)} if others else {}
    before, after = (
        of_templates("Prod", Cluster={"Resources": {"Apps": profile(each), **beside}})
        for each in (
            {"Namespace": "app-*", "Labels": WEB},
            {"Namespace": "app-web", "Labels": WEB},
        )
    )
    details = [x for y in reviewed(before, after).environments[0].sentences for x in y.details]
    (said,) = (x for x in details if "no longer selects" in x)
    assert ("start again only if something else can run them" in said) is runs
    assert ("nothing in these stacks can run them" in said) is not runs


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
