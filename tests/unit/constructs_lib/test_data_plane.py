from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from constructs_lib.fargate_profiles import platform_profile
from constructs_lib.specs.compute_protocol import ComputeSpec
from examples.auto_mode import ENVIRONMENT as AUTO_MODE
from examples.fargate_only import ENVIRONMENT as FARGATE
from examples.karpenter import ENVIRONMENT as NODES
from examples.smallest import ENVIRONMENT as SMALLEST
from tests.support import Template, resources_of
from tests.unit.constructs_lib.templates import add_on, depends_on, one, properties
from tests.unit.constructs_lib.variants import Variants

DNS = ("k8s-app", "kube-dns")
CONTROLLER = ("app.kubernetes.io/name", "aws-load-balancer-controller")
METRICS = ("app.kubernetes.io/name", "metrics-server")
KARPENTER = ("app.kubernetes.io/name", "karpenter")


@pytest.mark.parametrize(
    ("compute", "coredns", "selected"),
    [
        (SMALLEST.node_groups, False, []),
        (SMALLEST.node_groups, True, [DNS]),
        ((AUTO_MODE.auto_mode, *FARGATE.fargate_profiles), False, []),
        ((*NODES.node_groups, NODES.karpenter), False, []),
        (FARGATE.fargate_profiles, False, [CONTROLLER, METRICS]),
        (FARGATE.fargate_profiles, True, [DNS, CONTROLLER, METRICS]),
        ((NODES.karpenter,), True, [DNS, CONTROLLER, METRICS, KARPENTER]),
    ],
)
def test_the_platforms_own_pods_on_fargate(
    compute: Sequence[ComputeSpec],
    coredns: bool,  # noqa: FBT001  # a column of the table
    selected: list[tuple[str, str]],
) -> None:
    """CoreDNS where it is asked for, and everything where no compute hosts it; by labels."""
    profiles = platform_profile(compute, coredns=coredns)
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
