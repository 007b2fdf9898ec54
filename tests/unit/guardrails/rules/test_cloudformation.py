from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cfnlint.schema.manager import ProviderSchemaManager

from assembly.environment import Environment
from guardrails.rules.cloudformation import LIMITS
from tests.unit.guardrails.environments import of_resources, of_templates
from tests.unit.guardrails.rules.test_versions import found, made, of

Json = dict[str, Any]
TOPIC = "AWS::SNS::Topic"
IS = {"Fn::Equals": ["a", "b"]}
UNKNOWN = {"Fn::ImportValue": "x"}
FIELDS = [
    pytest.param(kind, name, limit, id=f"{kind}.{name}")
    for kind, fields in LIMITS["fields"].items()
    for name, (limit, _) in fields.items()
]


def values(rule_id: str, there: Environment) -> list[str]:
    """Return what a rule finds."""
    return [each.value for each in found(rule_id, there)]


def topic(name: object = None, **beside: object) -> Json:
    """Return a resource with a property that may name others."""
    return {"Type": TOPIC, "Properties": {"DisplayName": name}, **beside}


def sized(name: str, size: int) -> object:
    """Return a value of some size: a number, a list, a document or a text, by its property."""
    if name in ("Timeout", "MemorySize"):
        return size
    if name in ("InstanceTypes", "Taints", "Selectors", "ManagedPolicyArns", "Layers"):
        return ["x"] * size
    return {"a": "x" * (size - len('{"a":""}'))} if name.endswith("Document") else "x" * size


@pytest.mark.parametrize(("kind", "name", "limit"), FIELDS)
def test_a_property_has_a_largest_size(kind: str, name: str, limit: int) -> None:
    """One more is too much; what only a deploy knows may be small."""
    for value, too_much in (
        (sized(name, limit), []),
        (sized(name, limit + 1), [name]),
        (UNKNOWN, []),
    ):
        there = of_resources(It={"Type": kind, "Properties": {name: value}})
        assert values("CFN1", there) == too_much


@pytest.mark.parametrize(
    ("template", "too_much"),
    [
        ({"Outputs": {f"O{n}": {"Value": "x"} for n in range(200)}}, []),
        ({"Outputs": {f"O{n}": {"Value": "x"} for n in range(201)}}, ["Outputs"]),
        ({"Parameters": {f"P{n}": {} for n in range(201)}}, ["Parameters"]),
        ({"Mappings": {f"M{n}": {} for n in range(201)}}, ["Mappings"]),
        ({"Resources": {f"R{n}": topic() for n in range(501)}}, ["Resources"]),
        ({"Description": "x" * 1024}, []),
        ({"Description": "x" * 1025}, ["bytes of Description"]),
        ({"Description": "é" * 512}, []),
        ({"Description": "é" * 513}, ["bytes of Description"]),
        ({"Metadata": {"x": "x" * 1_000_000}}, ["bytes"]),
        ({"Metadata": {"x": "中" * 300_000}}, []),
        ({"Metadata": {"x": "中" * 333_333}}, ["bytes"]),
        # Half of a pair, which JSON may name.
        ({"Description": "\ud800"}, []),
        # With the blanks of the file, which CloudFormation counts as well.
        ({"Metadata": {"x": [1] * 190_000}}, ["bytes"]),
    ],
)
def test_a_template_has_a_largest_size(template: Json, too_much: list[str]) -> None:
    assert values("CFN1", of_templates(Stack={"Resources": {}, **template})) == too_much


def test_the_first_of_several_circles_is_told() -> None:
    """In every process the same one."""
    pairs = (("B", "C"), ("D", "E"), ("F", "G"), ("H", "I"), ("J", "K"), ("L", "M"))
    there = {
        "A": topic(DependsOn=[first for first, _ in pairs]),
        **{x: topic(DependsOn=y) for pair in pairs for x, y in (pair, pair[::-1])},
    }
    assert values("CFN2", of_resources(**there)) == ["B"]


