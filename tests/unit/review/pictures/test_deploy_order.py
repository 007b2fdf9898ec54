from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from review.pictures.deploy_order import DeployOrder, Step, deploy_order_of
from review.pictures.gallery import pictures
from tests.unit.review.pictures.svg_checks import tags
from tests.unit.review.templates import of_templates, reviewed, with_resource, without


def step(order: DeployOrder, title: str) -> Step:
    """Return the step whose title begins so."""
    return next(each for each in order.steps if each.title.startswith(title))


def small(**resources: object) -> Environment:
    """Return an environment of one stack."""
    return of_templates("Small", Stack={"Resources": resources})


def test_one_resource_after_another() -> None:
    """A NAT gateway (1.4 to 2.1 minutes) after a key (0.25 to 0.5), beside another key."""
    order = deploy_order_of(
        small(
            First={"Type": "AWS::KMS::Key"},
            Beside={"Type": "AWS::KMS::Key"},
            Gateway={"Type": "AWS::EC2::NatGateway", "DependsOn": "First"},
        )
    )

    assert (order.least, order.about, order.most) == (15 + 84, 22 + 105, 30 + 126)
    # Beside is as long as First, and short enough to be left out.
    assert [(each.title, each.start, each.end, each.critical) for each in order.steps] == [
        ("KMS key First", 0, 22, True),
        ("NAT gateway Gateway", 22, 127, True),
    ]
    assert [each.follows for each in order.steps] == ["", "step Stack First"]


def test_resources_that_begin_and_end_together_are_one_step() -> None:
    """Three gateways side by side are one row, and of many only the number is told."""
    gateway = {"Type": "AWS::EC2::NatGateway"}
    three = deploy_order_of(small(**{f"Zone{each}": gateway for each in "ABC"}))
    many = deploy_order_of(small(**{f"Zone{each}": gateway for each in "ABCDE"}))

    assert [each.title for each in three.steps] == ["NAT gateways ZoneA, ZoneB and ZoneC"]
    assert [each.title for each in many.steps] == ["5 NAT gateways"]


def test_an_empty_stack_takes_no_time() -> None:
    """It holds up nobody either."""
    order = deploy_order_of(
        of_templates(
            "Odd",
            One={"Resources": {"Key": {"Type": "AWS::KMS::Key"}}},
            Empty={},
            Two={"Resources": {"Key": {"Type": "AWS::KMS::Key"}}},
        )
    )

    assert [(each.stack, each.seconds) for each in order.stages] == [
        ("One", 22),
        ("Empty", 0),
        ("Two", 22),
    ]
    assert [(each.start, each.end) for each in order.steps] == [(0, 22), (22, 44)]
    assert deploy_order_of(small()).about == 0


def test_a_stack_comes_after_those_that_it_imports_from(prod: Environment) -> None:
    """Whatever the order that the assembly lists them in."""
    backwards = replace(prod, stacks=dict(reversed([*prod.stacks.items()])))

    assert [each.stack for each in deploy_order_of(backwards).stages] == [
        "Network",
        "Cluster",
        "SampleService",
    ]
    assert deploy_order_of(backwards).about == deploy_order_of(prod).about


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_critical_path_has_no_gaps(name: str, request: pytest.FixtureRequest) -> None:
    """Each step begins when the one before it has ended, from the start to the end."""
    order = deploy_order_of(request.getfixturevalue(name))
    path = [each for each in order.steps if each.critical]

    assert path[0].start == 0
    assert path[-1].end == order.about
    for earlier, later in pairwise(path):
        assert later.start == earlier.end
        assert later.follows == earlier.key
    assert all(not each.follows for each in order.steps if not each.critical)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_nothing_begins_before_what_it_needs(name: str, request: pytest.FixtureRequest) -> None:
    """Nodes need their network, CoreDNS needs nodes, and a load balancer its controller."""
    environment: Environment = request.getfixturevalue(name)
    order = deploy_order_of(environment)
    titles = ("cluster", "add-on vpc-cni", "node group General", "add-ons coredns", "Helm release")
    times = [(step(order, title).start, step(order, title).end) for title in titles]

    assert all(earlier[1] <= later[0] for earlier, later in pairwise(times))
    network, cluster, service = order.stages
    assert [each.steps[0].start for each in (cluster, service)] == [
        network.seconds,
        network.seconds + cluster.seconds,
    ]
    assert step(order, "Namespace sample").start >= times[-1][1]


def test_the_path_of_prod(prod: Environment) -> None:
    """The control plane decides most of it; what runs beside it doesn't count."""
    order = deploy_order_of(prod)

    path = [each.title for each in order.steps if each.critical]
    before = path.index("cluster groundwork-prod") - 1
    assert path[before] == "log group /aws/eks/groundwork-prod/cluster"
    assert path[-1] == "Kubernetes value LoadBalancerAddress"
    assert not step(order, "NAT gateways").critical
    assert step(order, "cluster").seconds > order.about / 2


@pytest.mark.parametrize(
    ("change", "marked"),
    [
        pytest.param("nat-single", ["changed"], id="fewer gateways"),
        pytest.param("new-node-group", ["changed"], id="two groups at once"),
        pytest.param("maximum-nodes", [], id="a number"),
        pytest.param("access-entry-added", [], id="one more of what takes seconds"),
    ],
)
def test_what_differs_is_marked(
    change: str, marked: list[str], heads: Path, prod: Environment
) -> None:
    """A step that only begins later is not."""
    after = assembly_at(heads / change).environments()["Prod"]

    picture = next(each for each in pictures(prod, after) if each.key == "deploy-order")

    assert tags(picture.after) == marked


def test_a_stack_that_goes_is_marked_before(prod: Environment, heads: Path) -> None:
    """In the picture after it is missing, and the whole takes less."""
    after = assembly_at(heads / "sample-service-gone").environments()["Prod"]
    (found,) = reviewed(prod, after).environments

    # It still runs, and a first deploy no longer makes it.
    shown = pictures(found.before, found.after, gone=found.gone)
    picture = next(each for each in shown if each.key == "deploy-order")
    assert found.gone == ("Prod/SampleService",)
    assert "removed" not in tags(next(each for each in shown if each.key == "network").before)

    # The service's steps, and the whole with what else it needed.
    assert tags(picture.before).count("removed") >= 5
    assert "changed" in tags(picture.before)
    assert "removed" not in tags(picture.after)


def test_marks_stay_with_what_differs(prod: Environment) -> None:
    """A longer step that pushes all others back leaves them unmarked."""
    after = with_resource(prod, "Network", "Slow", "AWS::EKS::FargateProfile", {})
    old, new = deploy_order_of(prod).facts, deploy_order_of(after).facts

    differing = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    assert "step Network Slow" in differing
    assert not any(key.startswith("step Cluster") for key in differing)
    assert deploy_order_of(without(after, "Network", "Slow")).facts == old
