"""When a sentence comes true: from which step of the deploy on, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from review.model import Risk
from review.moments import SAYS
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import reviewed

LASTING = ("from", "during", "deploy", "merge", "told")


@pytest.mark.parametrize(
    ("change", "of", "when"),
    [
        (
            "disk-size",
            "Node group",
            "When: while stack `Cluster` is deployed: about 2 minutes until",
        ),
        (
            "instance-type",
            "Node group",
            "When: at the end of the deploy of stack `Cluster`: the old nodes are gone after about 5",
        ),
        (
            "version-up-by-one",
            "The Kubernetes",
            "When: while stack `Cluster` is deployed, for a few minutes.",
        ),
        (
            "version-up-by-one",
            "6 add-ons",
            "When: while stack `Cluster` is deployed, until the new pods",
        ),
        (
            "fargate-selector",
            "Fargate profile",
            "When: at the end of the deploy of stack `Cluster`; a pod",
        ),
        ("nat-single", "2 NAT gateways", "Takes effect: when stack `Network` is deployed."),
        (
            "load-balancer-opened",
            "The load balancer",
            "When: once stack `SampleService` is deployed, for",
        ),
        (
            "load-balancer-opened",
            "NetworkPolicy",
            "Takes effect: when stack `SampleService` is deployed.",
        ),
        ("weakened", "**Termination", "Takes effect: with this deploy."),
        ("weakened", "Prod is", "Takes effect: as soon as it is merged."),
        ("weakened", "**Deletion", "Takes effect: when stack `Cluster` is deployed."),
    ],
)
def test_when_it_is_felt(change: str, of: str, when: str, prod: Environment, heads: Path) -> None:
    """The step of the deploy, and a time only where somebody has said or measured one."""
    (after,) = assembly_at(heads / change).environments().values()
    found = [x for x in reviewed(prod, after).environments[0].sentences if x.text.startswith(of)]
    assert found[0].when.startswith(when)


def test_traffic_is_rerouted_once() -> None:
    """A route applies as soon as it is changed."""
    one, other = (
        of_resources({"R": resource("AWS::EC2::Route", NatGatewayId=each)}) for each in ("a", "b")
    )
    (said,) = reviewed(one, other).environments[0].sentences
    assert said.when == "When: once, while stack `Main` is deployed."


def test_another_stack_in_the_reason_is_not_the_one_that_is_meant(
    dev: Environment, heads: Path
) -> None:
    """A node group gets a subnet of stack Network, and is replaced in stack Cluster."""
    (after,) = assembly_at(heads / "zone-added").environments().values()
    sentences = [*reviewed(dev, after).environments[0].sentences]
    (group,) = (each for each in sentences if each.text.startswith("Node group"))
    assert "of stack `Cluster`: the old nodes" in group.when


@pytest.mark.parametrize(
    "change", ["architecture-changed", "retention-shortened", "opened-to-partners", "weakened"]
)
def test_whatever_is_felt_has_a_time(change: str, prod: Environment, heads: Path) -> None:
    """Also what is safe; what is folded, or no step of a deploy, needs none, nor what is refused."""
    (after,) = assembly_at(heads / change).environments().values()
    for each in reviewed(prod, after).environments[0].sentences:
        felt = not each.aside and each.risk < Risk.REFUSED and each.lasts != "told"
        assert bool(each.when) is felt, each


def test_a_duration_has_a_source() -> None:
    """Nothing is invented: what has none, says only at which step it is."""
    assert all(source for name, (_, source) in SAYS.items() if name not in LASTING)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "zone-added-to-the-cluster",
            "What changes in stack `Network` is deployed before it, and stays.",
        ),
        # Network fails first.
        ("zone-removed", ""),
        ("cidr-changed", ""),
        ("sample-service-gone", ""),
    ],
)
def test_what_happens_of_a_change_that_is_refused(
    change: str, says: str, prod: Environment, dev: Environment, heads: Path
) -> None:
    """A stack that fails is rolled back; those before it stay deployed."""
    (after,) = assembly_at(heads / change).environments().values()
    (environment,) = reviewed({"Prod": prod, "Dev": dev}[after.name], after).environments
    assert {each.when for each in environment.refused} == {says}
    assert not environment.missing_consents