def test_the_attributes_are_those_of_the_schemas() -> None:
    """The table says what cfn-lint reads of the registry; without cfn-lint nothing does at synth."""
    schemas = ProviderSchemaManager()
    for kind, attributes in LIMITS["attributes"].items():
        told = schemas.get_resource_schema("us-east-1", kind).get_atts
        assert attributes == sorted(each for each in told if "." not in each), kind


@pytest.mark.parametrize(("count", "too_much"), [(50, []), (51, ["Tags"])])
def test_a_resource_has_some_tags(count: int, too_much: list[str]) -> None:
    """In a list or in a map."""
    for tags in [{"Key": str(n)} for n in range(count)], {str(n): "" for n in range(count)}:
        it = {"Type": TOPIC, "Properties": {"Tags": tags}}
        assert values("CFN1", of_resources(It=it)) == too_much


@pytest.mark.parametrize(
    ("kind", "properties", "too_much"),
    [
        ("AWS::SSM::Parameter", {"Value": "é" * 4096}, []),
        ("AWS::SSM::Parameter", {"Value": "é" * 4097}, ["Value"]),
        ("AWS::IAM::ManagedPolicy", {"PolicyDocument": {"a": "é" * 6000}}, []),
    ],
)
def test_a_text_has_bytes_and_a_document_characters(
    kind: str, properties: Json, too_much: list[str]
) -> None:
    assert values("CFN1", of_resources(It={"Type": kind, "Properties": properties})) == too_much


@pytest.mark.parametrize(
    ("template", "missing"),
    [
        ({"Resources": {"A": topic({"Ref": "B"}), "B": topic()}}, []),
        ({"Resources": {"A": topic({"Ref": "B"})}}, ["B"]),
        ({"Resources": {"A": topic({"Fn::GetAtt": ["B", "Arn"]})}}, ["B"]),
        ({"Resources": {"A": topic({"Fn::Sub": "${B}-${AWS::Region}"})}}, ["B"]),
        ({"Resources": {"A": topic(DependsOn="B")}}, ["B"]),
        ({"Resources": {"A": topic(DependsOn=["B"])}}, ["B"]),
        ({"Resources": {"A": topic({"Ref": "B"})}, "Parameters": {"B": {}}}, []),
        ({"Resources": {"A": topic({"Ref": "AWS::Region"})}}, []),
        ({"Resources": {"A": topic({"Ref": "AWS::region"})}}, ["AWS::region"]),
        ({"Resources": {"A": topic({"Fn::GetAtt": ["B", "TopicArn"]}), "B": topic()}}, []),
        ({"Resources": {"A": topic({"Fn::GetAtt": ["B", "Arn"]}), "B": topic()}}, ["B.Arn"]),
        ({"Resources": {"A": topic({"Fn::Sub": "${B.Arn}"}), "B": topic()}}, ["B.Arn"]),
        ({"Resources": {"A": topic({"Fn::GetAtt": ["B", "A.B"]}), "B": topic()}}, []),
        ({"Resources": {"A": topic({"Fn::GetAtt": ["B", "Any"]}), "B": {"Type": "Custom::B"}}}, []),
        ({"Resources": {"A": topic(Condition="Is")}, "Conditions": {"Is": IS}}, []),
        ({"Resources": {"A": topic(Condition="Is")}}, ["Is"]),
        ({"Resources": {"A": topic({"Fn::If": ["Is", "x", "y"]})}}, ["Is"]),
        (
            {"Resources": {"A": topic()}, "Conditions": {"Is": {"Fn::Not": [{"Condition": "It"}]}}},
            ["It"],
        ),
        (
            {"Resources": {"A": topic()}, "Outputs": {"B": {"Value": "x", "Condition": "Is"}}},
            ["Is"],
        ),
        ({"Resources": {"A": topic({"Statement": {"Condition": {"Bool": {"a": "b"}}}})}}, []),
        ({"Resources": {"A": topic({"Ref": "B"})}, "Transform": "AWS::Serverless-2016-10-31"}, []),
    ],
)
def test_a_reference_leads_somewhere(template: Json, missing: list[str]) -> None:
    """A macro may add what is missing."""
    assert values("CFN2", of_templates(Stack=template)) == missing


