from __future__ import annotations

import pytest

from assembly.environment import Environment
from assembly.worlds import MOST, worlds
from tests.unit.assembly.stacks import REGION, environment, resource, stack, template

BRANCHES = {"Fn::If": ["C", "yes", "no"]}
IS_PROD = {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}


def values(found: Environment) -> list[object]:
    """Return the property Value of every resource, in each world once."""
    seen = (each.properties.get("Value") for world in worlds(found) for each in world.resources())
    return list(dict.fromkeys(seen))


CONDITIONS = {
    "a parameter": (IS_PROD, ["yes", "no"]),
    "not": ({"Fn::Not": [IS_PROD]}, ["no", "yes"]),
    "and": ({"Fn::And": [IS_PROD, {"Fn::Equals": ["a", "b"]}]}, ["no"]),
    "or": ({"Fn::Or": [IS_PROD, {"Fn::Equals": ["a", "a"]}]}, ["yes"]),
    "another condition": ({"Condition": "D"}, ["yes", "no"]),
    "equal texts": ({"Fn::Equals": ["a", "a"]}, ["yes"]),
    "other texts": ({"Fn::Equals": ["a", "b"]}, ["no"]),
    "a known region": ({"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}, ["yes"]),
    "a known partition": ({"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}, ["no"]),
    "an unknown account": ({"Fn::Equals": [{"Ref": "AWS::AccountId"}, "1"]}, ["yes", "no"]),
    "itself": ({"Condition": "C"}, ["yes", "no"]),
    "nonsense": ("nonsense", ["yes", "no"]),
    "null": (None, ["yes", "no"]),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_both_branches_are_seen_unless_one_can_be_decided(case: str) -> None:
    condition, expected = CONDITIONS[case]
    body = {
        **template(It=resource(Value=BRANCHES)),
        "Conditions": {"C": condition, "D": IS_PROD},
        "Parameters": {"Stage": {"Type": "String"}},
    }
    assert values(environment(One=stack("One", body, region=REGION))) == expected


def test_a_condition_that_nobody_declares_may_hold_or_not() -> None:
    assert values(environment(One=template(It=resource(Value=BRANCHES)))) == ["yes", "no"]


def test_a_parameter_is_its_default_until_a_condition_asks() -> None:
    """First comes what a deploy takes by itself, and in its world the parameter agrees."""
    body = {
        **template(It=resource(Value={"Fn::If": ["C", {"Ref": "Stage"}, {"Ref": "Stage"}]})),
        "Conditions": {"C": IS_PROD},
        "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
    }
    assert values(environment(One=body)) == ["dev", "${Stage}", "prod"]


def test_a_resource_is_there_where_its_condition_holds() -> None:
    body = {
        **template(It={**resource(Value=1), "Condition": "C"}),
        "Conditions": {"C": IS_PROD},
        "Parameters": {"Stage": {"Type": "String"}},
    }
    found = worlds(environment(One=body))
    assert [len(world.resources()) for world in found] == [1, 0]


def test_a_nested_stack_asks_for_what_it_is_given() -> None:
    """A parameter of the stack around it has both values there, and a region is decided."""
    given = {"Stage": {"Ref": "Outer"}, "Region": {"Ref": "AWS::Region"}}
    outer = {
        **template(Inner=resource("AWS::CloudFormation::Stack", Parameters=given)),
        "Parameters": {"Outer": {"Type": "String", "Default": "dev"}},
    }
    where = {"Fn::If": ["D", "in Virginia", "elsewhere"]}
    inner = {
        **template(
            A=resource(Value=BRANCHES), B=resource(Value=where), C=resource(Value={"Ref": "Stage"})
        ),
        "Conditions": {"C": IS_PROD, "D": {"Fn::Equals": [{"Ref": "Region"}, "us-east-1"]}},
        "Parameters": {name: {"Type": "String"} for name in given},
    }
    found = environment(
        One=stack("One", outer, region=REGION),
        Two=stack("Two", inner, region=REGION, nested_in=("Test/One", "Inner")),
    )
    seen = [
        [each.properties.get("Value") for each in world.resources()[1:]] for world in worlds(found)
    ]
    assert seen == [
        ["no", "elsewhere", "dev"],
        ["no", "elsewhere", "${Outer}"],
        ["yes", "elsewhere", "prod"],
    ]


def test_only_allowed_values_are_looked_at() -> None:
    parameter = {"Type": "String", "AllowedValues": ["dev", "prod"]}
    body = {
        **template(It=resource(Value={"Fn::FindInMap": ["Map", {"Ref": "Stage"}, "x"]})),
        "Conditions": {"C": IS_PROD},
        "Parameters": {"Stage": parameter},
        "Mappings": {"Map": {"dev": {"x": "d"}, "prod": {"x": "p"}}},
    }
    assert values(environment(One=body)) == ["p", "d"]


def test_the_usual_partition_comes_first() -> None:
    condition = {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}
    body = {**template(It=resource(Value=BRANCHES)), "Conditions": {"C": condition}}
    assert values(environment(One=body)) == ["no", "yes"]


def test_values_that_exclude_each_other_are_never_true_at_once() -> None:
    is_dev = {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}
    body = {
        **template(A={**resource(), "Condition": "C"}, B={**resource(), "Condition": "D"}),
        "Conditions": {"C": IS_PROD, "D": is_dev},
        "Parameters": {"Stage": {"Type": "String"}},
    }
    found = [
        [each.logical_id for each in world.resources()] for world in worlds(environment(One=body))
    ]
    assert found == [["A"], [], ["B"]]


def test_many_conditions_are_seen_one_by_one() -> None:
    """Every branch is seen, and the number of ways stays small."""
    names = [f"C{n}" for n in range(10)]
    body = {
        **template(
            **{name: resource(Value={"Fn::If": [name, name, f"not {name}"]}) for name in names}
        ),
        "Conditions": {name: {"Fn::Equals": [{"Ref": f"P{name}"}, "x"]} for name in names},
        "Parameters": {f"P{name}": {"Type": "String"} for name in names},
    }
    found = environment(One=body)
    assert len(worlds(found)) <= MOST
    assert set(values(found)) == {*names, *(f"not {name}" for name in names)}


def test_of_many_conditions_some_depend_on_one_variable_or_on_each_other() -> None:
    """A variable has several values, and a branch stands below two conditions that don't hold."""
    names = [f"C{n}" for n in range(6)]
    body = {
        **template(
            A=resource(Value={"Fn::If": ["C0", "a", {"Fn::If": ["C1", "b", "c"]}]}),
            B=resource(Value={"Fn::If": ["Third", "d", "e"]}),
        ),
        "Conditions": {
            **{name: {"Fn::Equals": [{"Ref": f"P{name}"}, "x"]} for name in names},
            "Second": {"Fn::Equals": [{"Ref": "P"}, "second"]},
            "Third": {"Fn::Equals": [{"Ref": "P"}, "third"]},
        },
        "Parameters": {"P": {"Type": "String", "Default": "first"}},
    }
    assert set(values(environment(One=body))) == {"a", "b", "c", "d", "e"}


def test_without_an_open_condition_there_is_one_world() -> None:
    found = environment(One=template(It=resource()))
    assert worlds(found) == (found,)


def test_a_parameter_of_a_few_values_may_be_each() -> None:
    body = {
        **template(It=resource(Value={"Ref": "Open"})),
        "Parameters": {
            "Open": {"Type": "String", "AllowedValues": [False, True], "Default": "false"}
        },
    }
    assert values(environment(One=body)) == ["false", "true"]
