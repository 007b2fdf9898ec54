from __future__ import annotations

from typing import Any

import pytest

from guardrails.graph import Graph

NETWORK = {
    "Resources": {"Vpc": {}, "Subnet": {"Properties": {"VpcId": {"Ref": "Vpc"}}}},
    "Outputs": {
        "Exported": {"Value": {"Ref": "Subnet"}, "Export": {"Name": "Network:Subnet"}},
        "Shown": {"Value": {"Ref": "Vpc"}},
    },
}
CLUSTER = {
    "Resources": {"Cluster": {"Properties": {"Subnet": {"Fn::ImportValue": "Network:Subnet"}}}}
}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"Properties": {"Name": {"Ref": "First"}}}, id="Ref"),
        pytest.param({"Properties": {"Name": {"Fn::GetAtt": ["First", "Arn"]}}}, id="GetAtt"),
        pytest.param({"Properties": {"Name": {"Fn::GetAtt": "First.Arn"}}}, id="GetAtt as text"),
        pytest.param({"Properties": {"Name": {"Fn::Sub": "a-${First.Arn}"}}}, id="Sub"),
        pytest.param(
            {"Properties": {"Name": {"Fn::Sub": ["${a}", {"a": {"Ref": "First"}}]}}},
            id="Sub with variables",
        ),
        pytest.param(
            {"Properties": {"Names": [{"Fn::Join": ["", ["a", {"Ref": "First"}]]}]}}, id="Join"
        ),
        pytest.param({"DependsOn": ["First"]}, id="DependsOn"),
        pytest.param({"DependsOn": "First"}, id="DependsOn as text"),
    ],
)
def test_what_a_resource_names_comes_first(body: dict[str, Any]) -> None:
    """CloudFormation reads the order from references, and from DependsOn."""
    graph = Graph({"Stack": {"Resources": {"First": {}, "Second": body}}}, {})

    assert graph.waits_for(("Stack", "Second"), ("Stack", "First"))
    assert not graph.waits_for(("Stack", "First"), ("Stack", "Second"))


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"Name": {"Fn::Sub": "${!First}"}}, id="a dollar sign that was meant"),
        pytest.param({"Name": {"Fn::Sub": ["${First}", {"First": "a"}]}}, id="a variable"),
        pytest.param({"Name": "First"}, id="plain text"),
        pytest.param({"Name": {"Ref": "AWS::Region"}}, id="a pseudo parameter"),
    ],
)
def test_what_only_looks_like_a_reference_is_none(properties: dict[str, Any]) -> None:
    """An edge that isn't there would hide a finding."""
    graph = Graph({"Stack": {"Resources": {"First": {}, "Second": {"Properties": properties}}}}, {})

    assert not graph.waits_for(("Stack", "Second"), ("Stack", "First"))


def test_order_goes_through_any_number_of_resources() -> None:
    """The kubectl barrier stands between a manifest and the access entry."""
    graph = Graph(
        {
            "Stack": {
                "Resources": {
                    "Entry": {},
                    "Barrier": {"DependsOn": ["Entry"]},
                    "Manifest": {"DependsOn": ["Barrier"]},
                }
            }
        },
        {},
    )

    assert graph.waits_for(("Stack", "Manifest"), ("Stack", "Entry"))


def test_a_stack_that_imports_comes_after_the_whole_other_stack() -> None:
    """An export is there when its stack is complete."""
    graph = Graph({"Network": NETWORK, "Cluster": CLUSTER}, {})

    assert graph.waits_for(("Cluster", "Cluster"), ("Network", "Vpc"))
    assert not graph.waits_for(("Network", "Vpc"), ("Cluster", "Cluster"))


def test_the_cdk_deploys_a_stack_after_those_that_it_depends_on() -> None:
    """Also where nothing is imported, and through a stack between."""
    graph = Graph(
        {name: {"Resources": {"One": {}}} for name in ("A", "B", "C")},
        {"B": frozenset({"A"}), "C": frozenset({"B"})},
    )

    assert graph.waits_for(("C", "One"), ("A", "One"))
    assert not graph.waits_for(("A", "One"), ("C", "One"))


def test_stacks_that_know_nothing_of_each_other_have_no_order() -> None:
    """Nobody knows which of them is deployed first."""
    graph = Graph({"A": {"Resources": {"One": {}}}, "B": {"Resources": {"One": {}}}}, {})

    assert not graph.waits_for(("A", "One"), ("B", "One"))
    assert not graph.waits_for(("B", "One"), ("A", "One"))


def test_what_a_resource_names_itself() -> None:
    """A schedule needs the single steps, in the stack and between stacks."""
    manifest = {"DependsOn": ["Barrier"], "Properties": {"Role": {"Ref": "Role"}}}
    barrier = {"DependsOn": "Key"}
    resources = {"Key": {}, "Role": {}, "Barrier": barrier, "Manifest": manifest}
    graph = Graph({"Network": NETWORK, "Cluster": CLUSTER, "Stack": {"Resources": resources}}, {})

    assert graph.directly_before(("Stack", "Manifest")) == {("Stack", "Barrier"), ("Stack", "Role")}
    assert graph.directly_before(("Stack", "Barrier")) == {("Stack", "Key")}
    assert graph.stacks_before("Cluster") == {"Network"}
    assert graph.stacks_before("Stack") == frozenset()
