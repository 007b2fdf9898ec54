"""When each resource of a first deploy is made, and what everything waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from review.environment import Environment
from review.pictures.deploy_graph import schedule_of, stacks_of
from review.pictures.durations import Duration, duration_of

CLUSTER, GROUP, ADD_ON = "AWS::EKS::Cluster", "AWS::EKS::Nodegroup", "AWS::EKS::Addon"
LENGTHS = {CLUSTER: 9.0, GROUP: 3.0, ADD_ON: 1.0}


def length(duration: Duration) -> float:
    """Return round minutes for the types of these tests, and a tenth for others."""
    return next(
        (minutes for kind, minutes in LENGTHS.items() if duration_of(kind) == duration), 0.1
    )


def resource(kind: str, *refs: str, after: tuple[str, ...] | str = ()) -> dict[str, Any]:
    """Return a resource that refers to others."""
    depends = {"DependsOn": after if isinstance(after, str) else list(after)} if after else {}
    return {"Type": kind, "Properties": {"Of": [{"Ref": each} for each in refs]}, **depends}


def environment(**stacks: Mapping[str, Any]) -> Environment:
    """Return an environment of some stacks, each of resources by their logical ids."""
    return Environment(
        name="Test", templates={name: {"Resources": found} for name, found in stacks.items()}
    )


def test_a_resource_waits_for_what_it_refers_to_and_depends_on() -> None:
    """The longest way counts; what nobody waits for runs meanwhile."""
    found = schedule_of(
        environment(
            Cluster={
                "Late": resource(ADD_ON, after=("Group", "Early")),
                "Group": resource(GROUP, "Cluster", after="Early"),
                "Early": resource(ADD_ON, "Cluster"),
                "Other": resource(GROUP, "Cluster"),
                "Cluster": resource(CLUSTER),
            }
        ),
        length,
    )
    begun = {logical_id: minute for (_, logical_id), minute in found.begun.items()}
    assert begun == {"Cluster": 0, "Early": 9, "Other": 9, "Group": 10, "Late": 13}
    assert found.total == 14
    assert [logical_id for _, logical_id in found.critical] == ["Cluster", "Early", "Group", "Late"]


def test_references_in_any_form_count() -> None:
    """Fn::GetAtt, and the names in an Fn::Sub."""
    for value in ({"Fn::GetAtt": ["Cluster", "Arn"]}, {"Fn::Sub": "of ${Cluster.Arn}"}):
        group = {"Type": GROUP, "Properties": {"Of": value}}
        found = schedule_of(environment(One={"Cluster": resource(CLUSTER), "Group": group}), length)
        assert found.begun["One", "Group"] == 9


def test_a_stack_waits_for_all_of_the_stack_before() -> None:
    """As `cdk deploy` does, whatever the resources refer to."""
    found = schedule_of(
        environment(
            First={"Slow": resource(CLUSTER), "Quick": resource(ADD_ON)},
            Second={"Group": resource(GROUP)},
        ),
        length,
    )
    assert found.begun["Second", "Group"] == 9
    assert found.total == 12
    assert found.critical == (("First", "Slow"), ("Second", "Group"))


def test_what_exports_comes_before_what_imports() -> None:
    """Whatever the order of the templates."""
    importing = {
        "Resources": {"Group": {"Type": GROUP, "Properties": {"Of": {"Fn::ImportValue": "A:Id"}}}}
    }
    exporting = {
        "Resources": {"Cluster": resource(CLUSTER)},
        "Outputs": {"Id": {"Value": {"Ref": "Cluster"}, "Export": {"Name": "A:Id"}}},
    }
    templates = {"Later": importing, "Sooner": exporting}
    assert stacks_of(Environment(name="Test", templates=templates)) == ["Sooner", "Later"]


def test_resources_that_wait_for_each_other_are_an_error() -> None:
    """CloudFormation refuses them, too; the message shows the circle."""
    circle = {"A": resource(GROUP, "B"), "B": resource(GROUP, "A")}
    with pytest.raises(ValueError, match=r"resources of stack One wait for each other: \w → \w"):
        schedule_of(environment(One=circle), length)


def test_stacks_that_import_from_each_other_are_an_error() -> None:
    """There is no order to deploy them in."""

    def stack(exported: str, imported: str) -> dict[str, Any]:
        of = {"Fn::ImportValue": imported}
        return {
            "Resources": {"Group": {"Type": GROUP, "Properties": {"Of": of}}},
            "Outputs": {"Id": {"Value": {"Ref": "Group"}, "Export": {"Name": exported}}},
        }

    both = {"One": stack("a", "b"), "Two": stack("b", "a")}
    with pytest.raises(ValueError, match="the stacks One, Two import from each other"):
        stacks_of(Environment(name="Test", templates=both))


def test_nothing_takes_no_time() -> None:
    """An environment whose templates are empty."""
    found = schedule_of(environment(One={}), length)
    assert (found.total, found.critical) == (0, ())


def test_the_order_of_the_platform(peers: Mapping[str, Environment]) -> None:
    """The CNI before any node, the controller after the nodes, the sample service at the end."""
    for peer in ("Dev", "Prod", "Closed"):
        environment = peers[peer]
        found = schedule_of(environment, lambda each: each.middle)
        begun = {
            (each.type, str(each.properties.get("AddonName", ""))): found.begun[
                each.stack, each.logical_id
            ]
            for each in environment.resources
        }
        nodes = begun[GROUP, ""]
        assert begun[CLUSTER, ""] < begun[ADD_ON, "vpc-cni"] < nodes < begun[ADD_ON, "coredns"]
        assert nodes < begun["Custom::AWSCDK-EKS-HelmChart", ""]
        first = min(
            minute for (stack, _), minute in found.begun.items() if stack == "SampleService"
        )
        assert first == max(
            minute for (stack, _), minute in found.done.items() if stack == "Cluster"
        )


def test_every_duration_has_a_source() -> None:
    """And is a range; what isn't listed takes seconds."""
    assert duration_of("AWS::EKS::Cluster") == Duration(low=8.3, high=15)
    assert duration_of("AWS::IAM::Role").high < 1
    assert duration_of("AWS::EKS::Cluster").middle == pytest.approx(11.65)
