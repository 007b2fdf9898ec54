from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.data_plane import platform_profile
from tests.support import Template, resources_of
from tests.unit.constructs_lib.templates import add_on, depends_on, one, properties
from tests.unit.constructs_lib.variants import Variants

DNS = ("k8s-app", "kube-dns")
CONTROLLER = ("app.kubernetes.io/name", "aws-load-balancer-controller")
METRICS = ("app.kubernetes.io/name", "metrics-server")


@pytest.mark.parametrize(
    ("coredns", "all_of_it", "selected"),
    [
        (False, False, []),
        (True, False, [DNS]),
        (False, True, [CONTROLLER, METRICS]),
        (True, True, [DNS, CONTROLLER, METRICS]),
    ],
)
def test_the_platforms_own_pods_on_fargate(
    coredns: bool,  # noqa: FBT001  # a column of the table
    all_of_it: bool,  # noqa: FBT001
    selected: list[tuple[str, str]],
) -> None:
    """CoreDNS where it is asked for, and everything where there are no nodes; by labels."""
    profiles = platform_profile(coredns=coredns, all_of_it=all_of_it)
    selectors = [selector for profile in profiles for selector in profile.selectors]
    assert [tuple(selector.labels.items()) for selector in selectors] == [
        (pair,) for pair in selected
    ]
    assert {selector.namespace for selector in selectors} <= {"kube-system"}
    assert [profile.name for profile in profiles] == (["Platform"] if selected else [])


def platform(template: Template) -> list[dict[str, Any]]:
    """Return the selectors of the platform's own profile."""
    name = one(template, "AWS::EKS::FargateProfile", "DataPlaneFargateProfilesPlatform")
    found: list[dict[str, Any]] = properties(template, name)["Selectors"]
    return found


def test_a_cluster_without_nodes_runs_the_platform_on_fargate(variants: Variants) -> None:
    """CoreDNS, the controller and the metrics server all have somewhere to run."""
    template = variants.platforms.templates["FargateOnly/Cluster"]
    assert not resources_of(template, "AWS::EKS::Nodegroup")
    labels = [selector["Labels"][0]["Value"] for selector in platform(template)]
    assert labels == ["kube-dns", "aws-load-balancer-controller", "metrics-server"]


def test_with_nodes_only_coredns_moves_to_fargate(variants: Variants) -> None:
    """The other pods of kube-system stay on the nodes."""
    labels = [
        selector["Labels"][0]["Value"]
        for selector in platform(variants.platforms.templates["Closed/Cluster"])
    ]
    assert labels == ["kube-dns"]


@pytest.mark.parametrize("stack", ["Closed/Cluster", "FargateOnly/Cluster", "Existing/Cluster"])
def test_coredns_waits_for_all_of_the_data_plane(stack: str, variants: Variants) -> None:
    """The add-on is healthy only once its pods run somewhere."""
    template = variants.platforms.templates[stack]
    compute = {
        *resources_of(template, "AWS::EKS::Nodegroup"),
        *resources_of(template, "AWS::EKS::FargateProfile"),
    }
    assert compute <= depends_on(template, add_on(template, "coredns"))
