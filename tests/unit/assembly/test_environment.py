from __future__ import annotations

from typing import Any

import pytest

from assembly.environment import Environment
from assembly.references import references
from assembly.stack import Stack
from tests.unit.assembly.stacks import environment, resource, stack, template


def leads_to(found: Environment, logical_id: str = "It", stack_name: str = "One") -> list[str]:
    """Return what the property Value of a resource leads to."""
    value = found.by_node[f"Test/{stack_name}", logical_id].properties["Value"]
    return [f"{each.stack} {each.logical_id}" for each in found.targets(value)]


def exporting(value: object, name: object = "Shared") -> dict[str, Any]:
    """Return a template with a VPC, and an export."""
    outputs = {"Out": {"Value": value, "Export": {"Name": name}}}
    return {**template(Vpc=resource("AWS::EC2::VPC")), "Outputs": outputs}


@pytest.mark.parametrize(
    "name", ["Shared", {"Fn::Sub": "Sha${!x}red"}, {"Fn::Join": ["", ["S", "x"]]}]
)
def test_an_import_leads_to_the_resource_behind_the_export(name: object) -> None:
    one = template(It=resource(Value={"Fn::ImportValue": name}))
    found = environment(Network=exporting({"Ref": "Vpc"}, name), One=one)
    assert leads_to(found) == ["Test/Network Vpc"]


def test_an_import_of_a_plain_value_is_that_value() -> None:
    one = template(It=resource(Value={"Fn::ImportValue": "Shared"}))
    found = environment(Network=exporting("vpc-1"), One=one)
    assert found.by_node["Test/One", "It"].properties["Value"] == "vpc-1"


def test_an_export_is_found_as_often_as_it_is_imported() -> None:
    value = [{"Fn::ImportValue": "Shared"}] * 2
    found = environment(Network=exporting({"Ref": "Vpc"}), One=template(It=resource(Value=value)))
    assert leads_to(found) == ["Test/Network Vpc"] * 2


def test_exports_in_a_circle_end() -> None:
    outputs = {"Out": {"Value": {"Fn::ImportValue": "Shared"}, "Export": {"Name": "Shared"}}}
    one = {**template(It=resource(Value={"Fn::ImportValue": "Shared"})), "Outputs": outputs}
    assert leads_to(environment(One=one)) == []


