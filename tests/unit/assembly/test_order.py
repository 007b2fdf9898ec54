from __future__ import annotations

import pytest

from assembly.environment import Environment
from tests.unit.assembly.stacks import environment, resource, stack, template


def waits(found: Environment, later: str, earlier: str) -> bool:
    """Tell whether one waits for the other, each written as `Stack/Id`."""
    one, other = (
        (f"Test/{path}", name)
        for path, _, name in (each.rpartition("/") for each in (later, earlier))
    )
    return found.order.waits_for(one, other)


@pytest.mark.parametrize(
    "later",
    [
        resource(Value={"Ref": "A"}),
        resource(Value={"Fn::GetAtt": ["A", "Arn"]}),
        resource(Value={"Fn::GetAtt": "A.Arn"}),
        resource(Value={"Fn::Sub": "x ${A.Arn}"}),
        resource(Value={"Fn::Sub": ["${X}", {"X": {"Ref": "A"}}]}),
        resource(Value={"Fn::If": ["C", {"Ref": "A"}, "b"]}),
        # CloudFormation reads what stands there, not what a function makes of it.
        resource(Value={"Fn::Select": [1, [{"Ref": "A"}, "b"]]}),
        {**resource(), "DependsOn": "A"},
        {**resource(), "DependsOn": ["X", "A"]},
    ],
    ids=str,
)
def test_every_way_of_naming_a_resource_is_an_edge(later: object) -> None:
    found = environment(One=template(A=resource(), B=later, C=resource(Value={"Ref": "B"})))
    assert waits(found, "One/B", "One/A")
    assert waits(found, "One/C", "One/A")
    assert not waits(found, "One/A", "One/B")


@pytest.mark.parametrize(
    "other",
    [
        resource(Value={"Fn::Sub": "${!A}"}),
        resource(Value={"Fn::Sub": ["${A}", {"A": "x"}]}),
        resource(Value={"Fn::If": ["C", "b", {"Ref": "A"}]}),
        resource(Value={"Ref": "A", "More": 1}),
        {**resource(), "DependsOn": {"Ref": "A"}},
    ],
    ids=str,
)
def test_what_only_looks_like_it_is_none(other: object) -> None:
    """Of two branches, the one that is taken counts."""
    assert not waits(environment(One=template(A=resource(), B=other)), "One/B", "One/A")


def test_of_a_condition_that_does_not_hold_the_other_branch_counts() -> None:
    body = {
        **template(A=resource(), B=resource(Value={"Fn::If": ["C", "b", {"Ref": "A"}]})),
        "Conditions": {"C": {"Fn::Equals": ["a", "b"]}},
    }
    assert waits(environment(One=body), "One/B", "One/A")


def test_nothing_waits_for_what_is_not_there() -> None:
    found = environment(One=template(B={**resource(), "DependsOn": "Nobody"}))
    assert found.order.before(("Test/One", "B")) == frozenset()


def test_a_stack_follows_those_that_it_imports_from_and_depends_on() -> None:
    one = {**template(A=resource()), "Outputs": {"O": {"Value": "x", "Export": {"Name": "E"}}}}
    two = template(B=resource(Value={"Fn::ImportValue": "E"}))
    three = stack("Three", template(C=resource()), depends_on=frozenset({"Test/Two", "Elsewhere"}))
    found = environment(One=one, Two=two, Three=three)
    assert waits(found, "Two/B", "One/A")
    assert waits(found, "Three/C", "One/A")
    assert not waits(found, "One/A", "Three/C")
    assert found.order.stacks_before("Test/Three") == {"Test/One", "Test/Two"}


def test_a_circle_ends() -> None:
    found = environment(
        One=template(A=resource(Value={"Ref": "B"}), B=resource(Value={"Ref": "A"}))
    )
    assert waits(found, "One/A", "One/B")
    assert waits(found, "One/B", "One/A")