def test_resources_and_stacks_go_round_in_no_circle() -> None:
    """Stacks do where each imports from the other."""
    assert values("CFN2", of_resources(A=topic({"Ref": "B"}), B=topic({"Ref": "A"}))) != []
    stacks = {
        name: {
            "Resources": {"It": topic({"Fn::ImportValue": other})},
            "Outputs": {"It": {"Value": "x", "Export": {"Name": name}}},
        }
        for name, other in (("One", "Two"), ("Two", "One"))
    }
    assert values("CFN2", of_templates(**stacks)) == ["One", "Two"]
    stacks["Two"]["Resources"] = {"It": topic()}
    assert values("CFN2", of_templates(**stacks)) == []


@pytest.mark.parametrize(
    ("imported", "missing"),
    [
        ("net:vpc", []),
        ("net:subnet", ["net:subnet"]),
        # Another stack of the account may export it.
        ("elsewhere:vpc", []),
        ({"Fn::Sub": "net:${AWS::StackId}"}, []),
    ],
)
def test_an_import_is_exported(imported: object, missing: list[str]) -> None:
    there = of_templates(
        Network={
            "Resources": {"Vpc": topic()},
            "Outputs": {"Vpc": {"Value": {"Ref": "Vpc"}, "Export": {"Name": "net:vpc"}}},
        },
        Cluster={"Resources": {"It": topic({"Fn::ImportValue": imported})}},
    )
    named = {path: replace(stack, deployed_as="net") for path, stack in there.stacks.items()}
    assert values("CFN3", replace(there, stacks=named)) == missing


@pytest.mark.parametrize(
    ("names", "twice"),
    [
        (["net:vpc", "net:subnet"], []),
        (["net:vpc", "net:vpc"], ["net:vpc"]),
        ([{"Fn::Sub": "${AWS::StackId}:vpc"}] * 2, []),
        ([None, None], []),
    ],
    ids=str,
)
def test_an_export_is_exported_once(names: list[object], twice: list[str]) -> None:
    """What is filled in at deploy differs from stack to stack."""
    stacks = {
        f"S{index}": {
            "Resources": {"Vpc": topic()},
            "Outputs": {"Vpc": {"Value": "x", "Export": {"Name": name}}},
        }
        for index, name in enumerate(names)
    }
    assert values("CFN3", of_templates(**stacks)) == twice


@pytest.mark.parametrize("kind", LIMITS["unique"])
def test_a_name_is_given_once(kind: str) -> None:
    """What only a deploy knows may differ, and AWS makes the names of what has none."""
    fields = LIMITS["unique"][kind]
    for names, expected in (("aa", [f"{fields[0]} a"]), ("ab", []), ([UNKNOWN] * 2, [])):
        made_: Json = {f"It{n}": made(kind, **{fields[0]: name}) for n, name in enumerate(names)}
        assert [each.value for each in found("VERSION22", of(**made_))] == expected
    assert found("VERSION22", of(One=made(kind), Other=made(kind))) == []


@pytest.mark.parametrize(("clusters", "twice"), [("aa", ["AddonName dns"]), ("ab", [])])
def test_each_cluster_has_its_own_names(clusters: str, twice: list[str]) -> None:
    """Two clusters may have the same add-on."""
    add_ons: Json = {
        f"It{index}": made("AWS::EKS::Addon", AddonName="dns", ClusterName=name)
        for index, name in enumerate(clusters)
    }
    assert [each.value for each in found("VERSION22", of_resources(**add_ons))] == twice