def nested() -> Environment:
    """Return a stack with a nested one, which takes a parameter and gives an output."""
    outer = template(
        Vpc=resource("AWS::EC2::VPC"),
        Inner=resource("AWS::CloudFormation::Stack", Parameters={"Where": {"Ref": "Vpc"}}),
        It=resource(Value={"Fn::GetAtt": ["Inner", "Outputs.Made"]}),
        Later={**resource(), "DependsOn": "Inner"},
    )
    inner = {
        **template(It=resource(Value={"Ref": "Where"}), Role=resource("AWS::IAM::Role")),
        "Parameters": {"Where": {"Type": "String"}},
        "Outputs": {"Made": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return environment(
        One=outer,
        Inner=stack("One/Inner", inner, nested_in=("Test/One", "Inner")),
    )


def test_a_nested_stack_is_read_with_what_it_takes_and_gives() -> None:
    found = nested()
    assert leads_to(found) == ["Test/One/Inner Role"]
    assert leads_to(found, stack_name="One/Inner") == ["Test/One Vpc"]
    assert found.nested == ()


def test_what_is_nested_is_made_with_its_stack() -> None:
    found = nested().by_node
    role, vpc = found["Test/One/Inner", "Role"], found["Test/One", "Vpc"]
    later, it = found["Test/One", "Later"], found["Test/One", "It"]
    order = nested().order
    assert order.waits_for(role.node, vpc.node)
    assert order.waits_for(later.node, role.node)
    assert order.waits_for(it.node, role.node)
    assert not order.waits_for(vpc.node, role.node)


def test_a_nested_stack_from_elsewhere_is_recognised() -> None:
    found = environment(
        One=template(
            Inner=resource("AWS::CloudFormation::Stack", TemplateURL="https://example.com"),
            It=resource(Value={"Fn::GetAtt": ["Inner", "Outputs.Made"]}),
        )
    )
    assert [each.logical_id for each in found.nested] == ["Inner"]
    assert leads_to(found) == ["Test/One Inner"]


def test_a_loop_is_written_out() -> None:
    """Names, values and references of each turn are read like any other."""
    loops = {
        "Fn::ForEach::Zones": [
            "Zone",
            {"Ref": "Zones"},
            {
                "Subnet${Zone}": resource("AWS::EC2::Subnet", Zone={"Ref": "Zone"}),
                "Nat${Zone}": resource(
                    Value={"Ref": "Subnet${Zone}"}, Name={"Fn::Sub": "n-${Zone}"}
                ),
            },
        ]
    }
    one = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Zones": {"Type": "CommaDelimitedList", "Default": "a,b"}},
        "Resources": loops,
    }
    found = environment(One=one)
    assert [each.logical_id for each in found.resources()] == ["Subneta", "Nata", "Subnetb", "Natb"]
    assert leads_to(found, "Natb") == ["Test/One Subnetb"]
    assert found.by_node["Test/One", "Nata"].properties["Name"] == "n-a"


def test_a_loop_in_a_loop_sees_both_variables() -> None:
    inner = {"Fn::ForEach::B": ["B", ["x", "y"], {"It${A}${B}": resource(Value={"Ref": "A"})}]}
    found = environment(One={"Resources": {"Fn::ForEach::A": ["A", ["1", "2"], inner]}})
    assert [each.logical_id for each in found.resources()] == ["It1x", "It1y", "It2x", "It2y"]
    assert found.by_node["Test/One", "It2x"].properties == {"Value": "2"}


def test_a_logical_id_has_letters_and_digits_only() -> None:
    """An item may have more where a loop writes &{X}."""
    one = {"Resources": {"Fn::ForEach::X": ["X", ["eu-west-1a"], {"It&{X}": resource(V="${X}")}]}}
    (found,) = environment(One=one).resources()
    assert (found.logical_id, found.properties) == ("Iteuwest1a", {"V": "eu-west-1a"})


@pytest.mark.parametrize(
    "loop", [None, [], ["X", ["a"]], ["X", ["a"], None], [1, ["a"], {}], "text"], ids=str
)
def test_a_loop_of_another_shape_holds_nothing(loop: object) -> None:
    one = {"Resources": {"Fn::ForEach::X": loop, "It": resource()}}
    assert [each.logical_id for each in environment(One=one).resources()] == ["It"]


def test_a_loop_over_the_unknown_is_written_out_once() -> None:
    one = {"Resources": {"Fn::ForEach::X": ["X", {"Fn::GetAZs": ""}, {"It${X}": resource()}]}}
    assert [each.logical_id for each in environment(One=one).resources()] == ["It${X}"]


@pytest.mark.parametrize(
    "body", [None, [], "text", 1, {"Resources": None}, {"Resources": []}], ids=str
)
def test_a_template_of_another_shape_has_no_resources(body: Any) -> None:  # noqa: ANN401
    """CloudFormation would refuse it; reading it doesn't fail."""
    found = environment(One=body, Two=template(It=resource()))
    assert [each.logical_id for each in found.resources()] == ["It"]
    assert found.kubernetes_objects() == ()
    assert found.exports == {}
    assert found.inputs is None
    assert found.accepted == {}


@pytest.mark.parametrize("properties", [None, [], "text", {"Ref": "X"}], ids=str)
def test_properties_of_another_shape_read_as_none(properties: object) -> None:
    one = template(It={"Type": ["A"], "Properties": properties, "DependsOn": [{"Ref": "X"}, 1]})
    it = environment(One=one).by_node["Test/One", "It"]
    assert it.properties == {}
    assert it.kind == ""
    assert it.path == "It"


def test_a_first_generation_cluster_is_a_cluster() -> None:
    """The CDK's first EKS module makes it by a custom resource, in the API's spelling."""
    config = {"name": "old", "resourcesVpcConfig": {"endpointPublicAccess": True}}
    one = template(It=resource("Custom::AWSCDK-EKS-Cluster", Config=config))
    (cluster,) = environment(One=one).resources("AWS::EKS::Cluster")
    assert cluster.properties == {
        "Name": "old",
        "ResourcesVpcConfig": {"EndpointPublicAccess": True},
    }
    assert cluster.type == "Custom::AWSCDK-EKS-Cluster"


def test_the_path_tells_what_people_call_a_resource() -> None:
    body = {
        **resource(),
        "Metadata": {"aws:cdk:path": "Test/One/Vpc/PublicA/Subnet/Default/Resource"},
    }
    it = environment(One=template(It=body)).by_node["Test/One", "It"]
    assert it.ids == ("Vpc", "PublicA", "Subnet")
    assert it.name == "Vpc/PublicA/Subnet"


def test_parameters_that_nobody_sees_are_unknown() -> None:
    one = {
        **template(
            It=resource(
                Value=[{"Ref": name} for name in ("Ssm", "Secret", "Plain", "List", "Open")]
            )
        ),
        "Parameters": {
            "Ssm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"},
            "Secret": {"Type": "String", "NoEcho": True, "Default": "x"},
            "Plain": {"Type": "Number", "Default": 3},
            "List": {"Type": "List<Number>", "Default": "1, 2"},
            "Open": {"Type": "String", "NoEcho": False, "Default": "x"},
        },
    }
    value = environment(One=one).by_node["Test/One", "It"].properties["Value"]
    assert value == ["${Ssm}", "${Secret}", 3, ["1", "2"], "x"]
    assert list(references(value)) == []


def test_of_several_resources_a_function_takes_one_that_is_not_known() -> None:
    """A list that was joined is split again; where it can't be, nobody guesses."""
    joined = {"Fn::Join": ["|", [{"Ref": "A"}, {"Ref": "B"}]]}
    one = template(
        A=resource(),
        B=resource(),
        It=resource(Value={"Fn::Select": [1, {"Fn::Split": ["|", joined]}]}),
        Some=resource(Value={"Fn::Select": [{"Ref": "N"}, [{"Ref": "A"}, {"Ref": "B"}]]}),
    )
    found = environment(One=one)
    assert leads_to(found) == ["Test/One B"]
    value = found.by_node["Test/One", "Some"].properties["Value"]
    assert found.target(value) is None
    assert len(list(found.targets(value))) == 2


def test_a_stack_is_written_for_another_region() -> None:
    """Its texts and its region, which prices and rules ask for."""
    said = template(It=resource(Value={"Ref": "x"}, Zone="eu-west-1a"))
    one = Stack(path="Test/One", region="eu-west-1", template=said, metadata={"a": "eu-west-1"})
    moved = one.moved("eu-west-1", "us-east-1")
    properties = moved.resources["It"]["Properties"]
    assert (moved.region, properties["Zone"], moved.metadata) == (
        "us-east-1",
        "us-east-1a",
        {"a": "us-east-1"},
    )
