from __future__ import annotations

import pytest

from tests.support import Assembly, Template, resources_of
from tests.unit.constructs_lib.templates import add_on, depends_on
from tests.unit.constructs_lib.variants import Variants

FIRST = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")
STACKS = ("Closed/Cluster", "FargateOnly/Cluster", "Existing/Cluster", "Bare/Cluster")


def compute(template: Template) -> list[str]:
    """Return every node group and Fargate profile."""
    return [
        *resources_of(template, "AWS::EKS::Nodegroup"),
        *resources_of(template, "AWS::EKS::FargateProfile"),
    ]


@pytest.mark.parametrize("name", FIRST)
@pytest.mark.parametrize("stack", STACKS)
def test_the_network_of_pods_stands_before_anything_runs(
    stack: str, name: str, variants: Variants
) -> None:
    """A node that joins before the CNI is configured keeps the wrong settings until it is replaced."""
    template = variants.platforms.templates[stack]
    before = add_on(template, name)
    assert compute(template)
    for resource in compute(template):
        assert before in depends_on(template, resource), resource


@pytest.mark.parametrize("stack", ["Dev/Cluster", "Prod/Cluster"])
def test_the_order_holds_in_the_environments(stack: str, assembly: Assembly) -> None:
    """Agent, kube-proxy and CNI stand before nodes and profiles of dev and prod."""
    template = assembly.templates[stack]
    for resource in compute(template):
        assert {add_on(template, name) for name in FIRST} <= depends_on(template, resource)


@pytest.mark.parametrize("stack", STACKS)
def test_the_agent_stands_before_the_cni(stack: str, variants: Variants) -> None:
    """Without the agent the CNI gets no credentials."""
    template = variants.platforms.templates[stack]
    agent = add_on(template, "eks-pod-identity-agent")
    assert agent in depends_on(template, add_on(template, "vpc-cni"))


@pytest.mark.parametrize("stack", STACKS)
def test_each_is_installed_once(stack: str, variants: Variants) -> None:
    """The L2 adds an agent of its own, without a version, as soon as somebody asks it for one."""
    names = [
        resource["Properties"]["AddonName"]
        for resource in resources_of(
            variants.platforms.templates[stack], "AWS::EKS::Addon"
        ).values()
    ]
    assert len(names) == len(set(names))
    assert set(FIRST) <= set(names)
