from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.stack import Stack
from guardrails.step.changes import changes
from tests.unit.guardrails.environments import of_resources, of_templates

Json = dict[str, Any]
CIDRS = ("10.0.0.0/16", "10.1.0.0/16")


def vpc(cidr: object) -> Json:
    """Return a VPC; another range replaces it."""
    return {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}}


def group(vpc_id: object) -> Json:
    """Return a security group; another VPC replaces it."""
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": vpc_id}}


def effects(before: Environment, after: Environment) -> Mapping[str, str]:
    """Return what becomes of each resource, by its place."""
    return {"/".join(change.node): change.effect for change in changes(before, after)}


@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "Vpc"},
        {"Fn::GetAtt": ["Vpc", "VpcId"]},
        {"Fn::GetAtt": "Vpc.VpcId"},
        {"Fn::Sub": "${Vpc}"},
        {"Fn::Sub": ["${It}", {"It": {"Ref": "Vpc"}}]},
        {"Fn::Join": ["", [{"Ref": "Vpc"}]]},
        {"Fn::Select": [0, [{"Ref": "Vpc"}]]},
        {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Vpc"}]}]},
        {"Fn::If": ["Known", {"Ref": "AWS::NoValue"}, {"Ref": "Vpc"}]},
        {"Fn::If": ["Known", {"Ref": "Vpc"}, "vpc-1"]},
        {"Fn::Unheard": {"Of": [{"Ref": "Vpc"}]}},
    ],
    ids=str,
)
def test_a_reference_leads_through_every_function(reference: object) -> None:
    """Also through both branches of a condition."""

    def environment(cidr: str) -> Environment:
        resources = {"Vpc": vpc(cidr), "Group": group(reference)}
        conditions = {"Known": {"Fn::Equals": ["a", "a"]}}
        return of_templates(Stack={"Resources": resources, "Conditions": conditions})

    found = effects(*map(environment, CIDRS))
    assert found == {"Stack/Vpc": "replaced", "Stack/Group": "replaced"}


def test_only_the_property_itself_leads_somewhere() -> None:
    """A condition around an object doesn't make one property of another."""

    def environment(cidr: str) -> Environment:
        network = {"IpFamily": "ipv4", "ElasticLoadBalancing": {"Enabled": {"Ref": "Vpc"}}}
        cluster = {"KubernetesNetworkConfig": {"Fn::If": ["New", network, {"Ref": "AWS::NoValue"}]}}
        profile = {"Selectors": [{"Fn::If": ["New", {"Namespace": {"Ref": "Vpc"}}, {}]}]}
        return of_resources(
            Vpc=vpc(cidr),
            Cluster={"Type": "AWS::EKS::Cluster", "Properties": cluster},
            Profile={"Type": "AWS::EKS::FargateProfile", "Properties": profile},
        )

    found = effects(*map(environment, CIDRS))
    assert found == {"Stack/Vpc": "replaced", "Stack/Profile": "replaced"}


def nested(cidr: str, *, inside: Json, outside: Json) -> Environment:
    """Return an environment with a nested stack that is given the VPC, and an export of its own."""
    inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Given": inside}}}
    outer = {"Resources": {"Vpc": vpc(cidr), "Inner": inner, "Group": group(outside)}}
    template = {
        "Parameters": {"Given": {"Type": "String"}},
        "Resources": {"Group": group({"Ref": "Given"}), "Vpc": vpc(cidr)},
        "Outputs": {"Vpc": {"Value": {"Ref": "Vpc"}}},
    }
    environment = of_templates(Outer=outer)
    stack = Stack(path="Outer/Inner", template=template, nested_in=("Outer", "Inner"))
    return replace(environment, stacks={**environment.stacks, "Outer/Inner": stack})


