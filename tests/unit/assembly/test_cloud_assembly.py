from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from assembly.cloud_assembly import assembly_at

STACK = "aws:cloudformation:stack"
ROLE = {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "Test/One/Inner/Role/Resource"}}
CAPACITY = {"type": "groundwork:capacity", "data": "no inputs"}
PRODUCTION = {"type": "groundwork:production", "data": True}
ACCEPTED = {"type": "groundwork:accepted-replacements", "data": '{"Test/One/Vpc": "we move"}'}
ACKNOWLEDGED = {"type": "aws:cdk:acknowledged-rules", "data": {"Groundwork::EKS1": "because"}}


def written(folder: Path, name: str, content: object) -> None:
    """Write a file of JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def artifact(folder: Path, name: str, template: object, **facts: Any) -> dict[str, Any]:  # noqa: ANN401
    """Write a template and return the artifact of its stack."""
    written(folder, f"{name}.template.json", template)
    properties = {"templateFile": f"{name}.template.json", **facts.pop("properties", {})}
    return {"type": STACK, "properties": properties, **facts}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an assembly with a stage of two stacks and a nested one, and a stack of its own."""
    stage = tmp_path / "assembly-Test"
    nested = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "inner.json"}}
    written(stage, "inner.json", {"Resources": {"Role": ROLE}})
    written(stage, "notes.json", {"/Test/One/Vpc": [ACKNOWLEDGED]})
    one = artifact(
        stage,
        "One",
        {"Resources": {"Inner": nested}},
        displayName="Test/One (Test-One)",
        environment="aws://111122223333/eu-west-1",
        properties={"terminationProtection": True},
        metadata={"/Test": [CAPACITY, ACCEPTED, PRODUCTION]},
        additionalMetadataFile="notes.json",
    )
    two = artifact(
        stage,
        "Two",
        {},
        displayName="Test/Two",
        environment="aws://unknown-account/unknown-region",
        dependencies=["One", "Two.assets"],
        properties={"stackName": "Test-Two"},
    )
    assets = {"type": "cdk:asset-manifest"}
    written(stage, "manifest.json", {"artifacts": {"One": one, "Two.assets": assets, "Two": two}})
    inner = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Test"}}
    artifacts = {"Inside": inner, "Alone": artifact(tmp_path, "Alone", {})}
    written(tmp_path, "manifest.json", {"artifacts": artifacts})
    return tmp_path


def test_each_stage_is_an_environment(folder: Path) -> None:
    today = dt.date(2026, 11, 23)
    found = assembly_at(folder).environments(today=today)
    assert {name: [*each.stacks] for name, each in found.items()} == {
        "Alone": ["Alone"],
        "Test": ["Test/One", "Test/One/Inner", "Test/Two"],
    }
    assert found["Test"].today == today
    assert [each.path for each in assembly_at(folder).stacks] == [
        *("Alone", "Test/One", "Test/One/Inner", "Test/Two")
    ]


def test_a_stack_says_what_the_assembly_knows(folder: Path) -> None:
    stacks = assembly_at(folder).environments()["Test"].stacks
    one, two, inner = (stacks[f"Test/{each}"] for each in ("One", "Two", "One/Inner"))
    assert one.termination_protection
    assert one.pseudo_parameters == {
        "AWS::AccountId": "111122223333",
        "AWS::Region": "eu-west-1",
        "AWS::Partition": "aws",
    }
    assert one.acknowledgements == (("Test/One/Vpc", "Groundwork::EKS1", "because"),)
    assert not two.termination_protection
    assert two.depends_on == {"Test/One"}
    assert two.pseudo_parameters == {}
    assert (two.name, inner.name) == ("Two", "Inner")
    assert inner.nested_in == ("Test/One", "Inner")
    assert inner.template_path.endswith("inner.json")
    # What stands beside a stack belongs to that stack alone.
    assert inner.acknowledgements == ()


def test_stacks_have_their_names_in_cloudformation(folder: Path) -> None:
    """The artifact's, if it names no other; that of a nested one only a deploy knows."""
    found = assembly_at(folder).environments()["Test"].stack_names
    assert found == {"One": "Test/One", "Test-Two": "Test/Two"}


def test_a_nested_resource_is_called_by_its_place_in_the_outer_stack(folder: Path) -> None:
    (role,) = assembly_at(folder).environments()["Test"].resources("AWS::IAM::Role")
    assert role.name == "Inner/Role"


def test_what_the_environment_noted_is_read_if_it_can_be(folder: Path) -> None:
    found = assembly_at(folder).environments()["Test"]
    assert found.accepted == {"Test/One/Vpc": "we move"}
    assert found.inputs is None
    assert found.production is True
    assert assembly_at(folder).environments()["Alone"].production is None


def test_several_stacks_without_a_stage_are_one_app(tmp_path: Path) -> None:
    artifacts = {name: artifact(tmp_path, name, {}) for name in ("A", "B")}
    written(tmp_path, "manifest.json", {"artifacts": artifacts})
    assert [*assembly_at(tmp_path).environments()] == ["App"]


def test_a_folder_without_an_assembly_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no cloud assembly: use a folder that `cdk synth` wrote"):
        assembly_at(tmp_path)


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        *(
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
        ),
        *(("eusc-de-east-1", "aws-eusc"), ("us-isof-south-1", "aws-iso-f")),
    ],
)
def test_a_region_tells_its_partition(region: str, partition: str, folder: Path) -> None:
    stage = folder / "assembly-Test"
    manifest = json.loads((stage / "manifest.json").read_text(encoding="utf-8"))
    manifest["artifacts"]["One"]["environment"] = f"aws://unknown-account/{region}"
    written(stage, "manifest.json", manifest)
    stack = assembly_at(folder).environments()["Test"].stacks["Test/One"]
    assert stack.pseudo_parameters == {"AWS::Region": region, "AWS::Partition": partition}


@pytest.mark.parametrize("broken", ["manifest.json", "One.template.json"])
def test_a_broken_assembly_says_which_file(broken: str, folder: Path) -> None:
    (folder / "assembly-Test" / broken).write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"{broken} can't be read: .*; run `cdk synth` again"):
        assembly_at(folder).environments()