def test_a_reference_leads_into_a_nested_stack_and_out_of_it() -> None:
    """By what it is given, and by its outputs."""
    before, after = (
        nested(cidr, inside={"Ref": "Vpc"}, outside={"Fn::GetAtt": ["Inner", "Outputs.Vpc"]})
        for cidr in CIDRS
    )
    found = {change.node: change.leaders for change in changes(before, after)}
    assert found["Outer/Inner", "Group"] == (("Outer", "Vpc"),)
    assert found["Outer", "Group"] == (("Outer/Inner", "Vpc"),)


def test_an_import_of_an_export_with_a_name_that_is_made_leads_to_its_resource() -> None:
    """Neither the name nor the value is a plain text there."""

    def environment(cidr: str) -> Environment:
        export = {"Name": {"Fn::Sub": "${AWS::StackName}-vpc"}}
        value = {"Fn::If": ["Some", {"Ref": "Vpc"}, {"Ref": "AWS::NoValue"}]}
        imported = {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-vpc"}}
        return of_templates(
            Network={
                "Resources": {"Vpc": vpc(cidr)},
                "Outputs": {"Vpc": {"Value": value, "Export": export}},
            },
            Cluster={"Resources": {"Group": group(imported)}},
        )

    assert effects(*map(environment, CIDRS))["Cluster/Group"] == "replaced"


def test_a_mapping_or_an_import_may_hold_another_value() -> None:
    """The property reads the same, and is another one; or the other way round."""

    def environment(cidr: str, vpc_id: object, value: object) -> Environment:
        made = {"Fn::FindInMap": ["Ranges", "all", "Network"]}
        return of_templates(
            Network={
                "Mappings": {"Ranges": {"all": {"Network": cidr}}},
                "Resources": {
                    "Vpc": vpc("10.2.0.0/16"),
                    "Other": vpc("10.3.0.0/16"),
                    "It": vpc(made),
                },
                "Outputs": {"Vpc": {"Value": value, "Export": {"Name": "vpc"}}},
            },
            Cluster={"Resources": {"Group": group(vpc_id)}},
        )

    one, other = CIDRS
    imported = {"Fn::ImportValue": "vpc"}
    before = environment(one, imported, {"Ref": "Vpc"})
    assert effects(before, environment(other, imported, {"Ref": "Vpc"})) == {
        "Network/It": "replaced"
    }
    assert effects(before, environment(one, imported, {"Ref": "Other"})) == {
        "Cluster/Group": "replaced"
    }
    (change,) = changes(
        before, environment(one, {"Fn::Sub": ["${V}", {"V": imported}]}, {"Ref": "Vpc"})
    )
    assert (change.node, change.certain) == (("Cluster", "Group"), False)


def test_a_condition_that_turns_takes_its_resource_along() -> None:
    """And brings it back; one that nobody can decide changes nothing."""

    def environment(value: object) -> Environment:
        resources = {"Key": {"Type": "AWS::KMS::Key", "Condition": "Wanted"}}
        conditions = {"Wanted": {"Fn::Equals": [value, "yes"]}}
        return of_templates(Stack={"Resources": resources, "Conditions": conditions})

    yes, no, unknown = (environment(each) for each in ("yes", "no", {"Ref": "Asked"}))
    (change,) = changes(yes, no)
    assert (change.effect, change.because) == ("deleted", "its condition doesn't hold any more")
    assert effects(no, yes) == {"Stack/Key": "created"}
    assert effects(no, no) == effects(unknown, unknown) == {}


@pytest.mark.parametrize(
    ("version", "changed", "effect"),
    [
        ({"Fn::GetAtt": ["Template", "LatestVersionNumber"]}, "LaunchTemplateData", "interrupted"),
        ({"Fn::GetAtt": ["Template", "LatestVersionNumber"]}, "TagSpecifications", None),
        ("1", "LaunchTemplateData", None),
        (None, "LaunchTemplateData", None),
    ],
)
def test_nodes_are_disturbed_by_a_new_version_that_they_take(
    version: object, changed: str, effect: str | None
) -> None:
    """A fixed version stays, and a tag of the template makes no new one."""

    def environment(size: int) -> Environment:
        template = {"Type": "AWS::EC2::LaunchTemplate", "Properties": {changed: [{"Size": size}]}}
        taken = {"Id": {"Ref": "Template"}, **({} if version is None else {"Version": version})}
        nodes = {"Type": "AWS::EKS::Nodegroup", "Properties": {"LaunchTemplate": taken}}
        return of_resources(Template=template, Nodes=nodes)

    assert effects(environment(1), environment(2)).get("Stack/Nodes") == effect


def test_one_name_by_import_is_the_same_in_another_stack() -> None:
    """Both belong to one cluster."""
    cluster = {"Type": "AWS::EKS::Cluster", "Properties": {}}
    export = {"Value": {"Ref": "Cluster"}, "Export": {"Name": "cluster"}}

    def environment(holder: str) -> Environment:
        name = {"Ref": "Cluster"} if holder == "Own" else {"Fn::ImportValue": "cluster"}
        properties = {"ClusterName": name, "AddonName": "coredns"}
        add_on = {"AddOn": {"Type": "AWS::EKS::Addon", "Properties": properties}}
        own = {"Cluster": cluster, **(add_on if holder == "Own" else {})}
        return of_templates(
            Own={"Resources": own, "Outputs": {"Cluster": export}},
            Other={"Resources": add_on if holder == "Other" else {}},
        )

    assert effects(environment("Own"), environment("Other")) == {
        "Own/AddOn": "deleted",
        "Other/AddOn": "replaced with a fixed name",
    }


def test_a_cluster_of_the_first_generation_is_a_cluster() -> None:
    """Its values are in the spelling of the EKS API."""

    def environment(**config: object) -> Environment:
        kind = "Custom::AWSCDK-EKS-Cluster"
        return of_resources(Cluster={"Type": kind, "Properties": {"Config": config}})

    (change,) = changes(environment(roleArn="a", name="x"), environment(roleArn="b", name="x"))
    assert (change.kind, change.effect) == ("AWS::EKS::Cluster", "replaced with a fixed name")
    (change,) = changes(environment(version="1.35"), environment(version="1.36"))
    assert (change.effect, change.properties) == ("interrupted", ("Version",))


ODD: tuple[object, ...] = (None, "", [], {}, 1, {"Ref": None}, {"Fn::If": []}, {"Fn::GetAtt": [[]]})


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("place", ["body", "Type", "Properties", "VpcId", "Metadata", "Condition"])
def test_odd_templates_are_compared_all_the_same(place: str, odd: object) -> None:
    """And the other resources with them."""

    def environment(cidr: str, odd_one: object) -> Environment:
        body: Any = group({"Ref": "Vpc"})
        if place == "VpcId":
            body["Properties"]["VpcId"] = odd_one
        else:
            body = odd_one if place == "body" else {**body, place: odd_one}
        return of_resources(Vpc=vpc(cidr), Odd=body)

    before, after = CIDRS
    for one, other in ((odd, "plain"), ("plain", odd), (odd, odd)):
        assert effects(environment(before, one), environment(after, other))["Stack/Vpc"] == (
            "replaced"
        )


def test_the_time_grows_with_the_templates() -> None:
    """A chain of references is followed link by link, and not by looking at all the others."""

    def chain(length: int, cidr: str) -> Environment:
        links = {f"G{n}": group({"Ref": f"G{n - 1}" if n else "Vpc"}) for n in range(length)}
        return of_resources(Vpc=vpc(cidr), **links)

    def seconds(length: int) -> float:
        before, after = (chain(length, cidr) for cidr in CIDRS)
        started = time.process_time()
        assert len(changes(before, after)) == length + 1
        return time.process_time() - started

    seconds(10)
    assert seconds(3000) < 30 * max(seconds(300), 0.01)
